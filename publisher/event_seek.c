// SPDX-License-Identifier: Apache-2.0
/*
 * event_seek - few events among very many, by index
 *
 * Host, site and operation of an event occur in few combinations ("facets"), whatever the number
 * of events. Of each facet that fits, and each outcome, the index yields the newest; the newest
 * of all of these are the answer. The price is in facets, not in events: neither a filter that
 * nothing fits nor one that fits half a million events reads more than a page of each.
 */
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "event_query.h"
#include "page.h"

/* More than this an attacker's agent has made up: then spans are better. */
#define FACETS_MAX 2000

struct facet {
	char host[HOST_NAME_MAX_WD], site[RELEASE_SITE_MAX], op[24];
};

struct seek {
	struct facet *facets;
	unsigned n_facets;
	int64_t newest[PAGE_LIMIT_MAX]; /* numbers found, falling */
	int n, limit;
};

static int facet_row(void *arg, struct store_row *r)
{
	struct seek *s = arg;
	struct facet *f = &s->facets[s->n_facets++];

	snprintf(f->host, sizeof(f->host), "%s", store_text(r, 0));
	snprintf(f->site, sizeof(f->site), "%s", store_text(r, 1));
	snprintf(f->op, sizeof(f->op), "%s", store_text(r, 2));
	return 0;
}

/* One of a facet, from its newest down; older than all we have: no more of this facet. */
static int number_row(void *arg, struct store_row *r)
{
	struct seek *s = arg;
	int64_t n = store_int(r, 0);
	int at = s->n;

	if (at == s->limit && n < s->newest[at - 1])
		return 1;
	while (at > 0 && s->newest[at - 1] < n)
		at--;
	s->n += s->n < s->limit;
	memmove(&s->newest[at + 1], &s->newest[at], (s->n - 1 - at) * sizeof(*s->newest));
	s->newest[at] = n;
	return 0;
}

/* Only those above this number can still matter. */
static int64_t floor_of(const struct seek *s, const struct event_query *q)
{
	return s->n == s->limit ? s->newest[s->n - 1] : q->least - 1;
}

static int seek_facet(struct engine *e, const struct event_query *q, struct seek *s,
		      const struct facet *f, struct err *err)
{
	for (int outcome = 0; outcome < OUTCOME_MAX; outcome++) {
		if (!(q->outcomes >> outcome & 1))
			continue;
		for (int acked = 0; acked < 2; acked++) {
			if (q->acked >= 0 && q->acked != acked)
				continue;
			if (db_read(e->db, err, SQL_EVENT_OF_FACET, number_row, s, "tttiiiii",
				    f->host, f->site, f->op, (int64_t)outcome, (int64_t)acked,
				    q->before, floor_of(s, q), (int64_t)s->limit) < 0)
				return -1;
		}
	}
	return 0;
}

static int seek_all(struct engine *e, const struct event_query *q, struct seek *s, struct err *err)
{
	if (db_read(e->db, err, SQL_EVENT_FACETS, facet_row, s, "ttti", q->host, q->site, q->op,
		    (int64_t)FACETS_MAX) < 0)
		return -1;
	if (s->n_facets == FACETS_MAX)
		return QUERY_NO_INDEX;
	for (unsigned i = 0; i < s->n_facets; i++)
		if (seek_facet(e, q, s, &s->facets[i], err))
			return -1;
	return 0;
}

int event_seek(struct engine *e, struct event_query *q, int limit,
	       int (*row)(void *arg, struct store_row *r), void *arg, struct err *err)
{
	struct seek *s;
	int result;

	if (*q->match || limit > PAGE_LIMIT_MAX)
		return QUERY_NO_INDEX;
	s = calloc(1, sizeof(*s));
	if (!s || !(s->facets = calloc(FACETS_MAX, sizeof(*s->facets)))) {
		free(s);
		return QUERY_NO_INDEX;
	}
	s->limit = limit;
	result = seek_all(e, q, s, err);
	for (int i = 0; i < s->n && result >= 0; i++)
		if (db_read(e->db, err, SQL_EVENT_AT, row, arg, "i", s->newest[i]) < 0)
			result = -1;
	if (result >= 0) {
		result = s->n;
		q->before = s->n == limit ? s->newest[s->n - 1] : q->least;
	}
	free(s->facets);
	free(s);
	return result;
}
