/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit - changes to a text, made by splicing bytes
 *
 * What is not changed keeps every byte: comments, layout, line ends. Splices are given in
 * the positions of the old text, in any order, and must not overlap.
 */
#ifndef WD_AUDIT_EDIT_H
#define WD_AUDIT_EDIT_H

#include <stdio.h>
#include "pool.h"
#include "xml.h"

struct splice {
	size_t at, drop; /* `drop` bytes from `at` go */
	const char *put; /* and this comes instead */
};

struct edit {
	const char *path;
	const char *old;
	size_t n;
	struct list splices; /* struct splice */
};

void edit_splice(struct pool *p, struct edit *e, size_t at, size_t drop, const char *put);
/* The new text from the pool; NULL and err if splices overlap or leave the text. */
char *edit_apply(struct pool *p, struct edit *e, size_t *n, struct err *err);
/* diff -u of both, to `to`. */
void edit_diff(struct pool *p, struct edit *e, FILE *to);

/*
 * XML: -1 and err where the bytes do not allow it (UTF-16, "--" in what is to be a comment).
 * `text` is one line without its end; it gets the line end and the indentation used there.
 */
int edit_insert_child(struct pool *p, struct edit *e, const struct xml *x, const xmlNode *in,
		      const char *text, struct err *err);
int edit_comment_out(struct pool *p, struct edit *e, const struct xml *x, const xmlNode *node,
		     struct err *err);
int edit_set_text(struct pool *p, struct edit *e, const struct xml *x, const xmlNode *node,
		  const char *text, struct err *err);
/* Changes the value of an attribute, or adds it. */
int edit_set_attr(struct pool *p, struct edit *e, const struct xml *x, const xmlNode *node,
		  const char *name, const char *value, struct err *err);
/* The element as it stands in the file. */
const char *edit_raw(struct pool *p, const struct xml *x, const xmlNode *node);
const char *xml_escape(struct pool *p, const char *s); /* for attributes and text */

#endif
