// SPDX-License-Identifier: Apache-2.0
/* From one release to the next: what may happen on the way, and killed at every step of it. */
#include <sys/wait.h>
#include "rig.h"
#include "step.h"

static const char model[] =
	"mkdir -p a/b gone/deep same type1 && echo 1 >index.html && echo 1 >a/b/1 && echo 2 >a/b/2 && "
	"echo x >gone/deep/x && echo s >same/s && ln -s a l && echo file >type2 && echo y >type1/y && "
	"find . -exec touch -h -d '2020-01-02 03:04:05' {} +";
/* Every kind of difference: changed, new, gone, directory to file and back, link, attributes only.
 */
static const char change[] =
	"cp -a model model2 && cd model2 && echo 2 >index.html && rm -r gone && mkdir -p new/deep && echo n >new/deep/n && "
	"rm -r type1 && echo file >type1 && rm type2 && mkdir type2 && echo z >type2/z && ln -sfn same l && "
	"chmod 600 a/b/1 && touch -d '2021-01-01 00:00:00' a/b/2 && rm same/s && echo t >same/t && "
	"for i in 1 2 3 4 5; do echo $i >new/$i; done";

static void only_what_the_release_says_is_there_after(void **state)
{
	struct rig *r = *state;

	rig_apply(r, "model", 1);
	rig_same(r, "www", "model", "the first release");
	rig_apply(r, "model2", 2);
	rig_same(r, "www", "model2", "the second");
	assert_int_equal(r->g->sites[0].site.applied, 2);
	assert_int_equal(rig_events(r, NULL, OUTCOME_MAX),
			 0); /* the publisher's doing is no event */
	rig_sh(r, "[ ! -s state/evidence/chain ]");
}

static void strangers_become_evidence(void **state)
{
	struct rig *r = *state;

	rig_sh(r, "echo evil >www/shell.php");
	rig_apply(r, "model", 1);
	rig_same(r, "www", "model", "with a stranger at first apply");
	assert_int_equal(rig_events(r, "foreign", OUTCOME_REMOVED), 1);
	rig_sh(r,
	       "echo evil >www/gone/deep/shell.php; echo evil >www/index.html; mkdir www/new; echo evil >www/new/x; "
	       "echo evil >www/type1/y");
	rig_apply(r, "model2", 2);
	rig_same(r, "www", "model2", "with strangers in what changes");
	assert_int_equal(rig_events(r, "foreign", OUTCOME_REMOVED), 4);
	assert_int_equal(rig_events(r, "modified", OUTCOME_RESTORED), 1);
}

/* What filters except is neither restored nor removed; the rest is; and it ends with the filter. */
static void filters_are_left_alone(void **state)
{
	struct rig *r = *state;

	rig_sh(r,
	       "mkdir model/uploads model/data && touch -d 2020-01-02 model/uploads model/data && "
	       "cp -a model model3 && echo 3 >model3/index.html");
	assert_int_equal(filters_add(&r->filters, "uploads/", NULL), 0);
	assert_int_equal(filters_add(&r->filters, "*.log", NULL), 0);
	assert_int_equal(filters_add(&r->filters, "data/*.mdb", NULL), 0);
	rig_apply(r, "model", 1);
	rig_sh(r, "[ -d www/uploads ]"); /* made: there must be something to put things into */
	rig_sh(r,
	       "mkdir www/uploads/d && echo up >www/uploads/d/x.php && chmod 777 www/uploads && "
	       "echo log >www/access.log && echo log >www/a/b/deep.log && echo 1 >www/data/hits.mdb");
	rig_verify(r);
	assert_int_equal(rig_events(r, NULL, OUTCOME_MAX), 0);
	rig_sh(r,
	       "[ \"$(cat www/uploads/d/x.php www/access.log www/a/b/deep.log www/data/hits.mdb | "
	       "tr '\\n' ' ')\" = 'up log log 1 ' ]");
	/* beside them, and what a glob is no licence for */
	rig_sh(r,
	       "echo evil >www/data/shell.php && ln -s /etc/passwd www/s.log && mkdir www/d.log && "
	       "echo evil >www/d.log/shell.php && echo evil >www/index.html && echo evil >www/hits.mdb");
	rig_verify(r);
	rig_sh(r,
	       "[ ! -e www/data/shell.php ] && [ ! -L www/s.log ] && [ ! -e www/d.log ] && "
	       "[ \"$(cat www/index.html)\" = 1 ] && [ ! -e www/hits.mdb ] && [ -e www/access.log ]");
	assert_int_equal(rig_events(r, "foreign", OUTCOME_REMOVED), 4);
	/* the directory itself is made again, a link in its place is not left */
	rig_sh(r, "rm -r www/uploads && ln -s /etc www/uploads");
	rig_verify(r);
	rig_sh(r, "[ -d www/uploads ] && [ ! -L www/uploads ] && echo up >www/uploads/x");
	/* a new release leaves them alone */
	rig_apply(r, "model3", 2);
	rig_sh(r,
	       "[ \"$(cat www/index.html)\" = 3 ] && [ -e www/uploads/x ] && [ -e www/access.log ]");
	/* and one without the filters does not */
	memset(&r->filters, 0, sizeof(r->filters));
	rig_apply(r, "model", 3);
	rig_same(r, "www", "model", "without filters");
	rig_sh(r, "[ ! -e www/uploads/x ] && [ ! -e www/access.log ]");
}

struct offer {
	const char *why;
	uint64_t serial;
	int64_t expires; /* from now */
	int flip;	 /* this byte of the encoding, or of the signature behind it; -1: none */
};

static void bad_offers_are_refused(void **state)
{
	static const struct offer offers[] = {
		{"an older serial", 4, 1000, -1},
		{"expired", 6, -1000, -1},
		{"a byte of it flipped", 7, 1000, 8},
		{"its signature flipped", 7, 1000, 10000},
	};
	struct rig *r = *state;
	struct signed_release s;
	char *before;

	rig_apply(r, "model", 5);
	before = rig_look(r, "www");
	for (size_t i = 0; i < sizeof(offers) / sizeof(*offers); i++) {
		int events = rig_events(r, "refused", OUTCOME_NOTED);
		char *after;

		rig_sign(r, "model2", offers[i].serial, time(NULL) + offers[i].expires, &s);
		if (offers[i].flip >= 10000)
			s.sig[offers[i].flip - 10000] ^= 1;
		else if (offers[i].flip >= 0)
			s.bytes[offers[i].flip] ^= 1;
		apply_offer(r->g->sites[0].apply, &s);
		rig_until_idle(r);
		after = rig_look(r, "www");
		if (strcmp(before, after) || r->g->sites[0].site.applied != 5)
			fail_msg("%s: it was applied", offers[i].why);
		if (rig_events(r, "refused", OUTCOME_NOTED) != events + 1)
			fail_msg("%s: no event tells of it", offers[i].why);
		free(after);
	}
	free(before);
}

static void highest_outlives_the_loss_of_current(void **state)
{
	struct rig *r = *state;

	rig_apply(r, "model", 5);
	rig_close(r);
	rig_sh(r, "rm state/sites/www/current && [ \"$(cat state/sites/www/highest)\" = 5 ]");
	rig_open(r);
	rig_apply(r, "model2", 4);
	assert_int_equal(r->g->sites[0].site.applied, 0);
	rig_apply(r, "model2", 6);
	assert_int_equal(r->g->sites[0].site.applied, 6);
}

static void a_forged_current_is_not_believed(void **state)
{
	static const struct guard_options alone = {false, false};
	struct rig *r = *state;
	struct err err = {""};
	char dir[128];

	rig_apply(r, "model", 1);
	rig_close(r);
	rig_sh(r, "printf x | dd of=state/sites/www/current bs=1 seek=30 conv=notrunc status=none");
	snprintf(dir, sizeof(dir), "%s/state", r->dir);
	r->base = event_base_new();
	assert_null(guard_open(r->base, &r->conf, dir, &alone, &err));
	assert_non_null(strstr(err.text, "current"));
	event_base_free(r->base);
	rig_sh(r, "rm state/sites/www/current");
	rig_open(r);
}

static void garbage_leaves_the_vault(void **state)
{
	struct rig *r = *state;

	rig_apply(r, "model", 1);
	rig_apply(r, "model2", 2);
	rig_until_idle(r);
	/* What a fresh vault of the second release alone holds. */
	rig_sh(r, "mv state/vault old && mkdir state/vault");
	rig_close(r);
	rig_open(r);
	{
		struct signed_release s;

		rig_sign(r, "model2", 3, time(NULL) + 1000, &s);
	}
	rig_sh(r,
	       "(cd old && find . -type f ! -path './tmp/*' | sort) >1; (cd state/vault && find . -type f ! -path './tmp/*' | "
	       "sort) >2; diff 1 2");
}

/* ---- killed at every step ---- */

static int steps_left;

static void die_at(const char *what)
{
	(void)what;
	if (steps_left-- == 0)
		_exit(9);
}

static int apply_and_die(struct rig *r, int at)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		steps_left = at;
		step_hook = die_at;
		rig_open(r);
		rig_until_idle(r);
		rig_apply(r, "model2", 2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void killed_anywhere_the_next_start_finishes(void **state)
{
	struct rig *r = *state;
	int at = 0, status;

	rig_apply(r, "model", 1);
	rig_close(r);
	rig_sh(r, "cp -a state state1 && cp -a www www1");
	do {
		char when[64];

		rig_sh(r, "rm -rf state www && cp -a state1 state && cp -a www1 www");
		status = apply_and_die(r, at);
		snprintf(when, sizeof(when), "killed at step %d", at);
		/* Every file is old or new at any moment, never a part. */
		rig_sh(r,
		       "cd www && if [ -f index.html ]; then grep -qx '[12]' index.html; else false; fi");
		rig_open(r);
		rig_until_idle(r);
		if (r->g->sites[0].site.applied != 2)
			rig_apply(r, "model2", 2);
		rig_same(r, "www", "model2", when);
		if (rig_events(r, NULL, OUTCOME_MAX))
			fail_msg("%s: it was taken for tampering", when);
		rig_sh(r, "[ ! -e state/sites/www/next ] && [ ! -s state/evidence/chain ]");
		rig_close(r);
		at++;
	} while (status == 9);
	assert_int_equal(status, 0);
	assert_true(at > 30);
	rig_open(r);
}

static int set_up(void **state)
{
	static struct rig r;

	rig_new(&r, model);
	rig_sh(&r, "%s", change);
	rig_open(&r);
	*state = &r;
	return 0;
}

static int tear_down(void **state)
{
	rig_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_the_release_says_is_there_after, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(strangers_become_evidence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(filters_are_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_offers_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(highest_outlives_the_loss_of_current, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_forged_current_is_not_believed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(garbage_leaves_the_vault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(killed_anywhere_the_next_start_finishes, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
