/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_query - finding among very many events without holding anybody up
 *
 * A query first looks at the newest events, which is enough for most. What is rarer than that is
 * sought by an index (event_seek.c). Where none serves, it goes down through the numbers a span at
 * a time; between two spans the event loop runs: that takes a while, but stops nothing.
 */
#ifndef WD_PUBLISHER_EVENT_QUERY_H
#define WD_PUBLISHER_EVENT_QUERY_H

#include "control.h"

#define QUERY_SPAN 10000
#define QUERY_FEW 2000 /* of words found so many, all can be looked at */
#define QUERY_NEAR 300 /* the first look, if an index serves for the others */
#define QUERY_TEXT_MAX 200

struct event_query {
	char host[HOST_NAME_MAX_WD], site[RELEASE_SITE_MAX], op[24];
	char match[4 * QUERY_TEXT_MAX]; /* of FTS5; "" = everything */
	int64_t outcomes;		/* a bit for each enum event_outcome */
	int64_t acked;			/* 0: only open ones; 1: only others; -1: both */
	int64_t before, least;		/* what is left: numbers from least to before - 1 */
	int64_t span;			/* of the next look; 0: QUERY_SPAN */
};

/* Reads the members that /events knows. -1 after failing the request. */
int event_query_take(struct engine *e, struct ctl_conn *c, json_t *request, struct event_query *q,
		     int *limit);
/* Words into what FTS5 understands: each a prefix, all needed. Nothing in them is syntax. */
void event_query_match(const char *words, char to[4 * QUERY_TEXT_MAX]);
/* One span: rows to `row`, at most limit. Moves q->before. Rows, or -1. */
int event_query_span(struct engine *e, struct event_query *q, int limit,
		     int (*row)(void *arg, struct store_row *r), void *arg, struct err *err);
bool event_query_over(const struct event_query *q);
/* How far the next look should go: q->span. first: nothing has been looked at yet. */
void event_query_reach(struct engine *e, struct event_query *q, bool first);
/* All that is left, by index. Rows, or -1; QUERY_NO_INDEX: go on by spans. */
#define QUERY_NO_INDEX (-2)
int event_seek(struct engine *e, struct event_query *q, int limit,
	       int (*row)(void *arg, struct store_row *r), void *arg, struct err *err);
/* A row of it as doc/openapi.yaml has it. NULL: what is stored is not JSON. */
json_t *event_query_json(struct store_row *r);

#endif
