// SPDX-License-Identifier: Apache-2.0
/* control_log - the publisher's journal and the hosts' events, to be read and taken away */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "download.h"
#include "event.h"
#include "event_query.h"
#include "event_text.h"
#include "journal.h"
#include "page.h"

#define SPAN 20000 /* rows looked at at once */
/* Of rows full of bytes that JSON writes as six, so many fit a message to the console. */
#define PIECE_LINES 100
#define PIECE_EVENTS 10

struct line_query {
	int64_t before, least, level;
	char host[HOST_NAME_MAX_WD], words[QUERY_TEXT_MAX + 1];
};

static int two_row(void *arg, struct store_row *r)
{
	int64_t *v = arg;

	v[0] = store_int(r, 0);
	v[1] = store_int(r, 1);
	return 0;
}

static int line_query_take(struct engine *e, struct ctl_conn *c, json_t *request,
			   struct line_query *q, int *limit)
{
	const char *cursor = "", *host = "", *site = "", *words = "", *from = "", *to = "",
		   *level = "";
	int64_t range[2] = {0, -1}, since = 0, until = 0;

	*limit = PAGE_LIMIT;
	if (control_args(c, request, "s?s, s?i, s?s, s?s, s?s, s?s, s?s, s?s", "cursor", &cursor,
			 "limit", limit, "host", &host, "site", &site, "q", &words, "from", &from,
			 "to", &to, "level", &level) ||
	    page_limit(c, *limit) || page_cursor(c, cursor, &q->before) ||
	    page_time(c, "from", from, &since) || page_time(c, "to", to, &until))
		return -1;
	q->level = !*level ? LOG_L_DEBUG : journal_level(level);
	if (q->level < 0 || strlen(words) > QUERY_TEXT_MAX) {
		ctl_refuse(c,
			   json_pack("{s:s, s:s}", "reason", "bad-request", "field",
				     q->level < 0 ? "level" : "q"),
			   "level: give error, warning, info or debug; q: at most 200 bytes");
		return -1;
	}
	snprintf(q->host, sizeof(q->host), "%s", host);
	snprintf(q->words, sizeof(q->words), "%s", words);
	db_read(e->db, NULL, SQL_JOURNAL_RANGE, two_row, range, "");
	q->least = range[0];
	if (!q->before || q->before > range[1] + 1)
		q->before = range[1] + 1;
	return 0;
}

struct lines {
	void (*line)(void *arg, json_t *j);
	void *arg;
	int64_t last;
};

static int line_row(void *arg, struct store_row *r)
{
	struct lines *l = arg;
	json_t *j = journal_entry(store_int(r, 1), store_int(r, 2), store_text(r, 3),
				  store_text(r, 4), store_text(r, 5), store_text(r, 6));

	l->last = store_int(r, 0);
	json_object_set_new(j, "n", json_integer(l->last));
	l->line(l->arg, j);
	return 0;
}

/* One span; moves q->before. Rows, or -1. */
static int line_span(struct engine *e, struct line_query *q, int limit,
		     void (*line)(void *arg, json_t *j), void *arg, struct err *err)
{
	int64_t low = q->before - SPAN > q->least ? q->before - SPAN : q->least;
	struct lines l = {line, arg, low};
	int n = db_read(e->db, err, SQL_JOURNAL_PAGE, line_row, &l, "iittii", q->before, q->level,
			q->host, q->words, (int64_t)limit, low);

	q->before = n == limit ? l.last : low;
	return n;
}

static void to_conn(void *arg, json_t *j)
{
	ctl_row(arg, j);
}

static void system_log(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct line_query q;
	struct err err;
	int left, n;

	if (line_query_take(e, c, request, &q, &left))
		return;
	n = line_span(e, &q, left, to_conn, c, &err);
	if (n < 0)
		ctl_fail(c, "%s", err.text);
	else
		page_end(c, q.before <= q.least ? 0 : q.before);
}

/* Takes "kind" out of the request. 's', 't', or 0 after failing it. */
static char kind_of(struct ctl_conn *c, json_t *request)
{
	const char *kind = json_string_value(json_object_get(request, "kind"));
	char k = !kind ? 0 : !strcmp(kind, "system") ? 's' : !strcmp(kind, "tamper") ? 't' : 0;

	if (!k)
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"),
			   "there is a system log and a tamper log");
	json_object_del(request, "kind");
	return k;
}

void control_log_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	char kind = kind_of(c, request);

	if (kind == 's')
		system_log(e, c, request);
	else if (kind == 't')
		control_event_list(e, c, request);
}

/* ---- as a file ---- */

static const char *const columns[2][13] = {
	{"time", "level", "act", "site", "host", "text"},
	{"received", "time", "host", "site", "id", "op", "outcome", "path", "path2", "comm", "exe",
	 "uid", NULL},
};

struct export
{
	struct download download;
	struct engine *engine;
	bool tamper, csv, begun, over;
	struct event_query events;
	struct line_query lines;
	struct buf *piece;
	bool first;
};

static void put_row(void *arg, json_t *j)
{
	struct export *x = arg;
	char *text;

	if (x->csv) {
		event_text_line(x->piece, columns[x->tamper], j);
	} else if ((text = json_dumps(j, JSON_COMPACT))) {
		buf_put(x->piece, x->first ? "\n" : ",\n", x->first ? 1 : 2);
		buf_put(x->piece, text, strlen(text));
		x->first = false;
		free(text);
	}
	json_decref(j);
}

static int put_event(void *arg, struct store_row *r)
{
	json_t *j = event_query_json(r);

	if (j)
		put_row(arg, j);
	return 0;
}

static bool all_read(const struct export *x)
{
	return x->tamper ? event_query_over(&x->events) : x->lines.before <= x->lines.least;
}

/* A span at a time until there is something to send, so that a sparse filter sends at last. */
static int export_next(struct download *d, struct buf *piece)
{
	struct export *x = (struct export *)d;
	struct err err;
	int n = 0;

	if (x->over)
		return 0;
	x->piece = piece;
	if (!x->begun) {
		if (x->csv)
			event_text_line(piece, columns[x->tamper], NULL);
		else
			buf_put_u8(piece, '[');
		x->begun = true;
	}
	while (!piece->len || n == 0) {
		if (all_read(x))
			break;
		if (x->tamper)
			n = event_find(x->engine, &x->events, PIECE_EVENTS, put_event, x, &err);
		else
			n = line_span(x->engine, &x->lines, PIECE_LINES, put_row, x, NULL);
		if (n == QUERY_WAIT)
			n = 0; /* each time it has read on */
		if (n < 0)
			return -1;
	}
	x->over = all_read(x);
	if (x->over && !x->csv)
		buf_put(piece, "\n]\n", 3);
	return buf_ok(piece) ? piece->len > 0 : -1;
}

static void export_free(struct download *d)
{
	free(d);
}

void control_log_export(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct export *x = calloc(1, sizeof(*x));
	const char *format = json_string_value(json_object_get(request, "format"));
	char kind = kind_of(c, request);
	int limit;

	if (!x || !kind) {
		free(x);
		return;
	}
	x->engine = e;
	x->tamper = kind == 't';
	x->csv = !format || !strcmp(format, "csv");
	x->first = true;
	if (format && !x->csv && strcmp(format, "json")) {
		ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", "format"),
			   "format: give csv or json");
		free(x);
		return;
	}
	json_object_del(request, "format");
	if (x->tamper ? event_query_take(e, c, request, &x->events, &limit)
		      : line_query_take(e, c, request, &x->lines, &limit)) {
		free(x);
		return;
	}
	x->download.next = export_next;
	x->download.free = export_free;
	x->download.size = -1;
	snprintf(x->download.name, sizeof(x->download.name), "webdefender-%s.%s",
		 x->tamper ? "tamper" : "system", x->csv ? "csv" : "json");
	snprintf(x->download.type, sizeof(x->download.type), "%s",
		 x->csv ? "text/csv; charset=utf-8" : "application/json");
	download_give(e, c, &x->download);
}
