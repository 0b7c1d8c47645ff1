// SPDX-License-Identifier: Apache-2.0
/* On which file systems the layers of an overlay lie: as the module lists them, and from nonsense.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <cmocka.h>
#include "layers.h"

static int read_text(const char *text, size_t n, dev_t out[LAYERS_DISKS_MAX], struct err *err)
{
	FILE *f = fmemopen((void *)text, n, "r");
	int found;

	assert_non_null(f);
	found = layers_read(f, out, err);
	fclose(f);
	return found;
}

static void test_each_file_system_once(void **state)
{
	static const char list[] = "254:16 /l1/site\n0:41 /site\n254:16 /up/a b\n";
	dev_t out[LAYERS_DISKS_MAX];
	struct err err = {""};

	(void)state;
	assert_int_equal(read_text(list, sizeof(list) - 1, out, &err), 2);
	assert_true(out[0] == makedev(254, 16) && out[1] == makedev(0, 41));
}

static void test_what_is_no_layer_is_said(void **state)
{
	static const char *const bad[] = {
		"x\n",	       "254\n",		"254:\n",	 "254:16\n",
		"254:16 \n",   "254:16 site\n", ":16 /site\n",	 "-1:16 /site\n",
		"254 16 /a\n", "1:2:3 /a\n",	"254:16 /a\n\n", "999999999:1 /a\n",
		"\xff\xff\n",  "254:16 /a\n0:",
	};
	dev_t out[LAYERS_DISKS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err err = {""};

		if (read_text(bad[i], strlen(bad[i]), out, &err) != -1 ||
		    !strstr(err.text, " is no layer"))
			fail_msg("'%s': %s", bad[i], err.text);
	}
}

static void test_a_list_cut_off_anywhere_is_read_or_refused(void **state)
{
	static const char list[] = "254:16 /l1/site\n0:41 /site\n";
	dev_t out[LAYERS_DISKS_MAX];

	(void)state;
	for (size_t n = 1; n < sizeof(list); n++) {
		struct err err = {""};
		int found = read_text(list, n, out, &err);

		assert_true(found <= 2 && (found >= 0 || err.text[0]));
	}
}

/* lines of them, each on a file system of its own where apart */
static int read_many(int lines, bool apart, struct err *err)
{
	dev_t out[LAYERS_DISKS_MAX];
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int found;

	for (int i = 0; i < lines; i++)
		fprintf(f, "0:%d /site\n", apart ? i : 7);
	fclose(f);
	found = read_text(text, size, out, err);
	free(text);
	return found;
}

static void test_bounds(void **state)
{
	struct err err = {""};

	(void)state;
	assert_int_equal(read_many(LAYERS_LINES_MAX, false, &err), 1);
	assert_int_equal(read_many(LAYERS_DISKS_MAX, true, &err), LAYERS_DISKS_MAX);
	assert_string_equal(err.text, "");
	assert_int_equal(read_many(LAYERS_LINES_MAX + 1, false, &err), -1);
	assert_string_equal(err.text, "more than 4096 layers");
	assert_int_equal(read_many(LAYERS_DISKS_MAX + 1, true, &err), -1);
	assert_string_equal(err.text, "layers on more than 128 file systems");
}

static void test_a_line_that_is_too_long_is_refused(void **state)
{
	char text[LAYERS_LINE_MAX + 64];
	dev_t out[LAYERS_DISKS_MAX];
	struct err err = {""};

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "254:16 /", 8);
	assert_int_equal(read_text(text, LAYERS_LINE_MAX, out, &err), 1);
	assert_int_equal(read_text(text, sizeof(text), out, &err), -1);
	assert_non_null(strstr(err.text, "line 1 is no layer"));
}

static void test_words_are_good_only_if_all_is_guarded(void **state)
{
	static const struct {
		unsigned int guarded, missed;
		bool good;
		const char *says;
	} rows[] = {
		{3, 0, true, "is protected with it"},
		{3, 1, false, "NOT all"},
		{0, 1, false, "NOT seen"},
		{0, 0, false, "NOT seen"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool good;

		assert_non_null(
			strstr(layers_words(rows[i].guarded, rows[i].missed, &good), rows[i].says));
		assert_int_equal(good, rows[i].good);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_file_system_once),
		cmocka_unit_test(test_what_is_no_layer_is_said),
		cmocka_unit_test(test_a_list_cut_off_anywhere_is_read_or_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_a_line_that_is_too_long_is_refused),
		cmocka_unit_test(test_words_are_good_only_if_all_is_guarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
