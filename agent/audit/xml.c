// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "slurp.h"
#include "xml.h"

static void xml_close(void *arg)
{
	struct xml *x = arg;

	xmlFreeDoc(x->doc);
	spans_free(&x->spans);
}

struct xml *xml_failed(struct pool *p, const char *path, enum xml_state state, const char *why)
{
	struct xml *x = pool_alloc(p, sizeof(*x));

	x->path = pool_str(p, path);
	x->state = state;
	x->why = pool_str(p, why);
	pool_on_free(p, xml_close, x);
	return x;
}

static void refuse(struct pool *p, struct xml *x, enum xml_state state, const char *why)
{
	x->state = state;
	x->why = pool_str(p, why);
}

/* Only what Expat has passed comes here: well formed, no entities, bounded depth. */
static void grow_tree(struct pool *p, struct xml *x)
{
	xmlParserCtxt *ctx = xmlNewParserCtxt();
	const xmlError *e;

	if (!ctx) {
		refuse(p, x, XML_UNREADABLE, "no memory");
		return;
	}
	x->doc = xmlCtxtReadMemory(ctx, x->bytes, (int)x->n, NULL, NULL,
				   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					   XML_PARSE_BIG_LINES);
	if (!x->doc) {
		e = xmlCtxtGetLastError(ctx);
		refuse(p, x, XML_BROKEN,
		       pool_printf(p, "line %d: %s", e ? e->line : 0,
				   e && e->message ? e->message : "not XML"));
	}
	xmlFreeParserCtxt(ctx);
}

struct xml *xml_from(struct pool *p, const char *path, const char *bytes, size_t n)
{
	struct xml *x = xml_failed(p, path, XML_FINE, NULL);
	struct err err;

	if (n > XML_BYTES_MAX) {
		refuse(p, x, XML_UNREADABLE, "larger than the 32 MB that can be right");
		return x;
	}
	x->bytes = pool_strn(p, bytes, n);
	x->n = n;
	if (spans_scan(&x->spans, x->bytes, n, &err) < 0)
		refuse(p, x, XML_BROKEN, err.text);
	else if (x->spans.entities)
		refuse(p, x, XML_DTD,
		       "declares or uses entities of its own, which are not expanded");
	else
		grow_tree(p, x);
	return x;
}

struct xml *xml_load(struct pool *p, const char *path)
{
	struct stat st;
	struct err err;
	struct xml *x;
	char *bytes;
	size_t n;

	/* A link that leads nowhere is a fault to report; a file that is not there may be fine. */
	if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		if (lstat(path, &st) == 0)
			return xml_failed(p, path, XML_UNREADABLE, "a symbolic link to nothing");
		return xml_failed(p, path, XML_ABSENT, "no such file");
	}
	bytes = slurp(path, XML_BYTES_MAX, &n, &err);
	if (!bytes)
		return xml_failed(p, path, XML_UNREADABLE, err.text);
	x = xml_from(p, path, bytes, n);
	free(bytes);
	return x;
}

xmlNode *xml_root(const struct xml *x)
{
	return x && x->doc ? xmlDocGetRootElement(x->doc) : NULL;
}

bool xml_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       (!name || strcmp((const char *)node->name, name) == 0);
}

static xmlNode *first(xmlNode *node, const char *name)
{
	while (node && !xml_is(node, name))
		node = node->next;
	return node;
}

xmlNode *xml_child(const xmlNode *in, const char *name)
{
	return in ? first(in->children, name) : NULL;
}

xmlNode *xml_next(const xmlNode *node, const char *name)
{
	return first(node->next, name);
}

xmlNode *xml_walk(const xmlNode *top, const xmlNode *node)
{
	xmlNode *next = xml_child(node, NULL);

	for (; !next && node != top; node = node->parent)
		next = xml_next(node, NULL);
	return next;
}

const char *xml_attr(struct pool *p, const xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
	char *copy = value ? pool_str(p, (const char *)value) : NULL;

	xmlFree(value);
	return copy;
}

const char *xml_text(struct pool *p, const xmlNode *node)
{
	xmlChar *content = xmlNodeGetContent(node);
	const char *at = content ? (const char *)content : "";
	size_t n;
	char *copy;

	at += strspn(at, " \t\r\n");
	n = strlen(at);
	while (n && strchr(" \t\r\n", at[n - 1]))
		n--;
	copy = pool_strn(p, at, n);
	xmlFree(content);
	return copy;
}

const char *xml_child_text(struct pool *p, const xmlNode *node, const char *name)
{
	xmlNode *child = xml_child(node, name);

	return child ? xml_text(p, child) : NULL;
}

/* Document order numbers the elements alike in both parsers. */
const struct span *xml_span(const struct xml *x, const xmlNode *node)
{
	const xmlNode *root = xml_root(x);
	size_t i = 0;

	for (const xmlNode *at = root; at; at = xml_walk(root, at), i++)
		if (at == node)
			return i < x->spans.n ? &x->spans.v[i] : NULL;
	return NULL;
}

int xml_line(const struct xml *x, const xmlNode *node)
{
	const struct span *s = node ? xml_span(x, node) : NULL;

	return s ? s->line : 0;
}
