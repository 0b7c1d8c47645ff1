// SPDX-License-Identifier: Apache-2.0
/* What is mounted inside a directory: from tables as the kernel writes them, and from nonsense. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <cmocka.h>
#include "inner.h"
#include "mounts.h"

struct row {
	const char *name, *table;
	const char *says; /* of /srv/www: each path, "!" before it if only the mount stays */
};

#define ROOT "21 1 254:0 / / rw - ext4 /dev/vda rw\n"

static const struct row rows[] = {
	{"nothing", ROOT, ""},
	{"no table at all", "", ""},
	{"a disk", ROOT "30 21 8:1 / /srv/www/up rw - ext4 /dev/sda1 rw\n", "/srv/www/up "},
	{"the directory itself is none inside it", ROOT "30 21 8:1 / /srv/www rw - ext4 x rw\n",
	 ""},
	{"one whose name begins alike", ROOT "30 21 8:1 / /srv/www2 rw - ext4 x rw\n", ""},
	{"the outer one first",
	 ROOT "31 30 0:9 / /srv/www/a/b rw - tmpfs x rw\n30 21 0:8 / /srv/www/a rw - tmpfs x rw\n",
	 "/srv/www/a /srv/www/a/b "},
	{"two at one place are one",
	 ROOT "30 21 0:8 / /srv/www/a rw - tmpfs x rw\n31 30 0:9 / /srv/www/a rw - tmpfs x rw\n",
	 "/srv/www/a "},
	{"of two at one place the last is seen",
	 ROOT
	 "30 21 0:8 / /srv/www/a rw - tmpfs x rw\n31 30 254:0 /etc /srv/www/a rw - ext4 x rw\n",
	 "!/srv/www/a "},
	{"a name with a space and a newline",
	 ROOT "30 21 0:8 / /srv/www/a\\040b\\012c rw - tmpfs x rw\n", "/srv/www/a b\nc "},
	{"a backslash that escapes nothing", ROOT "30 21 0:8 / /srv/www/a\\9 rw - tmpfs x rw\n",
	 "/srv/www/a\\9 "},
	{"bound from where the system writes",
	 ROOT "30 21 254:0 /var/log/x /srv/www/l rw - ext4 /dev/vda rw\n", "!/srv/www/l "},
	{"bound from elsewhere", ROOT "30 21 254:0 /data/img /srv/www/img rw - ext4 x rw\n",
	 "/srv/www/img "},
	{"the root file system itself", ROOT "30 21 254:0 / /srv/www/r rw - ext4 x rw\n",
	 "!/srv/www/r "},
	{"a disk that is all of /home too",
	 ROOT "29 21 8:2 / /home rw - ext4 x rw\n30 21 8:2 / /srv/www/h rw - ext4 x rw\n",
	 "!/srv/www/h "},
	{"a part of which is /var/log",
	 ROOT "29 21 8:2 /logs /var/log rw - ext4 x rw\n30 21 8:2 / /srv/www/h rw - ext4 x rw\n",
	 "!/srv/www/h "},
	{"the same disk twice inside",
	 ROOT "29 21 8:2 / /srv/www/a rw - ext4 x rw\n30 21 8:2 / /srv/www/b rw - ext4 x rw\n",
	 "/srv/www/a /srv/www/b "},
	{"optional fields", ROOT "30 21 0:8 / /srv/www/a rw shared:1 master:2 - tmpfs x rw\n",
	 "/srv/www/a "},
	{"no last newline", ROOT "30 21 0:8 / /srv/www/a rw - tmpfs x rw", "/srv/www/a "},
	{"cut lines", ROOT "30\n30 21\n30 21 0:8\n30 21 0:8 /\n\n \n", ""},
	{"no numbers", ROOT "a b c / /srv/www/a rw - tmpfs x rw\n", ""},
	{"a mount point that is no path", ROOT "30 21 0:8 / srv/www/a rw - tmpfs x rw\n", ""},
	{"a namespace's file", ROOT "30 21 0:4 mnt:[4026531840] /srv/www/ns rw - nsfs x rw\n",
	 "/srv/www/ns "},
};

static void note(void *arg, const char *path, const char *why)
{
	char *said = arg;

	snprintf(said + strlen(said), 4096 - strlen(said), "%s%s ", why ? "!" : "", path);
}

/* As inner_mounts() does with this machine's. */
static int told(FILE *f, char *said, struct err *err)
{
	struct mounts m = {NULL, 0, 0};
	int rc = mounts_read(&m, f, err);

	assert_int_equal(inner_each(&m, "/srv/www", note, said, err), 0);
	mounts_free(&m);
	return rc;
}

static void test_tables_as_the_kernel_writes_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[4096], said[4096] = "";
		struct err err = {""};
		FILE *f;

		snprintf(text, sizeof(text), "%s", rows[i].table);
		f = *text ? fmemopen(text, strlen(text), "r") : fopen("/dev/null", "r");
		assert_non_null(f);
		assert_int_equal(told(f, said, &err), 0);
		fclose(f);
		if (strcmp(said, rows[i].says))
			fail_msg("%s: '%s' instead of '%s'", rows[i].name, said, rows[i].says);
	}
}

/* Whoever may mount chooses both: neither hides what else is there. */
static void test_a_line_that_is_too_long_hides_no_other(void **state)
{
	char *text = NULL, said[4096] = "";
	struct err err = {""};
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	fprintf(f, "30 21 0:8 / /srv/www/");
	for (int i = 0; i < MOUNTS_LINE_MAX; i++)
		fputc('a', f);
	fprintf(f, " rw - tmpfs x rw\n31 21 0:9 / /srv/www/b rw - tmpfs x rw\n");
	fclose(f);
	f = fmemopen(text, size, "r");
	assert_int_equal(told(f, said, &err), -1);
	assert_non_null(strstr(err.text, "1 mounts whose line is longer"));
	assert_string_equal(said, "/srv/www/b ");
	fclose(f);
	free(text);
}

static void test_more_mounts_than_are_looked_at_are_said(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		char *text = NULL, said[4096] = "";
		struct err err = {""};
		size_t size;
		FILE *f = open_memstream(&text, &size);

		fputs("30 21 0:8 / /srv/www/a rw - tmpfs x rw\n", f);
		for (int i = 1; i < MOUNTS_MAX + more; i++)
			fputs("31 21 0:9 / /mnt rw - tmpfs x rw\n", f);
		fclose(f);
		f = fmemopen(text, size, "r");
		assert_int_equal(told(f, said, &err), -more);
		assert_string_equal(err.text,
				    more ? "only the first 100000 mounts were looked at" : "");
		assert_string_equal(said, "/srv/www/a ");
		fclose(f);
		free(text);
	}
}

static void test_what_a_line_says(void **state)
{
	char text[] =
		"30 21 8:1 /a\\040b /srv/www rw shared:1 - xfs /dev/sda1 rw,logdev=/dev/sdb1\n"
		"31 21 0:9 / /mnt rw - tmpfs none\n32 21 0:9 / /cut rw -\n33 21 0:9 / /cut rw\n";
	struct mounts m = {NULL, 0, 0};
	struct err err = {""};
	FILE *f = fmemopen(text, strlen(text), "r");

	(void)state;
	assert_int_equal(mounts_read(&m, f, &err), 0);
	fclose(f);
	assert_int_equal(m.n, 4);
	assert_int_equal(m.v[0].id, 30);
	assert_int_equal(m.v[0].dev, makedev(8, 1));
	assert_string_equal(m.v[0].shows, "/a b");
	assert_string_equal(m.v[0].type, "xfs");
	assert_string_equal(m.v[0].options, "rw,logdev=/dev/sdb1");
	assert_string_equal(m.v[1].type, "tmpfs");
	for (int i = 1; i < 4; i++)
		assert_string_equal(m.v[i].options, "");
	for (int i = 2; i < 4; i++)
		assert_string_equal(m.v[i].type, "");
	mounts_free(&m);
	assert_int_equal(m.n, 0);
}

static void test_this_machine_has_mounts(void **state)
{
	char said[4096] = "";
	struct err err = {""};

	(void)state;
	assert_int_equal(inner_mounts("/", note, said, &err), 0);
	assert_non_null(strstr(said, "/proc "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_as_the_kernel_writes_them),
		cmocka_unit_test(test_a_line_that_is_too_long_hides_no_other),
		cmocka_unit_test(test_more_mounts_than_are_looked_at_are_said),
		cmocka_unit_test(test_what_a_line_says),
		cmocka_unit_test(test_this_machine_has_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
