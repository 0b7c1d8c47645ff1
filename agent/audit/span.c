// SPDX-License-Identifier: Apache-2.0
#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include "span.h"

#define DEPTH_MAX 200 /* below libxml2's own limit, so that both refuse alike */

struct scan {
	XML_Parser parser;
	struct spans *out;
	int stack[DEPTH_MAX];
	int depth;
	const char *why;
};

static void stop(struct scan *s, const char *why)
{
	s->why = why;
	XML_StopParser(s->parser, XML_FALSE);
}

static struct span *span_new(struct spans *s)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct span *v = realloc(s->v, cap * sizeof(*v));

		if (!v)
			return NULL;
		s->v = v;
		s->cap = cap;
	}
	return &s->v[s->n++];
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct scan *s = arg;
	struct span *span;
	size_t at = XML_GetCurrentByteIndex(s->parser);

	(void)name;
	(void)attrs;
	if (s->depth == DEPTH_MAX) {
		stop(s, "elements nested more than 200 deep");
		return;
	}
	span = span_new(s->out);
	if (!span) {
		stop(s, "no memory");
		return;
	}
	*span = (struct span){
		.open = at,
		.open_end = at + XML_GetCurrentByteCount(s->parser),
		.line = XML_GetCurrentLineNumber(s->parser),
		.parent = s->depth ? s->stack[s->depth - 1] : -1,
	};
	s->stack[s->depth++] = s->out->n - 1;
}

static void on_end(void *arg, const XML_Char *name)
{
	struct scan *s = arg;
	struct span *span = &s->out->v[s->stack[--s->depth]];
	size_t n = XML_GetCurrentByteCount(s->parser);

	(void)name;
	/* The end of <name/> is reported with no bytes of its own. */
	span->close = n ? (size_t)XML_GetCurrentByteIndex(s->parser) : span->open_end;
	span->close_end = span->close + n;
}

static void on_entity(struct scan *s)
{
	s->out->entities = true;
	stop(s, NULL);
}

static void on_entity_decl(void *arg, const XML_Char *name, int is_parameter, const XML_Char *value,
			   int n, const XML_Char *base, const XML_Char *system,
			   const XML_Char *public, const XML_Char *notation)
{
	(void)name;
	(void)is_parameter;
	(void)value;
	(void)n;
	(void)base;
	(void)system;
	(void)public;
	(void)notation;
	on_entity(arg);
}

static void on_skipped(void *arg, const XML_Char *name, int is_parameter)
{
	(void)name;
	(void)is_parameter;
	on_entity(arg);
}

/*
 * EUC-KR, GBK, Big5 and the like: bytes from 0x80 on become some letter each, and the second
 * byte of a pair is never one of < > & " ' (they start at 0x40). Positions come out right,
 * which is all that is wanted here; the tree decodes the text properly.
 */
static int on_encoding(void *arg, const XML_Char *name, XML_Encoding *info)
{
	(void)arg;
	(void)name;
	for (int i = 0; i < 256; i++)
		info->map[i] = i < 0x80 ? i : 0x100 + i;
	info->data = NULL;
	info->convert = NULL;
	info->release = NULL;
	return XML_STATUS_OK;
}

int spans_scan(struct spans *s, const char *bytes, size_t n, struct err *err)
{
	struct scan scan = {.parser = XML_ParserCreate(NULL), .out = s};
	int ok;

	*s = (struct spans){0};
	if (!scan.parser || n > INT_MAX) {
		XML_ParserFree(scan.parser);
		return err_set(err, "no memory");
	}
	XML_SetUserData(scan.parser, &scan);
	XML_SetElementHandler(scan.parser, on_start, on_end);
	XML_SetEntityDeclHandler(scan.parser, on_entity_decl);
	XML_SetSkippedEntityHandler(scan.parser, on_skipped);
	XML_SetUnknownEncodingHandler(scan.parser, on_encoding, NULL);
	ok = XML_Parse(scan.parser, bytes, (int)n, 1) == XML_STATUS_OK || s->entities;
	if (!ok)
		err_set(err, "line %lu: %s", XML_GetCurrentLineNumber(scan.parser),
			scan.why ? scan.why : XML_ErrorString(XML_GetErrorCode(scan.parser)));
	XML_ParserFree(scan.parser);
	if (!ok)
		spans_free(s);
	return ok ? 0 : -1;
}

void spans_free(struct spans *s)
{
	free(s->v);
	*s = (struct spans){0};
}
