// SPDX-License-Identifier: Apache-2.0
/*
 * Configuration files: what is read can be edited, and an edited file is still well formed.
 * The first byte chooses what is done with the rest.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Without the rules of agent/audit there is nothing to try. */
#if __has_include("edit.h")
#include "advisory.h"
#include "edit.h"
#include "guard.h"
#include "password.h"
#include "props.h"
#include "xml.h"

static xmlNode *nth(const struct xml *x, unsigned int n)
{
	xmlNode *root = xml_root(x), *at = root;

	while (n-- && at)
		at = xml_walk(root, at);
	return at ? at : root;
}

static int change(struct pool *p, struct edit *e, const struct xml *x, xmlNode *node, int what)
{
	switch (what & 3) {
	case 0:
		return edit_insert_child(p, e, x, node, "<Valve allow=\"1\"/>\n<Manager/>", NULL);
	case 1:
		return edit_comment_out(p, e, x, node, NULL);
	case 2:
		return edit_set_text(p, e, x, node, "a<b&c", NULL);
	default:
		return edit_set_attr(p, e, x, node, "name", "a\"<&", NULL);
	}
}

/* Commenting out the root leaves no document: that alone may fail. */
static void try_xml(struct pool *p, const char *bytes, size_t n, unsigned int which, int what)
{
	struct xml *x = xml_from(p, "fuzz.xml", bytes, n), *after;
	struct edit e = {.path = "fuzz.xml"};
	xmlNode *node;
	FILE *sink;
	char *text;
	size_t len;

	if (x->state != XML_FINE)
		return;
	node = nth(x, which);
	e.old = x->bytes;
	e.n = x->n;
	if (!xml_span(x, node))
		abort(); /* the two parsers disagree on what there is */
	if (change(p, &e, x, node, what) < 0)
		return;
	sink = fopen("/dev/null", "w");
	edit_diff(p, &e, sink);
	fclose(sink);
	text = edit_apply(p, &e, &len, NULL);
	if (!text)
		abort();
	after = xml_from(p, "fuzz.xml", text, len);
	if (after->state != XML_FINE && !((what & 3) == 1 && node == xml_root(x)))
		abort();
}

static void try_text(struct pool *p, const char *text, size_t n, int what)
{
	struct guard_view view = {0};
	struct props props = {0};
	struct list weak = {0};
	struct advisory advisory;
	struct advisories head;
	const char *out;

	props_parse(p, &props, text);
	props_expand(p, &props, text, &out);
	guard_judge(p,
		    what & 1 ? "org.apache.catalina.valves.RemoteAddrValve"
			     : "org.apache.catalina.valves.RemoteCIDRValve",
		    text, NULL, &view);
	password_weakness(text, "name", &weak, true);
	if (n < 200)
		password_matches(text, "SHA-256", "password");
	advisory_parse(p, text, n, "10.1", 20000, &advisory, NULL);
	advisories_parse(text, n, 20000, &head, NULL);
	version_compare(text, "10.1.2");
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct pool *pool;

	if (n < 2)
		return 0;
	pool = pool_new();
	if (p[0] & 0x80)
		try_text(pool, pool_strn(pool, (const char *)p + 2, n - 2), n - 2, p[0]);
	else
		try_xml(pool, (const char *)p + 2, n - 2, p[1], p[0]);
	pool_free(pool);
	return 0;
}
#else
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	(void)p;
	(void)n;
	return 0;
}
#endif
