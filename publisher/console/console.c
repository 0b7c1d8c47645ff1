// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "confine.h"
#include "console/answer.h"
#include "console/assets.h"
#include "console/conns.h"
#include "console/console.h"
#include "console/request.h"
#include "console/stream.h"
#include "layout.h"
#include "listen.h"
#include "role.h"
#include "roles.h"

#define LISTEN_AGAIN_S 5
#define REQUEST_S 60 /* of silence, whatever it waits for */
#define METHODS                                                                                    \
	(EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH |  \
	 EVHTTP_REQ_DELETE)

void console_tell(struct console *c, uint16_t type, struct buf *b)
{
	if (!c->engine || chan_send_buf(c->engine, type, b))
		event_base_loopexit(c->base, NULL);
	buf_free(b);
}

static SSL_CTX *make_tls(const struct console_options *opt, struct err *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	const char *what = "out of memory", *file = "";

	if (!ctx)
		goto fail;
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	/* Nothing is resumed: a ticket's key would outlive the sessions that it opens. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	what = "cannot use the certificate";
	file = opt->certificate;
	if (SSL_CTX_use_certificate_chain_file(ctx, file) != 1)
		goto fail;
	what = "cannot use the private key";
	file = opt->key;
	if (SSL_CTX_use_PrivateKey_file(ctx, file, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		goto fail;
	return ctx;
fail:
	err_set(err, "%s %s: %s", what, file, ERR_reason_error_string(ERR_get_error()) ?: "");
	SSL_CTX_free(ctx);
	return NULL;
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct console *c = arg;
	struct rd r = rd_over(p, n);
	char name[64];

	switch (type) {
	case CONSOLE_LINE:
		answer_line(c, &r);
		break;
	case CONSOLE_DATA:
		answer_data(c, &r);
		break;
	case CONSOLE_FEED:
		rd_str(&r, name, sizeof(name));
		if (!r.failed)
			streams_feed(c->streams, name, (const char *)r.p, r.left);
		break;
	default:
		log_err("the engine sent a message of unknown type 0x%04x", type);
	}
}

static void on_closed(void *arg, const char *reason)
{
	struct console *c = arg;

	(void)reason; /* the engine ended: so do we */
	c->engine = NULL;
	event_base_loopexit(c->base, NULL);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct console *c = arg;

	(void)fd;
	(void)what;
	conns_tick(c->conns);
	streams_tick(c->streams);
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(arg);
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	const struct timeval second = {1, 0};

	(void)arg;
	log_err("cannot accept connections: %s; trying again in 1 s", strerror(errno));
	evconnlistener_disable(listener);
	event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, on_accept_again,
			listener, &second);
}

static void try_listen(struct console *c)
{
	const struct timeval again = {LISTEN_AGAIN_S, 0};
	struct evconnlistener *l;
	struct err err;
	int fd = listen_on(c->opt->listen, &err), one = 1;

	if (fd < 0) {
		log_err("%s; trying again every %d s. Another program may use the port, see"
			" `ss -ltnp`; option console in publisher.conf changes it",
			err.text, LISTEN_AGAIN_S);
		evtimer_add(c->listen_again, &again);
		return;
	}
	/* Headers and body are two TLS records: without this they wait for each other's ACK. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	l = evconnlistener_new(c->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
			       0, fd);
	if (!l || !evhttp_bind_listener(c->http, l))
		log_fatal("console: out of memory");
	evconnlistener_set_error_cb(l, on_accept_error);
	log_info("the web console is on https://%s/", c->opt->listen);
}

static void on_listen_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	try_listen(arg);
}

/* Room for all connections at once. */
static void raise_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= 2 * CONNS_MAX)
		return;
	l.rlim_cur = l.rlim_max < 2 * CONNS_MAX ? l.rlim_max : 2 * CONNS_MAX;
	setrlimit(RLIMIT_NOFILE, &l);
}

static int open_all(struct console *c, struct err *err)
{
	c->tls = make_tls(c->opt, err);
	if (!c->tls)
		return -1;
	c->assets = assets_load(c->opt->www, err);
	if (!c->assets)
		return -1;
	c->base = event_base_new();
	c->http = c->base ? evhttp_new(c->base) : NULL;
	c->conns = conns_new();
	c->streams = c->base ? streams_new(c->base) : NULL;
	c->listen_again = evtimer_new(c->base, on_listen_again, c);
	c->tick = event_new(c->base, -1, EV_PERSIST, on_tick, c);
	if (!c->http || !c->conns || !c->streams || !c->listen_again || !c->tick)
		return err_set(err, "out of memory");
	evhttp_set_bevcb(c->http, conns_accept, c);
	evhttp_set_gencb(c->http, request_serve, c);
	evhttp_set_allowed_methods(c->http, METHODS);
	evhttp_set_max_headers_size(c->http, CONSOLE_HEADERS_MAX);
	evhttp_set_max_body_size(c->http, CONSOLE_BODY_MAX);
	evhttp_set_timeout(c->http, REQUEST_S);
	evhttp_set_default_content_type(c->http, NULL);
	raise_limit();
	try_listen(c);
	return 0;
}

int console_main(const struct console_options *opt)
{
	static const struct chan_ops ops = {.message = on_message, .closed = on_closed};
	const struct timeval second = {1, 0};
	struct console c = {.opt = opt};
	char root[LAYOUT_PATH_MAX];
	struct err err;

	if (open_all(&c, &err))
		log_fatal("console: %s", err.text);
	layout_path(root, opt->state, LAYOUT_EMPTY);
	if (confine("webdefender-console", root, true, &err))
		log_fatal("console: %s", err.text);
	c.engine = chan_new_fd(c.base, ROLE_FD, &ops, &c);
	if (!c.engine)
		log_fatal("console: out of memory");
	event_add(c.tick, &second);
	event_base_dispatch(c.base);
	answers_free(&c);
	evhttp_free(c.http);
	streams_free(c.streams);
	chan_close(c.engine);
	event_free(c.tick);
	event_free(c.listen_again);
	event_base_free(c.base);
	conns_free(c.conns);
	assets_free(c.assets);
	SSL_CTX_free(c.tls);
	return 0;
}
