// SPDX-License-Identifier: Apache-2.0
/* What is written down: the chain of evidence, the spool and its bounds. */
#include "db.h"
#include "ident.h"
#include "rig.h"

/* ---- the chain ---- */

static void count_item(void *arg, const struct chain_item *item)
{
	(void)item;
	++*(int *)arg;
}

static int items(struct rig *r, bool *whole)
{
	char dir[128];
	int n = 0;

	snprintf(dir, sizeof(dir), "%s/state/evidence", r->dir);
	*whole = !chain_read(dir, count_item, &n, NULL);
	return n;
}

static void the_chain_shows_every_alteration(void **state)
{
	static const struct {
		const char *what, *command;
		bool whole;
		int items;
	} cases[] = {
		{"untouched", ":", true, 4},
		{"a line deleted", "sed -i 2d chain", false, 1},
		{"the first line deleted", "sed -i 1d chain", false, 0},
		{"lines swapped", "sed -i '2{h;d};3G' chain", false, 1},
		{"a hash changed",
		 "sed -i '3s/ ./ 0/;3s/ .\\(.\\)/ 0\\1/' chain; sed -i '3s/ [0-9a-f]\\{8\\}/ 00000000/' chain",
		 false, 2},
		{"a name changed", "sed -i '3s/-s/-t/' chain", false, 2},
		{"a path for a name", "sed -i '2s,^,../,' chain", false, 1},
		{"garbage", "echo garbage >>chain", false, 4},
		{"the last line cut off, which only the publisher can tell", "sed -i '$d' chain",
		 true, 3},
	};
	struct rig *r = *state;
	bool whole;
	int n;

	for (int i = 0; i < 4; i++) {
		rig_sh(r, "echo evil%d >www/index.html", i);
		rig_verify(r);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		rig_sh(r, "cp state/evidence/chain keep; cd state/evidence; %s", cases[i].command);
		n = items(r, &whole);
		if (whole != cases[i].whole || n != cases[i].items)
			fail_msg("%s: %s, %d items", cases[i].what, whole ? "whole" : "broken", n);
		rig_sh(r, "cp keep state/evidence/chain");
	}
}

static void a_torn_line_is_cut_off_and_the_chain_goes_on(void **state)
{
	struct rig *r = *state;
	bool whole;

	rig_sh(r, "echo evil >www/index.html");
	rig_verify(r);
	rig_close(r);
	rig_sh(r, "printf '12345678-s9.tar.zst 0123' >>state/evidence/chain");
	rig_open(r);
	rig_until_idle(r);
	rig_sh(r, "echo evil >www/index.html");
	rig_verify(r);
	assert_int_equal(items(r, &whole), 2);
	assert_true(whole);
}

static void evidence_holds_what_was_found(void **state)
{
	struct rig *r = *state;

	rig_sh(r,
	       "echo evil >www/index.html && chmod 4711 www/index.html && touch -d '2001-02-03 04:05:06' www/index.html && "
	       "python3 -c 'import os; os.setxattr(\"www/index.html\", \"user.mine\", b\"1\")' && "
	       "mkdir -p www/x/y && echo deep >www/x/y/z && ln -s /etc/passwd www/x/l");
	rig_verify(r);
	rig_same(r, "www", "model", "after both");
	rig_sh(r,
	       "mkdir t && cd t && for f in ../state/evidence/*.tar.zst; do tar --xattrs --xattrs-include='*' -xpf $f && "
	       "jq -e .id meta.json >/dev/null && mv meta.json $(jq -r .why meta.json).json; done");
	rig_sh(r,
	       "cd t/site && grep -qx evil index.html && [ \"$(stat -c '%%a %%Y' index.html)\" = \"4711 $(date -d "
	       "'2001-02-03 04:05:06' +%%s)\" ] && grep -qx deep x/y/z && [ \"$(readlink x/l)\" = /etc/passwd ]");
	rig_sh(r,
	       "python3 -c 'import os; assert os.getxattr(\"t/site/index.html\", \"user.mine\") == b\"1\"'");
	rig_sh(r,
	       "[ \"$(jq -r '.[\"found-entry\"].sha256' t/content.json)\" = \"$(sha256sum <t/site/index.html | cut -c1-64)\" ] && "
	       "[ \"$(jq -r '.[\"expected-entry\"].sha256' t/content.json)\" = \"$(sha256sum <www/index.html | cut -c1-64)\" ]");
}

static void old_copied_evidence_makes_room(void **state)
{
	struct rig *r = *state;
	char dir[128], name[CHAIN_NAME_MAX];
	bool whole;
	int before;

	rig_sh(r, "head -c 600000 /dev/urandom >www/index.html");
	rig_verify(r);
	assert_int_equal(before = items(r, &whole), 1);
	snprintf(dir, sizeof(dir), "%s/state/evidence", r->dir);
	rig_sh(r, "cd state/evidence && ls *.tar.zst >../../name");
	{
		char path[128];
		FILE *f;

		snprintf(path, sizeof(path), "%s/name", r->dir);
		f = fopen(path, "r");
		assert_non_null(fgets(name, sizeof(name), f));
		name[strcspn(name, "\n")] = '\0';
		fclose(f);
	}
	rig_close(r);
	r->conf.evidence_max = 1 << 20;
	rig_open(r);
	rig_until_idle(r);
	rig_sh(r, "head -c 600000 /dev/urandom >www/index.html");
	rig_verify(r);
	assert_int_equal(items(r, &whole), before); /* no room, nothing may go */
	assert_true(evidence_failing(r->g->evidence));
	evidence_copied(r->g->evidence, name);
	rig_sh(r, "head -c 600000 /dev/urandom >www/index.html");
	rig_verify(r);
	assert_int_equal(items(r, &whole), before + 1);
	assert_true(whole);
	assert_true(chain_moved(dir, name));
	assert_false(evidence_failing(r->g->evidence));
}

/* ---- the spool ---- */

struct spooling {
	struct event_base *base;
	struct store *store;
	struct spool *spool;
	char path[128];
	int sent;
	bool refuse;
	char ids[4096][EVENT_ID_MAX];
};

static int take(void *arg, const void *p, size_t n)
{
	struct spooling *s = arg;
	static struct wd_event e;
	struct rd r = rd_over(p, n);

	if (s->refuse)
		return -1;
	event_get(&r, &e);
	assert_true(rd_end(&r));
	snprintf(s->ids[s->sent++ % 4096], EVENT_ID_MAX, "%s", e.id);
	return 0;
}

static void put(struct spooling *s, const char *op, uint8_t outcome)
{
	static struct wd_event e;

	ident_event(&e, "kmod", op, "www", "/srv/www/x");
	e.outcome = outcome;
	spool_put(s->spool, &e);
}

static void turn(struct spooling *s)
{
	for (int i = 0; i < 6; i++) {
		struct timeval t = {0, 25000};

		event_base_loopexit(s->base, &t);
		event_base_dispatch(s->base);
	}
}

static void spooling_open(struct spooling *s, struct rig *r, uint64_t cap)
{
	struct err err = {""};

	memset(s, 0, sizeof(*s));
	snprintf(s->path, sizeof(s->path), "%s/test.db", r->dir);
	s->base = event_base_new();
	s->store = db_open(s->path, &err);
	assert_non_null(s->store);
	s->spool = spool_new(s->base, s->store, cap, &err);
	assert_non_null(s->spool);
}

static void spooling_close(struct spooling *s)
{
	spool_free(s->spool);
	store_close(s->store);
	event_base_free(s->base);
}

static void events_are_sent_until_acknowledged(void **state)
{
	static struct spooling s;
	struct spool_state st;

	spooling_open(&s, *state, 1000);
	for (int i = 0; i < 400; i++)
		put(&s, "open", OUTCOME_DENIED);
	spool_online(s.spool, take, &s);
	turn(&s);
	assert_int_equal(s.sent, 256); /* as many as may be under way */
	for (int i = 0; i < 100; i++)
		spool_acked(s.spool, s.ids[i]);
	turn(&s);
	assert_int_equal(s.sent, 356);
	spool_online(s.spool, NULL, NULL);
	spool_online(s.spool, take, &s); /* a new connection: the rest again */
	turn(&s);
	assert_int_equal(s.sent, 356 + 256);
	for (int i = 356; i < 612; i++)
		spool_acked(s.spool, s.ids[i]);
	turn(&s);
	for (int i = 612; i < s.sent; i++)
		spool_acked(s.spool, s.ids[i]);
	turn(&s);
	spool_state(s.spool, &st);
	assert_int_equal(st.unsent, 0);
	assert_int_equal(st.kept, 400);
	spooling_close(&s);
}

static void a_change_is_sent_again_and_not_lost_to_an_old_ack(void **state)
{
	static struct spooling s;
	static struct wd_event e;
	struct spool_state st;

	spooling_open(&s, *state, 1000);
	ident_event(&e, "kmod", "open", "www", "/x");
	e.outcome = OUTCOME_PENDING;
	spool_put(s.spool, &e);
	spool_online(s.spool, take, &s);
	turn(&s);
	assert_int_equal(s.sent, 1);
	e.outcome = OUTCOME_RESTORED;
	spool_put(s.spool, &e);
	turn(&s);
	assert_int_equal(s.sent, 1); /* one at a time, so that the answer is clear */
	spool_acked(s.spool, e.id);
	turn(&s);
	assert_int_equal(s.sent, 2);
	spool_state(s.spool, &st);
	assert_int_equal(st.unsent, 1);
	spool_acked(s.spool, e.id);
	turn(&s);
	spool_state(s.spool, &st);
	assert_int_equal(st.unsent, 0);
	spooling_close(&s);
}

static void a_storm_stays_within_the_cap_and_is_counted(void **state)
{
	static struct spooling s;
	struct spool_state st;

	spooling_open(&s, *state, 2000);
	for (int i = 0; i < 20; i++)
		put(&s, "unlink", OUTCOME_RESTORED);
	for (int i = 0; i < 20000; i++)
		put(&s, "open", OUTCOME_DENIED);
	turn(&s);
	spool_state(s.spool, &st);
	assert_true(st.kept <= 2000);
	assert_true(st.folded >= 18000);
	spooling_close(&s);
	spooling_open(&s, *state, 2000);
	{
		struct rig_count restored = {"unlink", OUTCOME_RESTORED, 0},
				 folded = {"folded", OUTCOME_NOTED, 0};

		spool_last(s.spool, 5000, rig_count_one, &restored);
		spool_last(s.spool, 5000, rig_count_one, &folded);
		assert_int_equal(restored.n, 20); /* what was tampered with is worth more */
		assert_true(folded.n >= 1);
	}
	spooling_close(&s);
}

static int set_up(void **state)
{
	static struct rig r;

	rig_new(&r, "echo home >index.html; mkdir a; echo 1 >a/1");
	rig_open(&r);
	rig_apply(&r, "model", 1);
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
		cmocka_unit_test_setup_teardown(the_chain_shows_every_alteration, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_torn_line_is_cut_off_and_the_chain_goes_on,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(evidence_holds_what_was_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(old_copied_evidence_makes_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(events_are_sent_until_acknowledged, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_change_is_sent_again_and_not_lost_to_an_old_ack,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_storm_stays_within_the_cap_and_is_counted, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
