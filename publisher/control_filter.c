// SPDX-License-Identifier: Apache-2.0
/* filter-*: what may change on the hosts of a site, and what a pattern would except before it does
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "event_query.h"
#include "sites.h"
#include "tree.h"

#define SAMPLE_MAX 200
#define EVENTS_MAX 2000 /* how far back a preview looks */
#define TREES_A_TURN 32 /* then the event loop runs */
#define WAITING_MAX (1u << 20)

static void refuse_pattern(struct ctl_conn *c, const char *why)
{
	ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", "pattern"),
		   "pattern: %s", why);
}

void control_filter_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct site *s;

	if (control_args(c, request, ""))
		return;
	TAILQ_FOREACH (s, &e->sites, entry) {
		for (const char *t = NULL; (t = filters_next(&s->filters, t));)
			ctl_row(c, json_pack("{s:s, s:o, s:s}", "site", s->name, "pattern",
					     json_bytes(t), "kind",
					     t[strlen(t) - 1] == '/' ? "dir" : "glob"));
	}
	ctl_ok(c, NULL);
}

static void change(struct engine *e, struct ctl_conn *c, json_t *request, bool add)
{
	const char *name, *pattern;
	json_t *one;
	struct site *s;
	struct err err;

	if (control_args(c, request, "s:s, s:s", "site", &name, "pattern", &pattern) ||
	    !(s = control_site(e, c, name)))
		return;
	one = json_pack("[s]", pattern);
	if (site_filter(s, add ? NULL : one, add ? one : NULL, &err))
		refuse_pattern(c, err.text);
	else
		ctl_ok(c, json_pack("{s:s, s:s}", "site", s->name, "pattern", pattern));
	json_decref(one);
}

void control_filter_add(struct engine *e, struct ctl_conn *c, json_t *request)
{
	change(e, c, request, true);
}

void control_filter_remove(struct engine *e, struct ctl_conn *c, json_t *request)
{
	change(e, c, request, false);
}

/* ---- a preview: the release is walked a few directories at a time ---- */

struct place {
	struct hash hash;
	uint64_t size;
	char *path; /* "" or "a/b" */
};

struct preview {
	struct engine *engine;
	struct ctl_conn *conn; /* NULL: the client left */
	struct filters only;
	struct event *more;
	struct place *waiting;
	size_t n, cap;
	json_int_t files, events;
	json_t *sample;
	bool partly; /* some directory could not be read */
};

static void preview_free(struct preview *p)
{
	while (p->n)
		free(p->waiting[--p->n].path);
	free(p->waiting);
	json_decref(p->sample);
	if (p->more)
		event_free(p->more);
	free(p);
}

static int push(struct preview *p, const struct hash *h, uint64_t size, char *path)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct place *more =
			cap <= WAITING_MAX ? reallocarray(p->waiting, cap, sizeof(*more)) : NULL;

		if (!more)
			return -1;
		p->waiting = more;
		p->cap = cap;
	}
	p->waiting[p->n++] = (struct place){*h, size, path};
	return 0;
}

static void look_at(struct preview *p, const struct entry *x, const char *dir)
{
	enum filter_match m;
	char *path;

	if (asprintf(&path, "%s%s%s", dir, *dir ? "/" : "", x->name) < 0) {
		p->partly = true;
		return;
	}
	m = filters_match(&p->only, path);
	if (x->type != ENTRY_DIR &&
	    (m == FILTER_BELOW || (m == FILTER_FILE && x->type == ENTRY_FILE))) {
		p->files++;
		if (json_array_size(p->sample) < SAMPLE_MAX)
			json_array_append_new(p->sample, json_bytes(path));
	}
	if (x->type != ENTRY_DIR || push(p, &x->hash, x->size, path)) {
		p->partly |= x->type == ENTRY_DIR;
		free(path);
	}
}

static void walk_one(struct preview *p)
{
	struct place at = p->waiting[--p->n];
	struct tree *t = NULL;
	struct buf bytes;

	buf_init(&bytes, TREE_BYTES_MAX);
	if (at.size <= TREE_BYTES_MAX &&
	    depot_read(p->engine->depot, &at.hash, at.size, &bytes, NULL) == DEPOT_OK)
		t = tree_decode(bytes.data, bytes.len, NULL);
	for (size_t i = 0; t && i < t->n; i++)
		look_at(p, &t->v[i], at.path);
	p->partly |= !t;
	tree_free(t);
	buf_free(&bytes);
	free(at.path);
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval now = {0, 0};
	struct preview *p = arg;

	(void)fd;
	(void)what;
	for (int i = 0; p->conn && p->n && i < TREES_A_TURN; i++)
		walk_one(p);
	if (p->conn && p->n) {
		evtimer_add(p->more, &now);
		return;
	}
	if (p->conn)
		ctl_ok(p->conn,
		       json_pack("{s:I, s:I, s:O, s:b}", "files", p->files, "events", p->events,
				 "sample", p->sample, "partly", (int)p->partly));
	preview_free(p);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	(void)c;
	((struct preview *)arg)->conn = NULL;
}

static int event_row(void *arg, struct store_row *r)
{
	struct preview *p = arg;
	json_t *j = event_query_json(r);
	const char *path = json_string_value(json_object_get(j, "path"));
	enum filter_match m = FILTER_NONE;

	/* Where on the host the site begins, only the host knows: each end of the path is tried. */
	for (; path && m != FILTER_FILE && m != FILTER_BELOW; path = strchr(path, '/')) {
		path += *path == '/';
		m = filters_match(&p->only, path);
	}
	p->events += m == FILTER_FILE || m == FILTER_BELOW;
	json_decref(j);
	return 0;
}

static int newest_row(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 1);
	return 0;
}

static void count_events(struct preview *p, const char *site)
{
	struct event_query q = {.outcomes = -1, .acked = -1};

	snprintf(q.site, sizeof(q.site), "%s", site);
	if (db_read(p->engine->db, NULL, SQL_EVENT_RANGE, newest_row, &q.before, "") < 0)
		return;
	q.before++;
	event_query_span(p->engine, &q, EVENTS_MAX, event_row, p, NULL);
}

void control_filter_preview(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *pattern;
	struct preview *p;
	struct site *s;
	struct err err;
	char *top;

	if (control_args(c, request, "s:s, s:s", "site", &name, "pattern", &pattern) ||
	    !(s = control_site(e, c, name)))
		return;
	if (filter_check(pattern, &err)) {
		refuse_pattern(c, err.text);
		return;
	}
	p = calloc(1, sizeof(*p));
	top = strdup("");
	if (!p || !top || !(p->sample = json_array()) ||
	    !(p->more = evtimer_new(e->base, on_more, p)) || filters_add(&p->only, pattern, &err) ||
	    (s->has_current && push(p, &s->current.root, s->current.root_size, top))) {
		free(top);
		if (p)
			preview_free(p);
		ctl_fail(c, "out of memory");
		return;
	}
	if (!s->has_current)
		free(top);
	p->engine = e;
	p->conn = c;
	ctl_on_gone(c, on_gone, p);
	count_events(p, s->name);
	on_more(-1, 0, p);
}
