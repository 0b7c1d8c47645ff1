/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_query - what is asked of the events, and how it is answered without holding anybody up
 *
 * An answer may take more than one turn of the event loop: each moves q->before down.
 */
#ifndef WD_PUBLISHER_EVENT_QUERY_H
#define WD_PUBLISHER_EVENT_QUERY_H

#include "control.h"
#include "event_words.h"

struct event_query {
	char host[HOST_NAME_MAX_WD], site[RELEASE_SITE_MAX], op[24];
	struct event_words words;
	int64_t outcomes;      /* a bit for each enum event_outcome */
	int64_t acked;	       /* 0: only open ones; 1: only others; -1: both */
	int64_t before, least; /* what is left: numbers from least to before - 1 */
};

/* Reads the members that /events knows. -1 after failing the request. */
int event_query_take(struct engine *e, struct ctl_conn *c, json_t *request, struct event_query *q,
		     int *limit);
/*
 * The newest that fit go to `row`, at most limit; non-zero from it ends early. Rows, or -1; none,
 * or fewer than the limit, are not the end: ask event_query_over(). QUERY_WAIT: not all events
 * are indexed yet (after a start), ask a moment later.
 */
#define QUERY_WAIT (-2)
int event_find(struct engine *e, struct event_query *q, int limit,
	       int (*row)(void *arg, struct store_row *r), void *arg, struct err *err);
/*
 * The same without index and words, reading every event between least and before: for few.
 */
int event_query_span(struct engine *e, struct event_query *q, int limit,
		     int (*row)(void *arg, struct store_row *r), void *arg, struct err *err);
bool event_query_over(const struct event_query *q);
/* A row of it as doc/openapi.yaml has it. NULL: what is stored is not JSON. */
json_t *event_query_json(struct store_row *r);
/* The same of a row of event_find(), as text to be freed; NULL as well where it is of another form.
 */
char *event_query_text(struct store_row *r);

#endif
