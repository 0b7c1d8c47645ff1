/* SPDX-License-Identifier: Apache-2.0 */
/*
 * span - where the elements of an XML document stand, in bytes
 *
 * Expat tells the position of every tag in the bytes as they are in the file. Elements
 * are numbered in document order, which is how the tree in xml.h finds its own.
 */
#ifndef WD_AUDIT_SPAN_H
#define WD_AUDIT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include "log.h"

struct span {
	size_t open, open_end;	 /* <name attr="..."> */
	size_t close, close_end; /* </name>; both == open_end for <name/> */
	int line;		 /* from 1 */
	int parent;		 /* number of the element around it; -1: root */
};

struct spans {
	struct span *v;
	size_t n, cap;
	bool entities; /* declares, or refers to, entities of its own: never expanded */
};

/* 0; -1 and err: not well formed. On entities it stops there and answers 0. */
int spans_scan(struct spans *s, const char *bytes, size_t n, struct err *err);
void spans_free(struct spans *s);
static inline bool span_empty(const struct span *s)
{
	return s->close == s->close_end;
}

#endif
