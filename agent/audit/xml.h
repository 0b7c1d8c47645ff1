/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml - one configuration file, read and never trusted
 *
 * Nothing is fetched, no entity is expanded: a file that declares entities is not judged
 * (XML_DTD), because what the server reads may stand in another file. Questions go to the
 * tree (libxml2); places in the file come from span.h. Comments are not elements, so
 * whatever is commented out does not exist here.
 */
#ifndef WD_AUDIT_XML_H
#define WD_AUDIT_XML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include "pool.h"
#include "span.h"

#define XML_BYTES_MAX (32u << 20)

enum xml_state {
	XML_FINE,
	XML_ABSENT,	/* no such file */
	XML_UNREADABLE, /* it is there and cannot be read; why says it */
	XML_BROKEN,	/* not well formed */
	XML_DTD,	/* declares entities */
};

struct xml {
	const char
		*path; /* as a person would name it; "app.war!WEB-INF/web.xml" inside an archive */
	bool archived; /* inside a WAR or JAR: cannot be edited in place */
	enum xml_state state;
	const char *why; /* NULL when XML_FINE */
	char *bytes;
	size_t n;
	struct spans spans;
	xmlDoc *doc; /* only when XML_FINE */
};

struct xml *xml_load(struct pool *p, const char *path); /* never NULL */
/* Copies bytes. */
struct xml *xml_from(struct pool *p, const char *path, const char *bytes, size_t n);
struct xml *xml_failed(struct pool *p, const char *path, enum xml_state state, const char *why);

xmlNode *xml_root(const struct xml *x); /* NULL unless XML_FINE */
/* Children by local name; NULL matches any element. */
xmlNode *xml_child(const xmlNode *in, const char *name);
xmlNode *xml_next(const xmlNode *node, const char *name);
#define xml_each(node, in, name)                                                                   \
	for (xmlNode *node = xml_child(in, name); node; node = xml_next(node, name))
/* The next element in document order below `top` (NULL at the end); start with node = top. */
xmlNode *xml_walk(const xmlNode *top, const xmlNode *node);

const char *xml_attr(struct pool *p, const xmlNode *node, const char *name); /* NULL: absent */
const char *xml_text(struct pool *p, const xmlNode *node); /* trimmed, never NULL */
/* Text of the first child so named; NULL: no such child. */
const char *xml_child_text(struct pool *p, const xmlNode *node, const char *name);
bool xml_is(const xmlNode *node, const char *name);
int xml_line(const struct xml *x, const xmlNode *node);
const struct span *xml_span(const struct xml *x, const xmlNode *node);

#endif
