// SPDX-License-Identifier: Apache-2.0
/* file-*: a release as the tree it is, and what became of one file from release to release */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "event.h"
#include "event_query.h"
#include "page.h"
#include "sites.h"
#include "tree.h"

#define EVENTS_MAX 2000	 /* how far back events are looked at */
#define SHOWN_MAX 20	 /* of them, in a history */
#define RELEASES_MAX 400 /* looked at for a history, newest first */
#define A_TURN 8	 /* releases; then the event loop runs */

static void refuse(struct ctl_conn *c, const char *reason, const char *field, const char *why)
{
	ctl_refuse(c, json_pack("{s:s, s:s}", "reason", reason, "field", field), "%s: %s", field,
		   why);
}

static struct tree *read_tree(struct engine *e, const struct hash *h, uint64_t size)
{
	struct tree *t = NULL;
	struct buf bytes;

	if (size > TREE_BYTES_MAX)
		return NULL;
	buf_init(&bytes, TREE_BYTES_MAX);
	if (depot_read(e->depot, h, size, &bytes, NULL) == DEPOT_OK)
		t = tree_decode(bytes.data, bytes.len, NULL);
	buf_free(&bytes);
	return t;
}

/*
 * The directory that holds the last name of `path`, which *last then is ("" for the top itself).
 * NULL: there is no such directory in this release.
 */
static struct tree *walk_to(struct engine *e, const struct release *r, const char *path,
			    char last[TREE_NAME_MAX + 1])
{
	struct tree *t = read_tree(e, &r->root, r->root_size);

	*last = 0;
	while (t && *path) {
		size_t n = strcspn(path, "/");
		const struct entry *x = NULL;
		struct tree *next;

		if (n > TREE_NAME_MAX)
			break;
		memcpy(last, path, n);
		last[n] = 0;
		path += n + (path[n] == '/');
		if (!*path)
			return t;
		x = tree_find(t, last);
		next = x && x->type == ENTRY_DIR ? read_tree(e, &x->hash, x->size) : NULL;
		tree_free(t);
		t = next;
	}
	if (t && *path) {
		tree_free(t);
		t = NULL;
	}
	return t;
}

/* ---- events: they name files by their place on the host, which ends as the site's does ---- */

struct touched {
	const char *path; /* below the site */
	bool below;	  /* what lies in it, too */
	json_t *rows;
	json_int_t n;
};

static bool is_of(const char *on_host, const char *path, bool below)
{
	size_t n = strlen(path);

	for (const char *at = on_host; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (!strncmp(at, path, n) && (!at[n] || (below && at[n] == '/')))
			return true;
	}
	return false;
}

static int newest_row(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 1);
	return 0;
}

static void each_event(struct engine *e, const struct site *s, int acked,
		       int (*row)(void *arg, struct store_row *r), void *arg)
{
	struct event_query q = {.outcomes = -1, .acked = acked};

	snprintf(q.site, sizeof(q.site), "%s", s->name);
	if (db_read(e->db, NULL, SQL_EVENT_RANGE, newest_row, &q.before, "") < 0)
		return;
	q.before++;
	event_query_span(e, &q, EVENTS_MAX, row, arg, NULL);
}

static int keep_path(void *arg, struct store_row *r)
{
	json_t *j = event_query_json(r), *path = json_object_get(j, "path");

	if (path)
		json_array_append(arg, path);
	json_decref(j);
	return 0;
}

static int keep_event(void *arg, struct store_row *r)
{
	struct touched *x = arg;
	json_t *j = event_query_json(r);
	const char *path = json_string_value(json_object_get(j, "path"));

	if (path && json_array_size(x->rows) < SHOWN_MAX && is_of(path, x->path, false))
		json_array_append(x->rows, j);
	json_decref(j);
	return 0;
}

/* ---- one directory ---- */

static json_t *entry_json(const struct site *s, const struct entry *x, const char *dir,
			  const json_t *open)
{
	static const char *const types[] = {['f'] = "file", ['d'] = "dir", ['l'] = "link"};
	char path[2 * TREE_PATH_MAX], mode[8], when[32], hex[HASH_HEX];
	enum filter_match m;
	json_int_t n = 0;
	json_t *j, *at;
	size_t i;

	snprintf(path, sizeof(path), "%s%s%s", dir, *dir ? "/" : "", x->name);
	snprintf(mode, sizeof(mode), "%04o", x->mode);
	json_array_foreach (open, i, at)
		n += is_of(json_string_value(at), path, x->type == ENTRY_DIR);
	m = filters_match(&s->filters, path);
	j = json_pack("{s:o, s:s, s:s, s:I, s:s, s:b, s:I}", "name", json_bytes(x->name), "type",
		      types[x->type], "mode", mode, "size", (json_int_t)x->size, "mtime",
		      event_time(x->mtime, when), "excepted",
		      m == FILTER_DIR || m == FILTER_BELOW ||
			      (m == FILTER_FILE && x->type == ENTRY_FILE),
		      "open_events", n);
	if (x->target)
		json_object_set_new(j, "target", json_bytes(x->target));
	if (x->type == ENTRY_FILE)
		json_object_set_new(j, "hash", json_string(hash_hex(&x->hash, hex)));
	return j;
}

void control_file_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *path = "", *cursor = "";
	char last[TREE_NAME_MAX + 1];
	const struct entry *x;
	struct tree *t, *sub;
	int limit = PAGE_LIMIT;
	int64_t from = 0;
	struct site *s;
	json_t *open;
	size_t i, end;

	if (control_args(c, request, "s:s, s?s, s?s, s?i", "site", &name, "path", &path, "cursor",
			 &cursor, "limit", &limit) ||
	    page_limit(c, limit) || page_cursor(c, cursor, &from) ||
	    !(s = control_site(e, c, name)))
		return;
	t = s->has_current && strlen(path) < TREE_PATH_MAX ? walk_to(e, &s->current, path, last)
							   : NULL;
	if (t && *last) {
		x = tree_find(t, last);
		sub = x && x->type == ENTRY_DIR ? read_tree(e, &x->hash, x->size) : NULL;
		tree_free(t);
		t = sub;
	}
	if (!t) {
		refuse(c, "not-found", "path", "the current release has no such directory");
		return;
	}
	open = json_array();
	each_event(e, s, 0, keep_path, open);
	i = (size_t)from < t->n ? (size_t)from : t->n;
	end = t->n - i > (size_t)limit ? i + limit : t->n;
	for (; i < end; i++)
		ctl_row(c, entry_json(s, &t->v[i], path, open));
	page_end(c, end < t->n ? (int64_t)end : 0);
	json_decref(open);
	tree_free(t);
}

/* ---- one file, through the releases ---- */

struct history {
	struct engine *engine;
	struct ctl_conn *conn; /* NULL: the client left */
	struct event *more;
	char site[RELEASE_SITE_MAX], path[TREE_PATH_MAX];
	json_t *versions;
	struct signed_release *releases; /* oldest first */
	size_t n;
	struct hash was;
	bool had;
};

static int release_row(void *arg, struct store_row *r)
{
	struct history *h = arg;
	int n;
	const void *data = store_blob(r, 0, &n);

	/* The oldest make room: what is asked for is what happened lately. */
	if (h->n == RELEASES_MAX)
		memmove(h->releases, h->releases + 1, --h->n * sizeof(*h->releases));
	if (n > 0) {
		struct rd in = rd_over(data, n);

		signed_release_get(&in, &h->releases[h->n]);
		h->n += rd_end(&in);
	}
	return 0;
}

static void look(struct history *h, const struct signed_release *signed_one)
{
	char last[TREE_NAME_MAX + 1], when[32], mode[8], hex[HASH_HEX];
	const struct entry *x = NULL;
	struct release r;
	struct tree *t;

	if (release_decode(signed_one->bytes, signed_one->len, &r, NULL))
		return;
	t = walk_to(h->engine, &r, h->path, last);
	x = t && *last ? tree_find(t, last) : NULL;
	if (x && x->type == ENTRY_FILE && (!h->had || !hash_eq(&x->hash, &h->was))) {
		snprintf(mode, sizeof(mode), "%04o", x->mode);
		json_array_insert_new(h->versions, 0,
				      json_pack("{s:I, s:s, s:s, s:I, s:s}", "serial",
						(json_int_t)r.serial, "issued",
						event_time(r.issued * 1000000000ll, when), "hash",
						hash_hex(&x->hash, hex), "size",
						(json_int_t)x->size, "mode", mode));
		h->was = x->hash;
	}
	h->had = x && x->type == ENTRY_FILE;
	tree_free(t);
}

static void history_free(struct history *h)
{
	if (h->more)
		event_free(h->more);
	json_decref(h->versions);
	free(h->releases);
	free(h);
}

static void finish(struct history *h)
{
	struct touched x = {.path = h->path, .rows = json_array()};
	struct site *s = site_find(h->engine, h->site);

	if (s)
		each_event(h->engine, s, -1, keep_event, &x);
	ctl_ok(h->conn, json_pack("{s:O, s:o}", "versions", h->versions, "events", x.rows));
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval now = {0, 0};
	struct history *h = arg;
	size_t done = 0;

	(void)fd;
	(void)what;
	for (; h->conn && done < h->n && done < A_TURN; done++)
		look(h, &h->releases[done]);
	h->n -= done;
	memmove(h->releases, h->releases + done, h->n * sizeof(*h->releases));
	if (h->conn && h->n) {
		evtimer_add(h->more, &now);
		return;
	}
	if (h->conn)
		finish(h);
	history_free(h);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	(void)c;
	((struct history *)arg)->conn = NULL;
}

void control_file_history(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *path;
	struct history *h;
	struct err err = {""};
	struct site *s;

	if (control_args(c, request, "s:s, s:s", "site", &name, "path", &path) ||
	    !(s = control_site(e, c, name)))
		return;
	if (!*path || strlen(path) >= TREE_PATH_MAX) {
		refuse(c, "bad-request", "path", "give a file below the site");
		return;
	}
	h = calloc(1, sizeof(*h));
	if (!h || !(h->versions = json_array()) ||
	    !(h->releases = calloc(RELEASES_MAX, sizeof(*h->releases))) ||
	    !(h->more = evtimer_new(e->base, on_more, h)) ||
	    db_read(e->db, &err, SQL_RELEASE_LIST, release_row, h, "t", s->name) < 0) {
		ctl_fail(c, "%s", *err.text ? err.text : "out of memory");
		if (h)
			history_free(h);
		return;
	}
	snprintf(h->site, sizeof(h->site), "%s", s->name);
	snprintf(h->path, sizeof(h->path), "%s", path);
	h->engine = e;
	h->conn = c;
	ctl_on_gone(c, on_gone, h);
	on_more(-1, 0, h);
}
