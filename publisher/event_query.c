// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "event_query.h"
#include "event_text.h"
#include "page.h"

static int bad(struct ctl_conn *c, const char *field, const char *what)
{
	ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", field), "%s: %s",
		   field, what);
	return -1;
}

static int outcomes_of(struct ctl_conn *c, const char *list, int64_t *to)
{
	*to = list && *list ? 0 : -1;
	while (list && *list) {
		size_t n = strcspn(list, ",");
		uint8_t o = 0;

		while (o < OUTCOME_MAX && (strlen(event_outcome_name(o)) != n ||
					   strncmp(event_outcome_name(o), list, n)))
			o++;
		if (o == OUTCOME_MAX)
			return bad(c, "outcome",
				   "give pending, denied, clean, restored, removed, waiting, failed"
				   " or noted, several by commas");
		*to |= 1ll << o;
		list += n;
		list += *list == ',';
	}
	return 0;
}

static int two_row(void *arg, struct store_row *r)
{
	int64_t *v = arg;

	v[0] = store_int(r, 0);
	v[1] = store_int(r, 1);
	return 0;
}

static int one_row(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 0);
	return 0;
}

/* Events are numbered as they arrive, so a time is a number. */
static void narrow(struct engine *e, struct event_query *q, int64_t from, int64_t to)
{
	int64_t range[2] = {0, -1}, n = INT64_MAX;

	db_read(e->db, NULL, SQL_EVENT_RANGE, two_row, range, "");
	q->least = range[0];
	if (!q->before || q->before > range[1] + 1)
		q->before = range[1] + 1;
	if (from) {
		db_read(e->db, NULL, SQL_EVENT_FIRST_SINCE, one_row, &n, "i", from);
		if (n > q->least)
			q->least = n;
	}
	if (to) {
		n = -1;
		db_read(e->db, NULL, SQL_EVENT_LAST_UNTIL, one_row, &n, "i", to);
		if (n + 1 < q->before)
			q->before = n + 1;
	}
}

int event_query_take(struct engine *e, struct ctl_conn *c, json_t *request, struct event_query *q,
		     int *limit)
{
	const char *cursor = "", *host = "", *site = "", *words = "", *from = "", *to = "",
		   *outcome = "", *op = "";
	int open = -1;
	int64_t since = 0, until = 0;
	struct err err;

	*limit = PAGE_LIMIT;
	if (control_args(c, request, "s?s, s?i, s?s, s?s, s?s, s?s, s?s, s?s, s?s, s?b", "cursor",
			 &cursor, "limit", limit, "host", &host, "site", &site, "q", &words, "from",
			 &from, "to", &to, "outcome", &outcome, "op", &op, "open", &open))
		return -1;
	*q = (struct event_query){.acked = open == 1 ? 0 : open == 0 ? 1 : -1};
	if (strlen(words) > QUERY_TEXT_MAX)
		return bad(c, "q", "at most 200 bytes");
	if (page_limit(c, *limit) || page_cursor(c, cursor, &q->before) ||
	    page_time(c, "from", from, &since) || page_time(c, "to", to, &until) ||
	    outcomes_of(c, outcome, &q->outcomes))
		return -1;
	snprintf(q->host, sizeof(q->host), "%s", host);
	snprintf(q->site, sizeof(q->site), "%s", site);
	snprintf(q->op, sizeof(q->op), "%s", op);
	if (event_words_take(db_store(e->db), words, &q->words, &err)) {
		ctl_fail(c, "%s", err.text);
		return -1;
	}
	narrow(e, q, since, until);
	return 0;
}

bool event_query_over(const struct event_query *q)
{
	return q->before <= q->least;
}

struct span {
	int (*row)(void *arg, struct store_row *r);
	void *arg;
	int64_t last;
};

static int span_row(void *arg, struct store_row *r)
{
	struct span *s = arg;

	s->last = store_int(r, 0);
	return s->row(s->arg, r);
}

int event_query_span(struct engine *e, struct event_query *q, int limit,
		     int (*row)(void *arg, struct store_row *r), void *arg, struct err *err)
{
	struct span s = {row, arg, q->least};
	int n = db_read(e->db, err, SQL_EVENT_PAGE, span_row, &s, "iittitii", q->before, q->least,
			q->host, q->site, q->outcomes, q->op, q->acked, (int64_t)limit);

	q->before = n == limit ? s.last : q->least;
	return n;
}

static struct event_stored stored(struct store_row *r)
{
	return (struct event_stored){.n = store_int(r, 0),
				     .host = store_text(r, 1),
				     .received = store_int(r, 2),
				     .data = store_text(r, 3),
				     .acked = store_int(r, 4),
				     .by = store_text(r, 5),
				     .note = store_text(r, 6)};
}

json_t *event_query_json(struct store_row *r)
{
	struct event_stored s = stored(r);

	return event_text_json(&s);
}

char *event_query_text(struct store_row *r)
{
	struct event_stored s = stored(r);

	s.id = store_text(r, 8);
	s.valid = store_int(r, 9);
	return event_text_dump(&s);
}
