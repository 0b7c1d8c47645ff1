// SPDX-License-Identifier: Apache-2.0
/* Changes to XML: one place changes and every other byte stays. */
#include "unit.h"
#include "edit.h"

struct edit_case {
	const char *name, *before, *after;
	const char *element; /* the first so named */
	enum { INSERT, COMMENT, TEXT, ATTR } how;
	const char *a, *b;
};

static const struct edit_case cases[] = {
	{"insert takes the indentation of the first child",
	 "<Host>\n\t<!-- x -->\n\t<Valve/>\n</Host>",
	 "<Host>\n\t<New/>\n\t<!-- x -->\n\t<Valve/>\n</Host>", "Host", INSERT, "<New/>", NULL},
	{"insert into an empty element opens it", "<Context path=\"/a\" />\n",
	 "<Context path=\"/a\" >\n  <New/>\n</Context>\n", "Context", INSERT, "<New/>", NULL},
	{"insert between tags that touch", "<a></a>", "<a>\n  <New/>\n</a>", "a", INSERT, "<New/>",
	 NULL},
	{"insert two lines", "<a>\n <b/>\n</a>", "<a>\n <N/>\n <M/>\n <b/>\n</a>", "a", INSERT,
	 "<N/>\n<M/>", NULL},
	{"insert keeps DOS line ends", "<a>\r\n  <b/>\r\n</a>", "<a>\r\n  <N/>\r\n  <b/>\r\n</a>",
	 "a", INSERT, "<N/>", NULL},
	{"comment out", "<u>\n  <user name=\"x\"/>\n</u>",
	 "<u>\n  <!-- <user name=\"x\"/> -->\n</u>", "user", COMMENT, NULL, NULL},
	{"text", "<p>\n <v> true </v>\n</p>", "<p>\n <v>false</v>\n</p>", "v", TEXT, "false", NULL},
	{"attribute, single quotes, entities", "<a x='1' y = 'a&lt;b'/>",
	 "<a x='1' y = 'c&amp;d'/>", "a", ATTR, "y", "c&d"},
	{"attribute, not one whose name it ends", "<a xname=\"1\" name=\"2\"/>",
	 "<a xname=\"1\" name=\"3\"/>", "a", ATTR, "name", "3"},
	{"attribute, not in the value of another", "<a x=' name=\"1\"'/>",
	 "<a x=' name=\"1\"' name=\"3\"/>", "a", ATTR, "name", "3"},
	{"attribute, new", "<a>\n</a>", "<a name=\"3\">\n</a>", "a", ATTR, "name", "3"},
	{"behind a byte order mark", "\xef\xbb\xbf<a x=\"1\"/>", "\xef\xbb\xbf<a x=\"2\"/>", "a",
	 ATTR, "x", "2"},
	{"after look-alikes in comments and CDATA",
	 "<r><!-- <a x=\"0\"/> --><![CDATA[<a x=\"0\"/>]]><a x=\"1\"/></r>",
	 "<r><!-- <a x=\"0\"/> --><![CDATA[<a x=\"0\"/>]]><a x=\"2\"/></r>", "a", ATTR, "x", "2"},
};

static xmlNode *find(const struct xml *x, const char *name)
{
	xmlNode *root = xml_root(x);

	for (xmlNode *at = root; at; at = xml_walk(root, at))
		if (xml_is(at, name))
			return at;
	return NULL;
}

static void edits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct edit_case *c = &cases[i];
		struct pool *p = pool_new();
		struct xml *x = xml_from(p, "t.xml", c->before, strlen(c->before));
		struct edit e = {.path = "t.xml", .old = x->bytes, .n = x->n};
		xmlNode *node = find(x, c->element);
		struct err err = {""};
		size_t n;
		int r = c->how == INSERT    ? edit_insert_child(p, &e, x, node, c->a, &err)
			: c->how == COMMENT ? edit_comment_out(p, &e, x, node, &err)
			: c->how == TEXT    ? edit_set_text(p, &e, x, node, c->a, &err)
					    : edit_set_attr(p, &e, x, node, c->a, c->b, &err);
		char *text;

		if (r < 0)
			fail_msg("%s: %s", c->name, err.text);
		text = edit_apply(p, &e, &n, &err);
		assert_non_null(text);
		if (strcmp(text, c->after) != 0)
			fail_msg("%s:\n%s\ninstead of\n%s", c->name, text, c->after);
		pool_free(p);
	}
}

static void refusals(void **state)
{
	static const char with_dashes[] = "<u><user name=\"a--b\"/></u>";
	struct pool *p = pool_new();
	struct xml *x = xml_from(p, "t.xml", with_dashes, strlen(with_dashes));
	struct edit e = {.path = "t.xml", .old = x->bytes, .n = x->n};
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(edit_comment_out(p, &e, x, find(x, "user"), &err), -1);
	assert_int_equal(edit_set_text(p, &e, x, xml_root(x), "x", &err), -1);
	x->archived = true;
	assert_int_equal(edit_set_attr(p, &e, x, xml_root(x), "a", "b", &err), -1);
	edit_splice(p, &e, 2, 5, "x");
	edit_splice(p, &e, 4, 1, "y");
	assert_null(edit_apply(p, &e, &n, &err));
	pool_free(p);
}

static char *diff_of(struct pool *p, struct edit *e)
{
	char *text = NULL, *copy;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	edit_diff(p, e, f);
	fclose(f);
	copy = pool_str(p, text);
	free(text);
	return copy;
}

static void diffs(void **state)
{
	static const char old[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
	struct pool *p = pool_new();
	struct edit e = {.path = "f", .old = old, .n = strlen(old)};

	(void)state;
	edit_splice(p, &e, 2, 1, "two");
	edit_splice(p, &e, 24, 0, "new\n");
	assert_string_equal(diff_of(p, &e),
			    "--- f\n+++ f\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n"
			    "@@ -9,4 +9,5 @@\n 9\n 10\n 11\n+new\n 12\n");
	pool_free(p);
}

static void spans(void **state)
{
	static const char text[] = "<a>\n<b/><c>x</c></a>";
	struct spans s;
	struct err err;

	(void)state;
	assert_int_equal(spans_scan(&s, text, strlen(text), &err), 0);
	assert_int_equal(s.n, 3);
	assert_true(span_empty(&s.v[1]));
	assert_int_equal(s.v[2].line, 2);
	assert_int_equal(s.v[2].open_end, 11);
	assert_int_equal(s.v[2].close, 12);
	assert_int_equal(s.v[2].parent, 0);
	spans_free(&s);
	/* Cut anywhere it is refused with a reason. */
	for (size_t n = 0; n < strlen(text); n++) {
		err.text[0] = 0;
		assert_int_equal(spans_scan(&s, text, n, &err), -1);
		assert_string_not_equal(err.text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits),
		cmocka_unit_test(refusals),
		cmocka_unit_test(diffs),
		cmocka_unit_test(spans),
	};

	return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
