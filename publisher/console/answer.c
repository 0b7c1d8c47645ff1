// SPDX-License-Identifier: Apache-2.0
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/answer.h"
#include "console/body.h"
#include "console/conns.h"
#include "console/reply.h"
#include "console/stream.h"
#include "ctl.h"
#include "roles.h"

#define ROWS_BYTES_MAX (8u << 20)
struct answer {
	struct console *console;
	struct evhttp_request *req; /* NULL: the browser left */
	struct evhttp_connection *evcon;
	uint32_t id;
	const struct route *route;
	struct evbuffer *rows; /* texts with commas between */
	bool any, file;	       /* a row came; a file is being sent */
	struct stream *stream;
};

/* ---- the table ---- */

static void forget(struct answer *a)
{
	map_del(&a->console->calls, a->id);
	if (a->stream)
		stream_end(a->stream);
	if (a->rows)
		evbuffer_free(a->rows);
	free(a);
}

static void tell_number(struct console *c, uint16_t type, uint32_t id)
{
	struct buf b;

	buf_init(&b, 16);
	buf_put_u32(&b, id);
	console_tell(c, type, &b);
}

/*
 * evhttp frees a request with its connection; but one whose answer is not whole when the browser
 * leaves it takes off the connection first, and leaves to us.
 */
static void on_close(struct evhttp_connection *evcon, void *arg)
{
	struct answer *a = arg;
	struct evhttp_request *req = a->req;

	(void)evcon;
	tell_number(a->console, CONSOLE_GONE, a->id);
	forget(a);
	if (!evhttp_request_get_connection(req))
		evhttp_request_free(req);
}

static void address_of(struct evhttp_request *req, const char **address)
{
	ev_uint16_t port;
	char *text = NULL;

	evhttp_connection_get_peer(evhttp_request_get_connection(req), &text, &port);
	*address = text ? text : "unknown";
	if (!strncmp(*address, "::ffff:", 7))
		*address += 7;
}

static const char *header(struct evhttp_request *req, const char *name)
{
	const char *value = evhttp_find_header(evhttp_request_get_input_headers(req), name);

	return value ? value : "";
}

/* Any bytes as a JSON string: what is not plain text becomes '?'. */
static json_t *plain(const char *text, size_t most)
{
	char copy[256];
	size_t n = 0;

	for (; *text && n < most && n + 1 < sizeof(copy); text++)
		copy[n++] = *text >= ' ' && *text < 127 ? *text : '?';
	copy[n] = 0;
	return json_string(copy);
}

static int send_call(struct answer *a, json_t *args, const char *token)
{
	struct evhttp_request *req = a->req;
	const char *address;
	struct buf b;
	json_t *j;
	char *text;

	address_of(req, &address);
	j = json_pack("{s:O, s:s, s:o, s:o, s:o}", "args", args, "token", token, "csrf",
		      plain(header(req, "X-CSRF-Token"), 64), "address", plain(address, 60),
		      "agent", plain(header(req, "User-Agent"), 190));
	text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (!text)
		return -1;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_u32(&b, a->id);
	buf_put_u16(&b, a->route - routes);
	buf_put(&b, text, strlen(text));
	explicit_bzero(text, strlen(text));
	free(text);
	console_tell(a->console, CONSOLE_CALL, &b);
	return 0;
}

void answer_begin(struct console *c, struct evhttp_request *req, unsigned route, json_t *args,
		  const char *token)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(req);
	struct answer *a = c->calls.n < CONSOLE_CALLS_MAX ? calloc(1, sizeof(*a)) : NULL;

	if (!a || !(a->rows = evbuffer_new())) {
		free(a);
		reply_refuse(req, "unavailable", "the console is busy; try again in a moment");
		return;
	}
	a->console = c;
	a->req = req;
	a->evcon = evcon;
	a->route = &routes[route];
	do
		a->id = ++c->last_call;
	while (map_get(&c->calls, a->id));
	if (map_put(&c->calls, a->id, a) || send_call(a, args, token)) {
		forget(a);
		reply_refuse(req, "unavailable", "the console is out of memory; try again");
		return;
	}
	conns_busy(evcon);
	evhttp_connection_set_closecb(evcon, on_close, a);
}

void answers_free(struct console *c)
{
	struct answer *a;

	for (size_t i = 0; (a = map_next(&c->calls, &i)); i = 0) {
		evhttp_connection_set_closecb(a->evcon, NULL, NULL);
		forget(a);
	}
	map_free(&c->calls);
}

/* ---- what the engine says ---- */

/* Logging in and out: the token goes where no script can read it. */
static void set_cookie(struct evhttp_request *req, json_t *j)
{
	json_t *token = json_object_get(j, "token");
	char cookie[256];

	if (!token)
		return;
	snprintf(cookie, sizeof(cookie), "%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
		 COOKIE_NAME, json_is_string(token) ? json_string_value(token) : "",
		 json_is_string(token) ? "" : "; Max-Age=0");
	evhttp_add_header(evhttp_request_get_output_headers(req), "Set-Cookie", cookie);
	explicit_bzero(cookie, sizeof(cookie));
	json_object_del(j, "token");
}

static void send_rows(struct answer *a, const char *text, size_t n)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add(body, "{\"rows\":[", 9);
	evbuffer_add_buffer(body, a->rows);
	evbuffer_add(body, "]", 1);
	if (n > 2 && *text == '{') {
		evbuffer_add(body, ",", 1);
		evbuffer_add(body, text + 1, n - 1);
	} else {
		evbuffer_add(body, "}", 1);
	}
	reply_headers(a->req, "application/json", true);
	reply_send(a->req, 200, body);
	evbuffer_free(body);
}

static void on_ok(struct answer *a, const char *text, size_t n)
{
	if (a->file) {
		evhttp_connection_set_closecb(a->evcon, NULL, NULL);
		conns_idle(a->evcon);
		evhttp_send_reply_end(a->req);
	} else if (!strncmp(a->route->cmd, "log", 3) && !(a->route->flags & ROUTE_ROWS)) {
		json_t *j = json_loadb(text, n, JSON_DECODE_ANY, NULL);

		set_cookie(a->req, j);
		reply_json(a->req, 200, j);
		json_decref(j);
	} else if (a->any || (a->route->flags & ROUTE_ROWS)) {
		send_rows(a, text, n);
	} else {
		reply_text(a->req, a->route->flags & ROUTE_JOB ? 202 : 200, text, n);
	}
	if (*a->route->path && a->route->roles)
		conns_known(a->evcon); /* the engine let them in */
	forget(a);
}

/* Half a file must not look like a whole one: the connection breaks. */
static void break_off(struct answer *a)
{
	struct evhttp_connection *evcon = a->evcon;

	evhttp_connection_set_closecb(evcon, NULL, NULL);
	forget(a);
	evhttp_connection_free(evcon);
}

static void end_stream(struct answer *a)
{
	struct evhttp_request *req = a->req;

	stream_say_end(a->stream);
	evhttp_connection_set_closecb(a->evcon, NULL, NULL);
	conns_idle(a->evcon);
	forget(a);
	evhttp_send_reply_end(req);
}

static void on_fail(struct answer *a, const char *text, size_t n)
{
	json_t *j = json_loadb(text, n, 0, NULL);
	const char *reason = json_string_value(json_object_get(j, "reason"));
	json_int_t wait = json_integer_value(json_object_get(j, "retry_after"));
	char seconds[24];

	if (a->stream || a->file) {
		json_decref(j);
		a->stream ? end_stream(a) : break_off(a);
		return;
	}
	if (!reason && json_is_object(j))
		json_object_set_new(j, "reason", json_string("bad-request"));
	json_object_del(j, "ok");
	if (wait > 0) {
		snprintf(seconds, sizeof(seconds), "%lld", (long long)wait);
		evhttp_add_header(evhttp_request_get_output_headers(a->req), "Retry-After",
				  seconds);
	}
	reply_json(a->req, reply_status(reason), j);
	json_decref(j);
	forget(a);
}

static void on_taken(struct evhttp_connection *evcon, void *arg)
{
	struct console *c = arg;
	struct answer *a;

	for (size_t i = 0; (a = map_next(&c->calls, &i));)
		if (a->evcon == evcon && a->file)
			tell_number(c, CONSOLE_MORE, a->id);
}

static void begin_file(struct answer *a, const char *text, size_t n)
{
	json_t *j = json_loadb(text, n, 0, NULL);
	const char *name = json_string_value(json_object_get(j, "file"));
	const char *type = json_string_value(json_object_get(j, "type"));
	char disposition[256];

	if (name && type && !strpbrk(name, "\"\\\r\n/;")) {
		snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", name);
		reply_headers(a->req, type, true);
		evhttp_add_header(evhttp_request_get_output_headers(a->req), "Content-Disposition",
				  disposition);
		a->file = true;
		conns_known(a->evcon);
		evhttp_send_reply_start(a->req, 200, NULL);
		tell_number(a->console, CONSOLE_MORE, a->id);
	}
	json_decref(j);
}

static void on_row(struct answer *a, const char *text, size_t n)
{
	bool newest = a->route->flags & ROUTE_NEWEST;

	if (a->route->flags & ROUTE_STREAM) {
		if (!a->stream)
			a->stream = stream_begin(a->console->streams, a->req);
		conns_known(a->evcon);
	} else if (a->route->flags & ROUTE_FILE) {
		begin_file(a, text, n);
	} else if (evbuffer_get_length(a->rows) + n < ROWS_BYTES_MAX) {
		if (a->any)
			newest ? evbuffer_prepend(a->rows, ",", 1) : evbuffer_add(a->rows, ",", 1);
		newest ? evbuffer_prepend(a->rows, text, n) : evbuffer_add(a->rows, text, n);
		a->any = true;
	}
}

void answer_line(struct console *c, struct rd *r)
{
	struct answer *a = map_get(&c->calls, rd_u32(r));
	uint8_t kind = rd_u8(r);

	if (r->failed || !a)
		return; /* the browser left meanwhile */
	switch (kind) {
	case CTL_ROW:
		on_row(a, (const char *)r->p, r->left);
		break;
	case CTL_OK:
		on_ok(a, (const char *)r->p, r->left);
		break;
	case CTL_FAIL:
		on_fail(a, (const char *)r->p, r->left);
		break;
	}
}

void answer_data(struct console *c, struct rd *r)
{
	struct answer *a = map_get(&c->calls, rd_u32(r));
	struct evbuffer *piece;

	if (r->failed || !a || !a->file || !(piece = evbuffer_new()))
		return;
	evbuffer_add(piece, r->p, r->left);
	evhttp_send_reply_chunk_with_cb(a->req, piece, on_taken, c);
	evbuffer_free(piece);
}
