// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desk_call.h"

#define FEED_QUEUE_MAX (4 * CHAN_HIGH)

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

		call_line(&lost, CTL_FAIL, no);
		json_decref(no);
	} else {
		call_run(c, &v);
	}
	json_decref(j);
}

static void on_gone(struct desk *d, struct rd *r)
{
	struct call *c = map_get(&d->calls, rd_u32(r));

	if (rd_end(r) && c)
		call_end(c);
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
		desk_tell(c->desk, CONSOLE_DATA, &b);
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
	} else if (text && strlen(text) < DESK_JSON_MOST) {
		buf_init(&b, CHAN_PAYLOAD_MAX);
		buf_put_str(&b, name);
		buf_put(&b, text, strlen(text));
		desk_tell(e->desk, CONSOLE_FEED, &b);
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
			call_end(c);
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
	if (!d || !(d->bury = evtimer_new(e->base, calls_bury, d))) {
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
		call_end(c);
	calls_bury(-1, 0, d);
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
