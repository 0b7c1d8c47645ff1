// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <errno.h>
#include <sys/stat.h>

#include "control.h"
#include "desk.h"
#include "download.h"
#include "event.h"
#include "event_index.h"
#include "event_query.h"
#include "evidence.h"
#include "fsx.h"
#include "layout.h"
#include "page.h"

#define RELATED_MAX 20
#define ACKS_MAX 1000
#define NOTE_MAX 500

/* ---- a page ---- */

struct listing {
	struct engine *engine;
	struct ctl_conn *conn; /* NULL: the client left */
	struct event_query query;
	int left;
	struct event *more;
};

static int list_row(void *arg, struct store_row *r)
{
	struct listing *l = arg;
	char *text = event_query_text(r);
	json_t *j = text ? NULL : event_query_json(r);

	if (text)
		ctl_row_text(l->conn, text);
	else if (j)
		ctl_row(l->conn, j);
	free(text);
	return 0;
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	struct timeval soon = {0, 0};
	struct listing *l = arg;
	struct err err;
	int n = 0;

	(void)fd;
	(void)what;
	if (l->conn && !event_query_over(&l->query)) {
		n = event_find(l->engine, &l->query, l->left, list_row, l, &err);
		l->left -= n > 0 ? n : 0;
		if (n == QUERY_WAIT)
			soon.tv_usec = 5000;
		if (n != -1 && l->left && !event_query_over(&l->query)) {
			evtimer_add(l->more, &soon);
			return;
		}
	}
	if (l->conn && n < 0)
		ctl_fail(l->conn, "%s", err.text);
	else if (l->conn)
		page_end(l->conn, event_query_over(&l->query) ? 0 : l->query.before);
	event_free(l->more);
	free(l);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	(void)c;
	((struct listing *)arg)->conn = NULL;
}

void control_event_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (!l || !(l->more = evtimer_new(e->base, on_more, l))) {
		free(l);
		ctl_fail(c, "out of memory");
		return;
	}
	if (event_query_take(e, c, request, &l->query, &l->left)) {
		event_free(l->more);
		free(l);
		return;
	}
	l->engine = e;
	l->conn = c;
	ctl_on_gone(c, on_gone, l);
	on_more(-1, 0, l); /* the first look at once */
}

/* ---- one ---- */

static int take_row(void *arg, struct store_row *r)
{
	*(json_t **)arg = event_query_json(r);
	return 0;
}

/* NULL after failing the request. */
static json_t *find(struct engine *e, struct ctl_conn *c, const char *host, const char *id)
{
	struct err err = {""};
	json_t *j = NULL;

	if (db_read(e->db, &err, SQL_EVENT_GET, take_row, &j, "tt", host, id) < 0)
		ctl_fail(c, "%s", err.text);
	else if (!j)
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"),
			   "there is no event %s of %s; old ones are dropped after a while", id,
			   host);
	return j;
}

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

struct related {
	json_t *rows;
	const char *path, *key;
	json_int_t pid;
};

static int related_row(void *arg, struct store_row *r)
{
	struct related *x = arg;
	json_t *j = event_query_json(r);

	if (j && strcmp(text_of(j, "key"), x->key) &&
	    ((*x->path && !strcmp(text_of(j, "path"), x->path)) ||
	     (x->pid > 1 && json_integer_value(json_object_get(j, "pid")) == x->pid)))
		json_array_append(x->rows, j);
	json_decref(j);
	return json_array_size(x->rows) >= RELATED_MAX;
}

/* The same path or process on that host, among the events around it. */
static json_t *related(struct engine *e, const json_t *event)
{
	struct event_query q = {.outcomes = -1, .acked = -1};
	struct related x = {json_array(), text_of(event, "path"), text_of(event, "key"),
			    json_integer_value(json_object_get(event, "pid"))};
	int64_t n = json_integer_value(json_object_get(event, "n"));

	snprintf(q.host, sizeof(q.host), "%s", text_of(event, "host"));
	q.before = n + 500;
	q.least = n > 500 ? n - 500 : 0;
	event_query_span(e, &q, 1000, related_row, &x, NULL);
	return x.rows;
}

/* Evidence "ID.tar.zst" of it: how much of it is here? */
static void add_evidence(struct engine *e, json_t *event)
{
	const char *name = text_of(event, "evidence"), *state = "none";
	char path[LAYOUT_PATH_MAX];
	struct stat st = {0};

	if (*name) {
		state = evidence_path(e, text_of(event, "host"), name, path, sizeof(path), NULL)
				? "partial"
				: "complete";
		if (!strcmp(state, "complete") && stat(path, &st))
			state = "none";
	}
	json_object_set_new(event, "evidence_state", json_string(state));
	json_object_set_new(event, "evidence_size", json_integer(st.st_size));
}

void control_event_show(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host, *id;
	json_t *j;

	if (control_args(c, request, "s:s, s:s", "host", &host, "id", &id) ||
	    !(j = find(e, c, host, id)))
		return;
	add_evidence(e, j);
	json_object_set_new(j, "related", related(e, j));
	json_object_set_new(j, "alarm", json_null());
	ctl_ok(c, j);
}

/* ---- seen to ---- */

static int acked_row(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 0);
	return 0;
}

static int ack_one(struct engine *e, const char *key, const char *user, const char *note,
		   struct err *err)
{
	const char *slash = strchr(key, '/');
	char host[HOST_NAME_MAX_WD];
	int64_t n = 0;
	int result;

	if (!slash || slash - key >= (int)sizeof(host))
		return 0;
	snprintf(host, sizeof(host), "%.*s", (int)(slash - key), key);
	if (db_begin(e->db, err))
		return -1;
	result = db_read(e->db, err, SQL_EVENT_ACK, acked_row, &n, "ttitt", host, slash + 1,
			 fsx_now_ns(), user, note);
	if (result > 0)
		event_index_changed(e, n);
	return result;
}

void control_event_ack(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *note = "";
	json_t *keys, *key;
	struct err err;
	int done = 0, n = 0;
	size_t i;

	if (control_args(c, request, "s:a, s?s", "keys", &keys, "note", &note))
		return;
	if (json_array_size(keys) > ACKS_MAX || strlen(note) > NOTE_MAX) {
		ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", "keys"),
			   "keys: give at most %d, note: at most %d bytes", ACKS_MAX, NOTE_MAX);
		return;
	}
	if (db_flush(e->db, &err)) {
		ctl_fail(c, "%s", err.text);
		return;
	}
	json_array_foreach (keys, i, key) {
		n = ack_one(e, json_is_string(key) ? json_string_value(key) : "",
			    control_who(c)->user, note, &err);
		if (n < 0)
			break;
		done += n;
	}
	if (n < 0 || db_flush(e->db, &err)) {
		db_undo(e->db);
		ctl_fail(c, "%s", err.text);
		return;
	}
	desk_feed(e, "ack", json_pack("{s:O, s:s}", "keys", keys, "by", control_who(c)->user));
	ctl_ok(c, json_pack("{s:i}", "acknowledged", done));
}

/* ---- evidence, as a file ---- */

struct file {
	struct download download;
	int fd;
};

static int file_next(struct download *d, struct buf *piece)
{
	struct file *f = (struct file *)d;
	uint8_t *room = buf_room(piece, 256u << 10);
	ssize_t n = room ? read(f->fd, room, 256u << 10) : -1;

	if (n >= 0)
		piece->len = n;
	return n < 0 ? -1 : n > 0;
}

static void file_free(struct download *d)
{
	struct file *f = (struct file *)d;

	close(f->fd);
	free(f);
}

static int open_file(struct ctl_conn *c, const char *path, const char *name)
{
	struct file *f = calloc(1, sizeof(*f));
	struct stat st;

	if (!f)
		return -1;
	f->fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st) || !S_ISREG(st.st_mode)) {
		if (f->fd >= 0)
			close(f->fd);
		free(f);
		return -1;
	}
	f->download.next = file_next;
	f->download.free = file_free;
	f->download.size = st.st_size;
	snprintf(f->download.name, sizeof(f->download.name), "%s", name);
	snprintf(f->download.type, sizeof(f->download.type), "application/zstd");
	desk_download(c, &f->download);
	return 0;
}

void control_event_evidence(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host, *id, *name;
	char path[LAYOUT_PATH_MAX], as[160];
	struct err err;
	json_t *j;

	if (control_args(c, request, "s:s, s:s", "host", &host, "id", &id) ||
	    !(j = find(e, c, host, id)))
		return;
	name = text_of(j, "evidence");
	snprintf(as, sizeof(as), "%s-%s", host, name);
	if (!control_who(c)->web)
		ctl_fail(c, "this is the console's; use `wdpub evidence export`");
	else if (!*name || evidence_path(e, host, name, path, sizeof(path), &err))
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"), "%s",
			   *name ? err.text : "no evidence belongs to this event");
	else if (open_file(c, path, as))
		ctl_fail(c, "%s: %s", path, strerror(errno));
	json_decref(j);
}
