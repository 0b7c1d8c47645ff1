// SPDX-License-Identifier: Apache-2.0
/* Every tampering in the table is found, put right, kept as evidence and told; outside nothing
 * moves. */
#include "rig.h"

static const char model[] =
	"mkdir -p a/b/c empty && echo '<h1>home</h1>' >index.html && echo page >a/page.html && "
	"echo deep >a/b/c/deep.html && ln -s a/page.html link && echo x >a/b/x && "
	"printf 'odd' >\"$(printf 'a/od\\nd')\" && chmod 640 a/page.html && chmod 750 a/b && "
	"dd if=/dev/urandom of=big bs=1M count=6 status=none && "
	"find . -exec touch -h -d '2020-01-02 03:04:05.678' {} +";

struct tampering {
	const char *name;
	const char *path;    /* where the module would say it happened */
	const char *command; /* in www */
	const char *op;	     /* of the event of a verification; NULL: more than one kind */
	uint8_t outcome;
	bool evidence;
};

static const struct tampering tamperings[] = {
	{"content, same size and time", "index.html",
	 "printf '<h1>0wnd</h1>\\n' >index.html; touch -d '2020-01-02 03:04:05.678' index.html",
	 "modified", OUTCOME_RESTORED, true},
	{"content, longer", "index.html", "echo 0wned >>index.html", "modified", OUTCOME_RESTORED,
	 true},
	{"content, emptied", "a/b/c/deep.html", ": >a/b/c/deep.html", "modified", OUTCOME_RESTORED,
	 true},
	{"one byte in a large file", "big",
	 "printf x | dd of=big bs=1 seek=5000000 conv=notrunc status=none; touch -d '2020-01-02 03:04:05.678' big",
	 "modified", OUTCOME_RESTORED, true},
	{"mode", "index.html", "chmod 4777 index.html", "meta", OUTCOME_RESTORED, false},
	{"mode of a directory", "a/b", "chmod 777 a/b", "meta", OUTCOME_RESTORED, false},
	{"mode of the root", "", "chmod 700 .", "meta", OUTCOME_RESTORED, false},
	{"owner", "a/page.html", "chown 12345:54321 a/page.html", "meta", OUTCOME_RESTORED, false},
	{"owner of a directory", "a", "chown 12345 a", "meta", OUTCOME_RESTORED, false},
	{"owner of a link", "link", "chown -h 12345 link", "meta", OUTCOME_RESTORED, false},
	{"time", "index.html", "touch index.html", "meta", OUTCOME_RESTORED, false},
	{"time of a directory", "a", "touch a", "meta", OUTCOME_RESTORED, false},
	{"deleted file", "index.html", "rm index.html", "missing", OUTCOME_RESTORED, false},
	{"deleted link", "link", "rm link", "missing", OUTCOME_RESTORED, false},
	{"deleted directory", "a", "rm -rf a", "missing", OUTCOME_RESTORED, false},
	{"deleted root", "", "rm -rf ../www", NULL, OUTCOME_RESTORED, false},
	{"emptied root", "", "rm -rf *", "missing", OUTCOME_RESTORED, false},
	{"foreign file", "shell.php", "echo '<?php' >shell.php", "foreign", OUTCOME_REMOVED, true},
	{"foreign hidden file", "a/.htaccess", "echo x >a/.htaccess", "foreign", OUTCOME_REMOVED,
	 true},
	{"foreign directory", "x",
	 "mkdir -p x/y/z && echo 1 >x/1 && echo 2 >x/y/z/2 && ln -s ../../outside x/out", "foreign",
	 OUTCOME_REMOVED, true},
	{"foreign deep directory", "d",
	 "python3 -c 'import os\nfor i in range(300): os.mkdir(\"d\"); os.chdir(\"d\")\nopen(\"f\", \"w\")'",
	 "foreign", OUTCOME_REMOVED, true},
	{"foreign fifo", "fifo", "mkfifo fifo", "foreign", OUTCOME_REMOVED, true},
	{"foreign socket", "sock",
	 "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'", "foreign",
	 OUTCOME_REMOVED, true},
	{"foreign device", "null", "mknod null c 1 3", "foreign", OUTCOME_REMOVED, true},
	{"foreign link to outside", "out", "ln -s ../outside out", "foreign", OUTCOME_REMOVED,
	 true},
	{"foreign hard link to outside", "hard", "ln ../outside/file hard", "foreign",
	 OUTCOME_REMOVED, true},
	{"a name like our own", ".wd-0123456789abcdef", "echo '<?php' >.wd-0123456789abcdef",
	 "foreign", OUTCOME_REMOVED, true},
	{"file became a link to outside", "index.html", "ln -sf ../outside/file index.html",
	 "modified", OUTCOME_RESTORED, true},
	{"file became a fifo", "index.html", "rm index.html; mkfifo index.html", "modified",
	 OUTCOME_RESTORED, true},
	{"file became a directory", "index.html",
	 "rm index.html; mkdir index.html; echo 1 >index.html/1", "modified", OUTCOME_RESTORED,
	 true},
	{"directory became a file", "a", "rm -rf a; echo file >a", "modified", OUTCOME_RESTORED,
	 true},
	{"directory became a link to outside", "a", "rm -rf a; ln -s ../outside a", "modified",
	 OUTCOME_RESTORED, true},
	{"directory became a link, seen from below", "a/b/c/deep.html",
	 "rm -rf a; ln -s ../outside a", "modified", OUTCOME_RESTORED, true},
	{"link leads elsewhere", "link", "ln -sfn /etc/passwd link", "modified", OUTCOME_RESTORED,
	 true},
	{"link became a file", "link", "rm link; echo file >link", "modified", OUTCOME_RESTORED,
	 true},
	{"link became a directory", "link", "rm link; mkdir -p link/x", "modified",
	 OUTCOME_RESTORED, true},
	{"another name of a file", "index.html", "ln index.html ../outside/alias", "meta",
	 OUTCOME_RESTORED, false},
	{"extended attribute", "index.html",
	 "setfattr -n user.owned -v 1 index.html 2>/dev/null || "
	 "python3 -c 'import os; os.setxattr(\"index.html\", \"user.owned\", b\"1\")'",
	 "meta", OUTCOME_RESTORED, false},
	{"extended attribute of a directory", "a",
	 "python3 -c 'import os; os.setxattr(\"a\", \"user.owned\", b\"1\")'", "meta",
	 OUTCOME_RESTORED, false},
	{"immutable, after tampering", "index.html", "echo 0wned >index.html; chattr +i index.html",
	 "modified", OUTCOME_RESTORED, true},
	{"immutable foreign file", "x", "echo x >x; chattr +i x", "foreign", OUTCOME_REMOVED, true},
	{"foreign directory of immutable files", "x", "mkdir x; echo x >x/y; chattr +i x/y x",
	 "foreign", OUTCOME_REMOVED, true},
	{"immutable directory lacking a file", "a/page.html", "rm a/page.html; chattr +i a", NULL,
	 OUTCOME_RESTORED, false},
	{"hostile names", "",
	 "touch -- \"$(printf '\\377\\376')\" '; rm -rf x' '-rf' '$(id)' \"$(printf 'a\\nb\\033[2J')\" "
	 "' ' '*'",
	 "foreign", OUTCOME_REMOVED, true},
	{"moved within the site", "a/b", "mv a/b b", NULL, OUTCOME_RESTORED, true},
};

static bool here(const char *command)
{
	/* Not every file system of a test machine knows immutable files. */
	return !strstr(command, "chattr") ||
	       !system("d=$(mktemp -d); touch $d/x; chattr +i $d/x 2>/dev/null; r=$?; "
		       "chattr -i $d/x 2>/dev/null; rm -rf $d; exit $r");
}

static int evidence_items(const struct rig *r)
{
	char path[256];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/state/evidence/chain", r->dir);
	f = fopen(path, "r");
	for (int c; f && (c = fgetc(f)) != EOF;)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

/* Some tamperings make or drop a name there, which is no fault of the agent. */
static void rig_settle_outside(const struct rig *r)
{
	struct timespec t[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000000000}};
	char path[128];

	snprintf(path, sizeof(path), "%s/outside", r->dir);
	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

static void tamper(struct rig *r, const struct tampering *t)
{
	rig_sh(r, "cd www && { %s; }", t->command);
}

static void judge(struct rig *r, const struct tampering *t, const char *way, int events,
		  int evidence)
{
	char when[256], path[128], *outside;

	snprintf(when, sizeof(when), "%s, by %s", t->name, way);
	rig_same(r, "www", "model", when);
	snprintf(path, sizeof(path), "%s/outside/alias", r->dir);
	unlink(path);
	rig_settle_outside(r);
	outside = rig_look(r, "outside");
	if (strcmp(outside, r->outside))
		fail_msg("%s: outside it is\n%s\nnot\n%s", when, outside, r->outside);
	free(outside);
	if (rig_events(r, NULL, OUTCOME_MAX) <= events)
		fail_msg("%s: no event tells of it", when);
	if (t->evidence && evidence_items(r) <= evidence)
		fail_msg("%s: no evidence was kept", when);
	assert_int_equal(rig_events(r, NULL, OUTCOME_FAILED), 0);
}

static void verification_repairs_everything(void **state)
{
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(tamperings) / sizeof(*tamperings); i++) {
		const struct tampering *t = &tamperings[i];
		int events = rig_events(r, NULL, OUTCOME_MAX), evidence = evidence_items(r);
		int before = rig_events(r, t->op, t->outcome);

		if (!here(t->command))
			continue;
		tamper(r, t);
		rig_verify(r);
		judge(r, t, "verification", events, evidence);
		if (t->op && rig_events(r, t->op, t->outcome) <= before)
			fail_msg("%s: no event \"%s\" with the outcome %s", t->name, t->op,
				 event_outcome_name(t->outcome));
	}
}

static void an_event_repairs_everything(void **state)
{
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(tamperings) / sizeof(*tamperings); i++) {
		const struct tampering *t = &tamperings[i];
		int events = rig_events(r, NULL, OUTCOME_MAX), evidence = evidence_items(r);
		struct kernel_event k = {.seq = i + 1, .is_file = true, .subtree = true};

		if (!here(t->command) || !strcmp(t->name, "moved within the site"))
			continue;
		tamper(r, t);
		k.event = (struct wd_event){
			.time = fsx_now_ns(), .op = "test", .source = "kmod", .repeat = 1};
		snprintf(k.event.path, sizeof(k.event.path), "%s/www%s%s", r->dir,
			 t->path[0] ? "/" : "", t->path);
		intake_ops.event(r->g, "0123456789abcdef", &k);
		rig_until_done(r);
		judge(r, t, "event", events, evidence);
	}
	rig_until_idle(r); /* the later looks at the same paths are over as well */
	assert_int_equal(rig_events(r, NULL, OUTCOME_PENDING), 0);
}

static void a_right_tree_makes_no_event(void **state)
{
	struct rig *r = *state;
	int before = rig_events(r, NULL, OUTCOME_MAX);

	rig_verify(r);
	assert_int_equal(rig_events(r, NULL, OUTCOME_MAX), before);
}

static void a_missing_object_is_waited_for(void **state)
{
	struct rig *r = *state;
	struct entry e;
	struct hash h;
	uint64_t size;
	struct err err = {""};
	char path[256];
	int fd, events;

	memset(&e, 0, sizeof(e));
	snprintf(path, sizeof(path), "%s/model/index.html", r->dir);
	fd = open(path, O_RDONLY);
	assert_int_equal(hash_fd(fd, &h, &size), 0);
	assert_int_equal(depot_drop(r->g->vault, &h), 0);
	events = rig_events(r, "modified", OUTCOME_WAITING);
	rig_sh(r, "echo 0wned >www/index.html");
	rig_verify(r);
	assert_int_equal(rig_events(r, "modified", OUTCOME_WAITING), events + 1);
	assert_int_equal(checks_troubled(r->g->checks), 1);
	rig_sh(r, "[ ! -e www/index.html ]"); /* tampered content is not served meanwhile */
	assert_int_equal(depot_put_fd(r->g->vault, fd, &h, &size, &err), 0);
	close(fd);
	checks_again(r->g->checks, &r->g->sites[0].site);
	rig_until_idle(r);
	rig_same(r, "www", "model", "when it has come");
	assert_int_equal(rig_events(r, "modified", OUTCOME_WAITING), events);
	assert_int_equal(checks_troubled(r->g->checks), 0);
}

static void a_damaged_tree_is_mended_from_memory(void **state)
{
	struct rig *r = *state;
	const struct release *rel = &r->g->sites[0].site.want;
	char hex[HASH_HEX];
	enum depot_result why;
	const struct branch *b = expect_get(r->g->expect, &rel->root, rel->root_size, &why);
	struct buf out;

	assert_non_null(b);
	expect_put(b);
	rig_sh(r, "echo garbage >state/vault/%.2s/%s", hash_hex(&rel->root, hex), hex + 2);
	rig_verify(r);
	buf_init(&out, TREE_BYTES_MAX);
	assert_int_equal(depot_read(r->g->vault, &rel->root, rel->root_size, &out, NULL), DEPOT_OK);
	buf_free(&out);
}

static void a_full_evidence_directory_does_not_stop_restoring(void **state)
{
	struct rig *r = *state;
	char note[512];

	rig_close(r);
	r->conf.evidence_max = 1;
	rig_open(r);
	rig_until_idle(r);
	rig_sh(r, "echo 0wned >www/index.html");
	rig_verify(r);
	rig_same(r, "www", "model", "without room for evidence");
	assert_int_equal(guard_health(r->g, note, sizeof(note)), HEALTH_BAD);
	assert_non_null(strstr(note, "evidence"));
	rig_close(r);
	r->conf.evidence_max = 64 << 20;
	rig_open(r);
	rig_until_idle(r);
}

static void a_writer_loses_the_file_and_his_bytes_are_evidence(void **state)
{
	struct rig *r = *state;
	struct kernel_event k = {.seq = 9999, .is_file = true, .opened = true};
	int before = evidence_items(r), fd;
	char path[256];

	snprintf(path, sizeof(path), "%s/www/index.html", r->dir);
	fd = open(path, O_WRONLY);
	k.event = (struct wd_event){
		.time = fsx_now_ns(), .op = "open", .source = "kmod", .repeat = 1};
	snprintf(k.event.path, sizeof(k.event.path), "%s", path);
	intake_ops.event(r->g, "0123456789abcdef", &k);
	assert_int_equal(write(fd, "0wn", 3), 3);
	while (evidence_items(r) == before && event_base_loop(r->base, EVLOOP_ONCE) == 0) {
		static int turns;

		if (write(fd, "ed!", 3) != 3 || ++turns > 100000)
			fail();
		if (turns == 200)
			close(fd);
	}
	rig_until_idle(r);
	rig_same(r, "www", "model", "with a writer");
	rig_sh(r, "tar -xOf state/evidence/01234567-9999.tar.zst site/index.html | grep -q 0wned");
}

static int set_up(void **state)
{
	static struct rig r;

	rig_new(&r, model);
	rig_open(&r);
	rig_apply(&r, "model", 1);
	rig_same(&r, "www", "model", "first apply");
	rig_settle_outside(&r);
	r.outside = rig_look(&r, "outside");
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
		cmocka_unit_test(a_right_tree_makes_no_event),
		cmocka_unit_test(verification_repairs_everything),
		cmocka_unit_test(an_event_repairs_everything),
		cmocka_unit_test(a_missing_object_is_waited_for),
		cmocka_unit_test(a_damaged_tree_is_mended_from_memory),
		cmocka_unit_test(a_full_evidence_directory_does_not_stop_restoring),
		cmocka_unit_test(a_writer_loses_the_file_and_his_bytes_are_evidence),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
