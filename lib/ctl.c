// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "ctl.h"

#define CONNS_MAX 64
#define BACKLOG_BYTES (1u << 20)
#define ANSWER_LINE_MAX (4u << 20)
#define JSON_FLAGS JSON_REJECT_DUPLICATES

struct ctl {
	struct event_base *base;
	struct evconnlistener *listener;
	struct sockaddr_un addr;
	ctl_handler *handler;
	void *arg;
	struct ctl_conn *conns;
	int n;
};

struct ctl_conn {
	struct ctl *ctl;
	struct bufferevent *bev;
	struct ctl_conn *next;
	bool answering; /* a request is being served: the next one waits */
	void (*gone)(void *arg, struct ctl_conn *c);
	void *gone_arg;
	void (*answer)(void *arg, const char *error);
	void *answer_arg;
	void *who;
	int uid;
	const struct ctl_sink *sink; /* of a virtual one, which has no bev */
	void *sink_arg;
};

static void next_request(struct ctl_conn *c);

/* The client goes before it was answered. */
static void leave(struct ctl_conn *c)
{
	void (*gone)(void *arg, struct ctl_conn *c) = c->gone;

	c->gone = NULL;
	if (gone)
		gone(c->gone_arg, c);
	if (c->answer)
		c->answer(c->answer_arg, "the client left before the end");
	c->answer = NULL;
}

static void conn_free(struct ctl_conn *c)
{
	struct ctl_conn **at = &c->ctl->conns;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->ctl->n--;
	leave(c);
	bufferevent_free(c->bev);
	free(c);
}

static void send_line(struct ctl_conn *c, json_t *j)
{
	char *text = c->bev ? json_dumps(j, JSON_COMPACT) : NULL;

	if (text) {
		struct evbuffer *out = bufferevent_get_output(c->bev);

		evbuffer_add(out, text, strlen(text));
		evbuffer_add(out, "\n", 1);
	}
	free(text);
	json_decref(j);
}

static void sink_line(struct ctl_conn *c, enum ctl_kind kind, json_t *j)
{
	c->sink->line(c->sink_arg, kind, j);
	json_decref(j);
}

void ctl_row(struct ctl_conn *c, json_t *j)
{
	if (c->sink)
		sink_line(c, CTL_ROW, j);
	else
		send_line(c, json_pack("{s:o}", "row", j));
}

void ctl_row_text(struct ctl_conn *c, const char *json)
{
	if (c->sink)
		c->sink->row(c->sink_arg, json);
	else if (c->bev)
		evbuffer_add_printf(bufferevent_get_output(c->bev), "{\"row\":%s}\n", json);
}

void ctl_progress(struct ctl_conn *c, json_t *j)
{
	if (c->sink)
		sink_line(c, CTL_PROGRESS, j);
	else
		send_line(c, json_pack("{s:o}", "progress", j));
}

/* Before the last line: what was done is written down before anybody is told. */
static void tell_answer(struct ctl_conn *c, const char *error)
{
	void (*answer)(void *arg, const char *error) = c->answer;

	c->answer = NULL;
	c->gone = NULL;
	if (answer)
		answer(c->answer_arg, error);
}

static void last_line(struct ctl_conn *c, enum ctl_kind kind, json_t *j)
{
	c->answering = false;
	if (c->sink) {
		sink_line(c, kind, j);
		return;
	}
	send_line(c, j);
	bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

void ctl_ok(struct ctl_conn *c, json_t *j)
{
	if (!j)
		j = json_object();
	json_object_set_new(j, "ok", json_true());
	tell_answer(c, NULL);
	last_line(c, CTL_OK, j);
}

static void refuse(struct ctl_conn *c, json_t *with, const char *fmt, va_list ap)
{
	char text[1024];
	json_t *j, *s;

	vsnprintf(text, sizeof(text), fmt, ap);
	s = json_string(text);
	if (!s) /* a name that is not UTF-8 */
		s = json_string("the request failed; the log says why");
	tell_answer(c, json_string_value(s));
	j = json_pack("{s:b, s:o}", "ok", 0, "error", s);
	if (with)
		json_object_update_missing(j, with);
	json_decref(with);
	last_line(c, CTL_FAIL, j);
}

void ctl_fail(struct ctl_conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse(c, NULL, fmt, ap);
	va_end(ap);
}

void ctl_refuse(struct ctl_conn *c, json_t *with, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse(c, with, fmt, ap);
	va_end(ap);
}

void ctl_on_gone(struct ctl_conn *c, void (*gone)(void *arg, struct ctl_conn *c), void *arg)
{
	c->gone = gone;
	c->gone_arg = arg;
}

void ctl_on_answer(struct ctl_conn *c, void (*answer)(void *arg, const char *error), void *arg)
{
	c->answer = answer;
	c->answer_arg = arg;
}

void ctl_set_who(struct ctl_conn *c, void *who)
{
	c->who = who;
}

void *ctl_who(const struct ctl_conn *c)
{
	return c->who;
}

int ctl_peer_uid(const struct ctl_conn *c)
{
	return c->uid;
}

struct ctl_conn *ctl_virtual(const struct ctl_sink *sink, void *arg)
{
	struct ctl_conn *c = calloc(1, sizeof(*c));

	if (c)
		*c = (struct ctl_conn){.answering = true, .uid = -1, .sink = sink, .sink_arg = arg};
	return c;
}

void ctl_virtual_free(struct ctl_conn *c)
{
	if (c)
		leave(c);
	free(c);
}

bool ctl_backlog(const struct ctl_conn *c)
{
	if (c->sink)
		return c->sink->backlog(c->sink_arg);
	return evbuffer_get_length(bufferevent_get_output(c->bev)) > BACKLOG_BYTES;
}

/* Deep nesting makes a parser recurse; jansson's own bound is far above ours. */
static bool too_deep(const char *text)
{
	int depth = 0;
	bool quoted = false;

	for (; *text; text++) {
		if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted && (*text == '{' || *text == '['))
			depth++;
		else if (!quoted && (*text == '}' || *text == ']'))
			depth--;
		if (depth > 32)
			return true;
	}
	return false;
}

static void serve(struct ctl_conn *c, const char *line)
{
	json_error_t where;
	json_t *request = too_deep(line) ? NULL : json_loads(line, JSON_FLAGS, &where);

	c->answering = true;
	if (!json_is_object(request) || !json_string_value(json_object_get(request, "cmd")))
		ctl_fail(c, "not a request: one JSON object a line, with \"cmd\"");
	else
		c->ctl->handler(c->ctl->arg, c, request);
	json_decref(request);
}

static void next_request(struct ctl_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	char *line;

	if (c->answering)
		return;
	line = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF);
	if (line) {
		serve(c, line);
		free(line);
	} else if (evbuffer_get_length(in) > CTL_LINE_MAX) {
		evbuffer_drain(in, evbuffer_get_length(in));
		ctl_fail(c, "request longer than %d bytes", CTL_LINE_MAX);
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	next_request(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		conn_free(arg);
}

/* Who it is, or -1: not to be served. */
static int peer_allowed(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) ||
	    (peer.uid != 0 && peer.uid != geteuid()))
		return -1;
	return peer.uid;
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *addr, int n,
		      void *arg)
{
	struct ctl *ctl = arg;
	struct ctl_conn *c;
	int uid = peer_allowed(fd);

	(void)l;
	(void)addr;
	(void)n;
	if (uid < 0 || ctl->n >= CONNS_MAX || !(c = calloc(1, sizeof(*c)))) {
		close(fd);
		return;
	}
	c->ctl = ctl;
	c->uid = uid;
	c->bev = bufferevent_socket_new(ctl->base, fd,
					BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!c->bev) {
		close(fd);
		free(c);
		return;
	}
	c->next = ctl->conns;
	ctl->conns = c;
	ctl->n++;
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, 2 * CTL_LINE_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static int address(const char *path, struct sockaddr_un *to, struct err *err)
{
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(to->sun_path))
		return err_set(err, "%s: longer than a socket's name may be (%zu bytes)", path,
			       sizeof(to->sun_path) - 1);
	memcpy(to->sun_path, path, strlen(path) + 1);
	return 0;
}

/* A socket left by a crash is replaced; one that answers belongs to a running daemon. */
static int bind_path(int fd, const struct sockaddr_un *addr, struct err *err)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r = 0;
	mode_t old;

	if (connect(probe, (const struct sockaddr *)addr, sizeof(*addr)) == 0)
		r = err_set(err, "%s: another daemon is serving here already", addr->sun_path);
	close(probe);
	if (r < 0)
		return r;
	unlink(addr->sun_path);
	old = umask(0177);
	r = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));
	umask(old);
	return r < 0 ? err_sys(err, "%s", addr->sun_path) : 0;
}

struct ctl *ctl_listen(struct event_base *base, const char *path, ctl_handler *handler, void *arg,
		       struct err *err)
{
	struct ctl *c = calloc(1, sizeof(*c));
	int fd = -1;

	if (!c || address(path, &c->addr, err) < 0)
		goto failed;
	*c = (struct ctl){.base = base, .addr = c->addr, .handler = handler, .arg = arg};
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		err_sys(err, "socket");
		goto failed;
	}
	if (bind_path(fd, &c->addr, err) < 0)
		goto failed;
	c->listener = evconnlistener_new(base, on_accept, c,
					 LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16, fd);
	if (c->listener)
		return c;
	err_sys(err, "%s", path);
failed:
	if (fd >= 0)
		close(fd);
	free(c);
	return NULL;
}

void ctl_free(struct ctl *c)
{
	if (!c)
		return;
	while (c->conns)
		conn_free(c->conns);
	evconnlistener_free(c->listener);
	unlink(c->addr.sun_path);
	free(c);
}

/* ---- client ---- */

static int call_connect(const char *path, struct err *err)
{
	struct sockaddr_un addr;
	int fd;

	if (address(path, &addr, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	err_sys(err, "%s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

static int call_send(int fd, json_t *request, struct err *err)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int r = -1;

	if (!text)
		err_set(err, "the request holds bytes that are not UTF-8");
	else if (strlen(text) >= CTL_LINE_MAX)
		err_set(err, "the request is longer than %d bytes", CTL_LINE_MAX);
	else if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text) ||
		 send(fd, "\n", 1, MSG_NOSIGNAL) != 1)
		err_sys(err, "cannot send the request");
	else
		r = 0;
	free(text);
	return r;
}

/* Rows and progress to the caller; the last line as the result. */
static json_t *call_read(FILE *in, void (*row)(void *arg, json_t *j),
			 void (*progress)(void *arg, json_t *j), void *arg, struct err *err)
{
	char *line = NULL;
	size_t cap = 0;
	json_t *j, *part;

	while (getline(&line, &cap, in) > 0) {
		j = cap > ANSWER_LINE_MAX ? NULL : json_loads(line, JSON_FLAGS, NULL);
		if (!json_is_object(j)) {
			err_set(err, "the daemon answered something that is not JSON");
			json_decref(j);
			break;
		}
		if (json_object_get(j, "ok")) {
			free(line);
			return j;
		}
		if ((part = json_object_get(j, "row")) && row)
			row(arg, part);
		if ((part = json_object_get(j, "progress")) && progress)
			progress(arg, part);
		json_decref(j);
	}
	if (feof(in) || ferror(in))
		err_set(err, "the daemon ended in the middle of its answer; its log says why");
	free(line);
	return NULL;
}

json_t *ctl_call(const char *path, json_t *request, void (*row)(void *arg, json_t *j),
		 void (*progress)(void *arg, json_t *j), void *arg, struct err *err)
{
	int fd = call_connect(path, err);
	json_t *answer = NULL;
	FILE *in;

	if (fd >= 0 && call_send(fd, request, err) == 0 && (in = fdopen(fd, "r")) != NULL) {
		answer = call_read(in, row, progress, arg, err);
		fclose(in);
	} else if (fd >= 0) {
		close(fd);
	}
	json_decref(request);
	return answer;
}
