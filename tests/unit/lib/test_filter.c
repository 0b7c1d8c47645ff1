// SPDX-License-Identifier: Apache-2.0
/* Filters: which texts are some, what they match, and an oracle for the globs. */
#include <fnmatch.h>
#include "unit.h"
#include "filter.h"

static struct filters of(const char *const *texts)
{
	struct filters f = {0};
	struct err err = {""};

	for (; *texts; texts++)
		if (filters_add(&f, *texts, &err))
			fail_msg("%s", err.text);
	return f;
}

static void what_is_no_filter_is_refused(void **state)
{
	static const char *const bad[] = {"",	  "/",	   "*",	   "**",   "?",	     "data/*",
					  "a//b", "./a",   "../a", "a/..", "a/../b", "a/.",
					  "//",	  "/a/",   "a*/",  "a?b/", "x[ab]",  "a\\*",
					  "a\nb", "a\x7f", "a//",  "a/./", "*/"};
	char longest[FILTER_MAX + 1];
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err.text[0] = '\0';
		if (!filter_check(bad[i], &err))
			fail_msg("taken: \"%s\"", bad[i]);
		assert_true(err.text[0]);
	}
	memset(longest, 'a', FILTER_MAX);
	longest[FILTER_MAX] = '\0';
	assert_int_equal(filter_check(longest, NULL), -1);
	assert_int_equal(filter_check(longest + 1, NULL), 0);
	assert_int_equal(filter_check("\xff\xc3\xa4.log", NULL), 0); /* names are bytes */
}

static void what_they_match(void **state)
{
	static const char *const texts[] = {"uploads/", "a/b/c/",      "*.log", "data/*.mdb",
					    "/top.txt", "w/*/hits.??", NULL};
	static const struct {
		const char *path;
		enum filter_match want;
	} cases[] = {
		{"uploads", FILTER_DIR},
		{"uploads/x", FILTER_BELOW},
		{"uploads/x/y.php", FILTER_BELOW},
		{"uploads2", FILTER_NONE},
		{"upload", FILTER_NONE},
		{"x/uploads", FILTER_NONE},
		{"a", FILTER_ABOVE},
		{"a/b", FILTER_ABOVE},
		{"a/b/c", FILTER_DIR},
		{"a/b/c/d", FILTER_BELOW},
		{"a/b/d", FILTER_NONE},
		{"ab", FILTER_NONE},
		{"x.log", FILTER_FILE},
		{"deep/down/x.log", FILTER_FILE},
		{"x.log/y", FILTER_NONE},
		{"x.logs", FILTER_NONE},
		{"data/x.mdb", FILTER_FILE},
		{"data/d/x.mdb", FILTER_NONE},
		{"x/data/x.mdb", FILTER_NONE},
		{"top.txt", FILTER_FILE},
		{"x/top.txt", FILTER_NONE},
		{"w/1/hits.42", FILTER_FILE},
		{"w/1/hits.4", FILTER_NONE},
		{"w/1/2/hits.42", FILTER_NONE},
		{"uploads/x.log", FILTER_BELOW},
		{"a/x.log", FILTER_FILE},
	};
	struct filters f = of(texts);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (filters_match(&f, cases[i].path) != cases[i].want)
			fail_msg("%s: %d, not %d", cases[i].path, filters_match(&f, cases[i].path),
				 cases[i].want);
}

static void whose_time_tells_nothing(void **state)
{
	static const char *const some[] = {"uploads/", "data/*.mdb", "/top.txt", NULL};
	static const char *const any[] = {"*.log", NULL};
	struct filters f = of(some), g = of(any), none = {0};

	(void)state;
	assert_true(filters_touch(&f, "data"));
	assert_true(filters_touch(&f, ""));
	assert_false(filters_touch(&f, "uploads"));
	assert_false(filters_touch(&f, "data/deep"));
	assert_true(filters_touch(&g, "any/where"));
	assert_false(filters_touch(&none, ""));
}

static void a_list_has_bounds(void **state)
{
	struct filters f = {0};
	char text[FILTER_MAX];
	struct err err;
	int n = 0;

	(void)state;
	for (; n < FILTERS_MAX; n++) {
		snprintf(text, sizeof(text), "n%d", n);
		assert_int_equal(filters_add(&f, text, &err), 0);
	}
	assert_int_equal(filters_add(&f, "more", &err), -1);
	assert_false(filters_remove(&f, "more"));
	assert_true(filters_remove(&f, "n7"));
	assert_int_equal(filters_add(&f, "n8", &err), -1); /* twice */
	assert_int_equal(filters_add(&f, "more", &err), 0);
	assert_int_equal(f.n, FILTERS_MAX);
	memset(&f, 0, sizeof(f));
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (n = 0; n < FILTERS_MAX; n++) {
		text[0] = 'a' + n / 26;
		text[1] = 'a' + n % 26;
		if (filters_add(&f, text, NULL))
			break;
	}
	assert_int_equal(n, FILTERS_BYTES / FILTER_MAX);
	assert_true(f.bytes <= FILTERS_BYTES);
}

/* The C library's matcher, which knows nothing of ours, agrees on all short texts. */
static void globs_are_as_the_c_library_has_them(void **state)
{
	static const char letters[] = "ab/*?", plain[] = "ab/";
	char text[6], path[7];
	long compared = 0;

	(void)state;
	for (int t = 0; t < 5 * 5 * 5 * 5 * 5; t++) {
		struct filters f = {0};

		for (int i = 0, v = t; i < 5; i++, v /= 5)
			text[i] = letters[v % 5];
		text[5] = '\0';
		if (text[4] == '/' || text[0] == '/' || !strchr(text, '/') ||
		    filters_add(&f, text, NULL))
			continue;
		for (int p = 0; p < 729; p++) {
			for (int i = 0, v = p; i < 6; i++, v /= 3)
				path[i] = plain[v % 3];
			path[6] = '\0';
			if ((filters_match(&f, path) == FILTER_FILE) !=
			    !fnmatch(text, path, FNM_PATHNAME | FNM_NOESCAPE))
				fail_msg("\"%s\" and \"%s\"", text, path);
			compared++;
		}
	}
	assert_true(compared > 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_filter_is_refused),
		cmocka_unit_test(what_they_match),
		cmocka_unit_test(whose_time_tells_nothing),
		cmocka_unit_test(a_list_has_bounds),
		cmocka_unit_test(globs_are_as_the_c_library_has_them),
	};
	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
