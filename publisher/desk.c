// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "console/console.h"
#include "control.h"
#include "ctl.h"
#include "desk.h"
#include "download.h"
#include "logins.h"
#include "role.h"

#define JSON_MOST (CHAN_PAYLOAD_MAX - 64)
#define FEED_QUEUE_MAX (4 * CHAN_HIGH)

/* One call of a browser. Its answer may come long after it was asked. */
struct call {
	struct desk *desk;
	uint32_t id;
	const struct route *route;
	struct ctl_conn *conn;
	char login[LOGIN_ID_HEX]; /* of a stream: ends with it */
	bool stream, over;
	char job[24]; /* "" = the browser waits for the answer itself */
	struct download *download;
	TAILQ_ENTRY(call) entry;
};

struct desk {
	struct engine *engine;
	struct role *role;
	struct map calls; /* by id, those the console waits for */
	TAILQ_HEAD(call_list, call) all, dead;
	unsigned n, jobs;
	uint64_t last_job;
	struct event *bury;
	bool lost; /* the console could not take the feed */
};

static void tell(struct desk *d, uint16_t type, struct buf *b)
{
	struct chan *c = role_chan(d->role);

	if (c && chan_send_buf(c, type, b))
		log_err("the console role could not be told: out of memory");
	buf_free(b);
}

static void send_text(struct call *c, enum ctl_kind kind, const char *text)
{
	struct buf b;

	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_u32(&b, c->id);
	buf_put_u8(&b, kind);
	if (text && strlen(text) <= JSON_MOST)
		buf_put(&b, text, strlen(text));
	else if (kind == CTL_OK)
		buf_put(&b, "{\"error\":\"the answer is too large\"}", 35);
	else
		buf_put(&b, "{}", 2);
	tell(c->desk, CONSOLE_LINE, &b);
}

static void send_line(struct call *c, enum ctl_kind kind, const json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

	send_text(c, kind, text);
	free(text);
}

/* Whoever answered may still hold the connection on the stack: it is freed a moment later. */
static void end_call(struct call *c)
{
	struct desk *d = c->desk;
	const struct timeval now = {0, 0};

	if (c->over)
		return;
	c->over = true;
	if (map_get(&d->calls, c->id) == c)
		map_del(&d->calls, c->id);
	d->jobs -= *c->job != 0;
	TAILQ_REMOVE(&d->all, c, entry);
	TAILQ_INSERT_TAIL(&d->dead, c, entry);
	evtimer_add(d->bury, &now);
}

static void on_bury(evutil_socket_t fd, short what, void *arg)
{
	struct desk *d = arg;
	struct call *c;

	(void)fd;
	(void)what;
	while ((c = TAILQ_FIRST(&d->dead))) {
		TAILQ_REMOVE(&d->dead, c, entry);
		ctl_virtual_free(c->conn);
		if (c->download)
			c->download->free(c->download);
		free(c);
		d->n--;
	}
}

static void feed_job(struct call *c, enum ctl_kind kind, json_t *j)
{
	static const char *const states[] = {"running", "running", "done", "failed"};
	static const char *const members[] = {"row", "progress", "result", "result"};

	desk_feed(c->desk->engine, "job",
		  json_pack("{s:s, s:s, s:s, s:O}", "job", c->job, "command", c->route->cmd,
			    "state", states[kind], members[kind], j));
}

static void on_line(void *arg, enum ctl_kind kind, json_t *j)
{
	struct call *c = arg;

	if (c->over)
		return;
	if (*c->job)
		feed_job(c, kind, j);
	else
		send_line(c, kind, j);
	if (kind == CTL_OK || kind == CTL_FAIL)
		end_call(c);
}

static void on_row(void *arg, const char *text)
{
	struct call *c = arg;
	json_t *j;

	if (!*c->job) {
		if (!c->over)
			send_text(c, CTL_ROW, text);
		return;
	}
	j = json_loads(text, 0, NULL);
	if (j)
		on_line(c, CTL_ROW, j);
	json_decref(j);
}

static bool on_backlog(void *arg)
{
	struct call *c = arg;
	struct chan *chan = role_chan(c->desk->role);

	return !chan || chan_queued(chan) > CHAN_HIGH;
}

static const struct ctl_sink sink = {on_line, on_row, on_backlog};

static void deny(struct call *c, const char *reason, const char *error)
{
	ctl_refuse(c->conn, json_pack("{s:s}", "reason", reason), "%s", error);
}

/* The members of the console's envelope. */
struct envelope {
	json_t *args;
	const char *token, *csrf, *address, *agent;
};

/* May whoever shows this token do that? NULL after answering no. */
static bool admit(struct call *c, const struct envelope *v, struct who *who)
{
	struct engine *e = c->desk->engine;
	struct login *l = login_find(e, v->token);
	const struct route *r = c->route;
	struct user u;

	who->login = l;
	who->web = c;
	snprintf(who->address, sizeof(who->address), "%s", v->address);
	snprintf(who->agent, sizeof(who->agent), "%s", v->agent);
	if (l)
		snprintf(who->user, sizeof(who->user), "%s", l->user);
	/* Logging in has nothing to forge yet: the cookie that it gives is new. */
	if (l && strcmp(r->method, "GET") && strcmp(r->cmd, "login") && strcmp(l->csrf, v->csrf)) {
		deny(c, "csrf", "the header X-CSRF-Token is missing or old; load the page again");
		return false;
	}
	if (r->flags & ROUTE_PUBLIC) {
		if (l && l->stage == LOGIN_OPEN && !user_find(e, l->user, &u, NULL))
			who->role = u.role;
		return true;
	}
	if (!l || l->stage != LOGIN_OPEN || user_find(e, l->user, &u, NULL) || u.disabled) {
		deny(c, "login", "nobody is signed in, or the session is over; sign in again");
		return false;
	}
	who->role = u.role;
	if (!(r->roles & u.role)) {
		deny(c, "forbidden",
		     "your role may not do this; an administrator can tell who may");
		return false;
	}
	if ((r->flags & ROUTE_PROOF) && !login_fresh(l)) {
		deny(c, "reauth", "prove again who you are: password and code");
		return false;
	}
	login_seen(e, l);
	return true;
}

static void make_job(struct call *c)
{
	struct desk *d = c->desk;
	json_t *j;

	snprintf(c->job, sizeof(c->job), "j%llx-%llu",
		 (unsigned long long)d->engine->started / 1000000000,
		 (unsigned long long)++d->last_job);
	d->jobs++;
	j = json_pack("{s:s}", "job", c->job);
	send_line(c, CTL_OK, j);
	json_decref(j);
	map_del(&d->calls, c->id);
}

static void run(struct call *c, const struct envelope *v)
{
	struct who who = {.role = 0};

	if (!admit(c, v, &who))
		return;
	if (c->route->flags & ROUTE_JOB) {
		if (c->desk->jobs >= DESK_JOBS_MAX) {
			deny(c, "unavailable", "too much is being done already; try again later");
			return;
		}
		make_job(c);
	}
	json_object_set_new(v->args, "cmd", json_string(c->route->cmd));
	control_dispatch(c->desk->engine, c->conn, v->args, &who);
}

static struct call *call_new(struct desk *d, uint32_t id, const struct route *route)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c || !(c->conn = ctl_virtual(&sink, c)) || map_put(&d->calls, id, c)) {
		if (c)
			ctl_virtual_free(c->conn);
		free(c);
		return NULL;
	}
	c->desk = d;
	c->id = id;
	c->route = route;
	TAILQ_INSERT_TAIL(&d->all, c, entry);
	d->n++;
	return c;
}

static void on_call(struct desk *d, struct rd *r)
{
	uint32_t id = rd_u32(r);
	uint16_t route = rd_u16(r);
	json_t *j = r->failed ? NULL : json_loadb((const char *)r->p, r->left, 0, NULL);
	struct envelope v;
	struct call *c;

	if (!j || route >= routes_n || map_get(&d->calls, id) || d->n >= DESK_CALLS_MAX ||
	    json_unpack(j, "{s:o, s:s, s:s, s:s, s:s}", "args", &v.args, "token", &v.token, "csrf",
			&v.csrf, "address", &v.address, "agent", &v.agent) ||
	    !json_is_object(v.args) || !(c = call_new(d, id, &routes[route]))) {
		struct call lost = {.desk = d, .id = id};
		json_t *no = json_pack("{s:s, s:s}", "error", "the publisher cannot take this now",
				       "reason", "unavailable");

		send_line(&lost, CTL_FAIL, no);
		json_decref(no);
	} else {
		run(c, &v);
	}
	json_decref(j);
}

static void on_gone(struct desk *d, struct rd *r)
{
	struct call *c = map_get(&d->calls, rd_u32(r));

	if (rd_end(r) && c)
		end_call(c);
}

/* ---- downloads ---- */

static void send_piece(struct call *c)
{
	struct download *f = c->download;
	struct buf b, piece;
	int n;

	buf_init(&piece, CHAN_PAYLOAD_MAX - 64);
	n = f->next(f, &piece);
	if (n > 0) {
		buf_init(&b, CHAN_PAYLOAD_MAX);
		buf_put_u32(&b, c->id);
		buf_put(&b, piece.data, piece.len);
		tell(c->desk, CONSOLE_DATA, &b);
	} else if (n == 0) {
		ctl_ok(c->conn, NULL);
	} else { /* the browser must not take half a file for a whole one */
		ctl_fail(c->conn, "%s could not be read to its end", f->name);
	}
	buf_free(&piece);
}

static void on_more(struct desk *d, struct rd *r)
{
	struct call *c = map_get(&d->calls, rd_u32(r));

	if (rd_end(r) && c && c->download)
		send_piece(c);
}

void desk_download(struct ctl_conn *conn, struct download *f)
{
	const struct who *who = ctl_who(conn);
	struct call *c = who->web;
	json_t *j = json_pack("{s:s, s:s, s:I}", "file", f->name, "type", f->type, "size",
			      (json_int_t)f->size);

	c->download = f;
	ctl_row(conn, j);
}

/* ---- streams ---- */

void desk_stream(struct engine *e, struct ctl_conn *conn)
{
	const struct who *who = ctl_who(conn);
	struct call *c = who->web;

	(void)e;
	snprintf(c->login, sizeof(c->login), "%s", who->login->id);
	c->stream = true;
	ctl_row(conn, json_object()); /* it may begin */
}

void desk_login_ended(struct engine *e, const struct login *l)
{
	struct call *c, *next;

	for (c = e->desk ? TAILQ_FIRST(&e->desk->all) : NULL; c; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->stream && !strcmp(c->login, l->id))
			ctl_fail(c->conn, "the session is over");
	}
}

void desk_feed(struct engine *e, const char *name, json_t *j)
{
	struct chan *chan = e->desk ? role_chan(e->desk->role) : NULL;
	char *text = chan ? json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	struct buf b;

	if (chan && (e->desk->lost || chan_queued(chan) > FEED_QUEUE_MAX)) {
		e->desk->lost = true; /* said by on_drained() */
	} else if (text && strlen(text) < JSON_MOST) {
		buf_init(&b, CHAN_PAYLOAD_MAX);
		buf_put_str(&b, name);
		buf_put(&b, text, strlen(text));
		tell(e->desk, CONSOLE_FEED, &b);
	}
	free(text);
	json_decref(j);
}

/* What a console did not keep up with, its browsers ask for anew. */
static void on_drained(void *arg)
{
	struct desk *d = arg;

	if (!d->lost)
		return;
	d->lost = false;
	desk_feed(d->engine, "reset", json_object());
}

/* ---- the role ---- */

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct desk *d = arg;
	struct rd r = rd_over(p, n);

	switch (type) {
	case CONSOLE_CALL:
		on_call(d, &r);
		break;
	case CONSOLE_GONE:
		on_gone(d, &r);
		break;
	case CONSOLE_MORE:
		on_more(d, &r);
		break;
	default:
		log_err("the console role sent a message of unknown type 0x%04x", type);
	}
}

static void on_up(void *arg, struct chan *c)
{
	(void)arg;
	(void)c;
}

/* What the browsers asked for is void; jobs go on. */
static void on_down(void *arg, const char *why)
{
	struct desk *d = arg;
	struct call *c, *next;

	log_warn("the console role is down (%s); it is started again", why);
	for (c = TAILQ_FIRST(&d->all); c; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (!*c->job)
			end_call(c);
	}
	map_free(&d->calls);
	d->lost = false;
}

int desk_start(struct engine *e, struct err *err)
{
	static const struct role_ops ops = {
		.up = on_up, .message = on_message, .down = on_down, .drained = on_drained};
	char options[5][16] = {"--state", "--console", "--www", "--certificate", "--key"};
	char *argv[] = {options[0], (char *)e->state, options[1], e->conf.console,
			options[2], e->conf.www,      options[3], e->console_crt,
			options[4], e->console_key,   NULL};
	struct desk *d;

	if (!*e->conf.console)
		return 0;
	d = calloc(1, sizeof(*d));
	if (!d || !(d->bury = evtimer_new(e->base, on_bury, d))) {
		free(d);
		return err_set(err, "out of memory");
	}
	d->engine = e;
	TAILQ_INIT(&d->all);
	TAILQ_INIT(&d->dead);
	d->role = role_start(e->base, "console", argv, &ops, d);
	e->desk = d;
	return 0;
}

void desk_stop(struct engine *e)
{
	struct desk *d = e->desk;
	struct call *c;

	if (!d)
		return;
	role_stop(d->role);
	d->role = NULL;
	while ((c = TAILQ_FIRST(&d->all)))
		end_call(c);
	on_bury(-1, 0, d);
	map_free(&d->calls);
	event_free(d->bury);
	e->desk = NULL;
	free(d);
}

pid_t desk_pid(const struct engine *e)
{
	return e->desk && e->desk->role ? role_pid(e->desk->role) : 0;
}

void desk_restart(struct engine *e)
{
	if (e->desk)
		role_restart(e->desk->role);
}
