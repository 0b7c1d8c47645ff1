// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "unit.h"
#include "store.h"

static const char *const schema1[] = {"CREATE TABLE t (a INTEGER, b TEXT, c BLOB)", NULL};
static const char *const schema2[] = {"CREATE TABLE t (a INTEGER, b TEXT, c BLOB)",
				      "ALTER TABLE t ADD COLUMN d INTEGER DEFAULT 4", NULL};
static const char *const broken[] = {"CREATE TABLE t (a INTEGER, b TEXT, c BLOB)",
				     "ALTER TABLE t ADD COLUMN d; NONSENSE", NULL};

enum { INSERT, COUNT, ALL, WRONG };
static const char *const sql[] = {"INSERT INTO t (a, b, c) VALUES (?, ?, ?)",
				  "SELECT count(*) FROM t", "SELECT a, b, c FROM t ORDER BY a",
				  "SELECT nothing FROM nowhere"};

static char *top;
static char path[128];

static int setup(void **state)
{
	(void)state;
	top = unit_dir();
	snprintf(path, sizeof(path), "%s/db", top);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unit_clean(top);
	return 0;
}

static struct store *open_with(const char *const *schema)
{
	struct err err = {""};
	struct store *s = store_open(path, schema, sql, 4, &err);

	if (!s)
		fail_msg("%s", err.text);
	return s;
}

static int take_int(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 0);
	return 0;
}

static int64_t count(struct store *s)
{
	int64_t n = -1;

	assert_int_equal(store_run(s, COUNT, take_int, &n, NULL, ""), 1);
	return n;
}

static int check_row(void *arg, struct store_row *r)
{
	int n;

	(void)arg;
	assert_int_equal(store_int(r, 0), 1ll << 40);
	assert_string_equal(store_text(r, 1), "");
	assert_memory_equal(store_blob(r, 2, &n), "\0x", 2);
	assert_int_equal(n, 2);
	return 0;
}

static void values_come_back(void **state)
{
	struct store *s = open_with(schema1);

	(void)state;
	assert_int_equal(store_run(s, INSERT, NULL, NULL, NULL, "itb", (int64_t)1 << 40,
				   (char *)NULL, "\0x", 2),
			 0);
	assert_int_equal(store_run(s, ALL, check_row, NULL, NULL, ""), 1);
	store_close(s);
}

static int read_again(void *arg, struct store_row *r)
{
	(void)r;
	return count(arg) == 2 ? 0 : -1;
}

static int all_again(void *arg, struct store_row *r)
{
	int64_t a = 0;

	(void)r;
	assert_int_equal(store_run(arg, ALL, take_int, &a, NULL, ""), 2);
	return 0;
}

static void statements_nest_even_in_themselves(void **state)
{
	struct store *s = open_with(schema1);

	(void)state;
	for (int64_t i = 0; i < 2; i++)
		store_run(s, INSERT, NULL, NULL, NULL, "itb", i, "x", "", 0);
	assert_int_equal(store_run(s, ALL, read_again, s, NULL, ""), 2);
	assert_int_equal(store_run(s, ALL, all_again, s, NULL, ""), 2);
	store_close(s);
}

static void a_newer_program_brings_the_schema_up_and_an_older_refuses(void **state)
{
	struct err err;

	(void)state;
	store_close(open_with(schema1));
	store_close(open_with(schema2));
	assert_null(store_open(path, schema1, sql, 4, &err));
	assert_non_null(strstr(err.text, "newer version"));
}

static void a_failed_migration_changes_nothing(void **state)
{
	struct err err;
	struct store *s;

	(void)state;
	store_close(open_with(schema1));
	assert_null(store_open(path, broken, sql, 4, &err));
	s = open_with(schema2); /* would fail if half of it were there */
	store_close(s);
}

static void what_was_committed_survives_a_kill_what_was_not_does_not(void **state)
{
	struct store *s;
	int status;
	pid_t pid;

	(void)state;
	store_close(open_with(schema1));
	pid = fork();
	if (pid == 0) {
		s = open_with(schema1);
		store_begin(s, NULL);
		store_run(s, INSERT, NULL, NULL, NULL, "itb", (int64_t)1, "x", "", 0);
		store_commit(s, NULL);
		store_begin(s, NULL);
		store_run(s, INSERT, NULL, NULL, NULL, "itb", (int64_t)2, "x", "", 0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	s = open_with(schema1);
	assert_int_equal(count(s), 1);
	store_close(s);
}

static void errors_name_what_failed(void **state)
{
	struct store *s = open_with(schema1);
	struct err err;

	(void)state;
	assert_int_equal(store_run(s, WRONG, NULL, NULL, &err, ""), -1);
	assert_non_null(strstr(err.text, "nowhere"));
	store_close(s);
	assert_null(store_open("/nonexistent/db", schema1, sql, 4, &err));
	assert_non_null(strstr(err.text, "/nonexistent/db"));
}

static void assert_private(const char *suffix)
{
	char file[sizeof(path) + 8];
	struct stat st;

	snprintf(file, sizeof(file), "%s%s", path, suffix);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void nobody_else_may_read_it(void **state)
{
	mode_t before = umask(0);
	struct store *s;

	(void)state;
	s = open_with(schema1);
	assert_private("");
	assert_private("-wal");
	store_close(s);
	chmod(path, 0644); /* as older versions left it */
	s = open_with(schema1);
	assert_private("");
	store_close(s);
	umask(before);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(values_come_back),
		T(nobody_else_may_read_it),
		T(statements_nest_even_in_themselves),
		T(a_newer_program_brings_the_schema_up_and_an_older_refuses),
		T(a_failed_migration_changes_nothing),
		T(what_was_committed_survives_a_kill_what_was_not_does_not),
		T(errors_name_what_failed),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
