// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "tree.h"

static struct entry file(const char *name)
{
	return (struct entry){.name = (char *)name,
			      .type = ENTRY_FILE,
			      .mode = 0644,
			      .size = 1,
			      .mtime = -5,
			      .hash = hash_of(name, strlen(name))};
}

static struct entry dir(const char *name)
{
	return (struct entry){.name = (char *)name, .type = ENTRY_DIR, .mode = 0755};
}

static struct entry link_to(const char *name, const char *target)
{
	return (struct entry){.name = (char *)name,
			      .target = (char *)target,
			      .type = ENTRY_LINK,
			      .mode = 0777,
			      .size = strlen(target)};
}

static struct buf encoded(const struct entry *v, size_t n)
{
	struct tree *t = tree_new();
	struct err err = {""};
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(tree_add(t, &v[i]), 0);
	if (tree_encode(t, &b, &err) < 0)
		fail_msg("%s", err.text);
	tree_free(t);
	return b;
}

static void order_of_adding_does_not_matter(void **state)
{
	struct entry a[] = {file("a"), dir("b"), link_to("c", "a")};
	struct entry b[] = {link_to("c", "a"), file("a"), dir("b")};
	struct buf x = encoded(a, 3), y = encoded(b, 3);
	struct tree *t = tree_decode(x.data, x.len, NULL);

	(void)state;
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.data, y.data, x.len);
	assert_non_null(t);
	assert_int_equal(t->n, 3);
	assert_string_equal(tree_find(t, "c")->target, "a");
	assert_int_equal(tree_find(t, "a")->mtime, -5);
	assert_null(tree_find(t, "d"));
	tree_free(t);
	buf_free(&x);
	buf_free(&y);
}

static void names_that_leave_the_directory_cannot_be_encoded(void **state)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "/", "../x", "/etc/passwd"};
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct entry e = file(bad[i]);
		struct tree *t = tree_new();

		tree_add(t, &e);
		assert_int_equal(tree_encode(t, &b, NULL), -1);
		tree_free(t);
	}
	buf_free(&b);
}

/* What a hostile publisher link could send: the same names, spliced into a good encoding. */
static void names_that_leave_the_directory_cannot_be_decoded(void **state)
{
	static const char *const bad[] = {"..", "a/", "/b", "a\0", ".\0"};
	struct entry e = file("ab");
	struct buf b = encoded(&e, 1);
	uint8_t *name = memmem(b.data, b.len, "ab", 2);
	struct err err;

	(void)state;
	assert_non_null(name);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memcpy(name, bad[i], 2);
		assert_null(tree_decode(b.data, b.len, &err));
	}
	buf_free(&b);
}

static void every_truncation_and_every_flipped_length_is_refused_or_sane(void **state)
{
	struct entry v[] = {file("a"), dir("b"), link_to("c", "../a"), file("d")};
	struct buf b = encoded(v, 4);

	(void)state;
	for (size_t n = 0; n < b.len; n++)
		assert_null(tree_decode(b.data, n, NULL));
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		struct tree *t;

		b.data[bit / 8] ^= 1 << bit % 8;
		t = tree_decode(b.data, b.len, NULL);
		for (size_t i = 0; t && i < t->n; i++)
			assert_true(tree_name_ok(t->v[i].name));
		tree_free(t);
		b.data[bit / 8] ^= 1 << bit % 8;
	}
	buf_free(&b);
}

static void names_twice_or_out_of_order_are_refused(void **state)
{
	struct entry v[] = {file("a"), file("b")};
	struct buf b = encoded(v, 2);
	struct err err;

	(void)state;
	*(uint8_t *)memmem(b.data, b.len, "\0\1b", 3) = 0;
	((uint8_t *)memmem(b.data, b.len, "\0\1b", 3))[2] = 'a';
	assert_null(tree_decode(b.data, b.len, &err));
	assert_non_null(strstr(err.text, "twice"));
	buf_free(&b);
}

static void a_count_beyond_the_bytes_is_refused_before_memory_is_taken(void **state)
{
	(void)state;
	assert_null(tree_decode("WDT1\xff\xff\xff\xff", 8, NULL));
	assert_null(tree_decode("WDT1\0\x10\0\0", 8, NULL));
	assert_null(tree_decode("WDT2\0\0\0\0", 8, NULL));
	assert_null(tree_decode("", 0, NULL));
}

static void links_stay_inside_or_are_told_apart(void **state)
{
	static const struct {
		const char *dir, *target;
		bool inside;
	} t[] = {
		{"", "a", true},
		{"", "./a", true},
		{"", "a/b", true},
		{"a", "../b", true},
		{"a/b", "../../c", true},
		{"a/b", "..//../c", true},
		{"", "..", false},
		{"", "../x", false},
		{"a", "../../x", false},
		{"", "/etc/passwd", false},
		{"a", "b/../../../x", false},
		/* lexically inside, but b may itself be a link to somewhere shallower */
		{"a/b/c", "d/../x", false},
		{"a", "./../b", true},
		{"", "", false},
		{"", "...", true},
		{"", "..a", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		if (tree_link_inside(t[i].dir, t[i].target) != t[i].inside)
			fail_msg("%s -> %s", t[i].dir, t[i].target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_adding_does_not_matter),
		cmocka_unit_test(names_that_leave_the_directory_cannot_be_encoded),
		cmocka_unit_test(names_that_leave_the_directory_cannot_be_decoded),
		cmocka_unit_test(every_truncation_and_every_flipped_length_is_refused_or_sane),
		cmocka_unit_test(names_twice_or_out_of_order_are_refused),
		cmocka_unit_test(a_count_beyond_the_bytes_is_refused_before_memory_is_taken),
		cmocka_unit_test(links_stay_inside_or_are_told_apart),
	};
	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
