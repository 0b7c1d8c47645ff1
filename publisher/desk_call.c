// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk_call.h"

void desk_tell(struct desk *d, uint16_t type, struct buf *b)
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
	if (text && strlen(text) <= DESK_JSON_MOST)
		buf_put(&b, text, strlen(text));
	else if (kind == CTL_OK)
		buf_put(&b, "{\"error\":\"the answer is too large\"}", 35);
	else
		buf_put(&b, "{}", 2);
	desk_tell(c->desk, CONSOLE_LINE, &b);
}

void call_line(struct call *c, enum ctl_kind kind, const json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

	send_text(c, kind, text);
	free(text);
}

/* Whoever answered may still hold the connection on the stack: it is freed a moment later. */
void call_end(struct call *c)
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

void calls_bury(evutil_socket_t fd, short what, void *arg)
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
		call_line(c, kind, j);
	if (kind == CTL_OK || kind == CTL_FAIL)
		call_end(c);
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
	call_line(c, CTL_OK, j);
	json_decref(j);
	map_del(&d->calls, c->id);
}

void call_run(struct call *c, const struct envelope *v)
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

struct call *call_new(struct desk *d, uint32_t id, const struct route *route)
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
