// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "layout.h"
#include "link.h"
#include "listen.h"
#include "role.h"
#include "tls.h"

#define COMPLAINTS_A_MINUTE 10
#define LISTEN_AGAIN_S 5

void link_tell(struct link *l, uint16_t type, struct buf *b)
{
	if (!l->engine || chan_send_buf(l->engine, type, b))
		event_base_loopexit(l->base, NULL);
	buf_free(b);
	if (l->engine && !l->paused && chan_queued(l->engine) > CHAN_HIGH) {
		struct conn *c;

		l->paused = true;
		for (size_t i = 0; (c = map_next(&l->conns, &i));)
			conn_pause(c, true);
	}
}

void link_complain(struct link *l, const char *fmt, ...)
{
	time_t minute = time(NULL) / 60;
	char text[512];
	va_list ap;

	if (minute != l->minute) {
		if (l->complaints > COMPLAINTS_A_MINUTE)
			log_warn("%d more connections were refused in that minute",
				 l->complaints - COMPLAINTS_A_MINUTE);
		l->minute = minute;
		l->complaints = 0;
	}
	if (l->complaints++ >= COMPLAINTS_A_MINUTE)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warn("%s", text);
}

static void from_words(const struct sockaddr *sa, int len, char to[LINK_ADDRESS_MAX])
{
	char host[256], port[16];

	if (getnameinfo(sa, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		snprintf(to, LINK_ADDRESS_MAX, "unknown address");
	else
		snprintf(to, LINK_ADDRESS_MAX, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
		      int len, void *arg)
{
	char from[LINK_ADDRESS_MAX];

	(void)listener;
	from_words(sa, len, from);
	conn_start(arg, fd, from, NULL);
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(l->listener);
}

/* Descriptors have run out: stop accepting for a moment instead of spinning. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct link *l = arg;
	const struct timeval second = {1, 0};

	log_err("cannot accept connections: %s; trying again in 1 s", strerror(errno));
	evconnlistener_disable(listener);
	event_base_once(l->base, -1, EV_TIMEOUT, on_accept_again, l, &second);
}

static void try_listen(struct link *l)
{
	const struct timeval again = {LISTEN_AGAIN_S, 0};
	struct err err;
	int fd = listen_on(l->opt->listen, &err);

	if (fd < 0) {
		log_err("%s; trying again every %d s. Another program may use the port, see"
			" `ss -ltnp`; option listen in publisher.conf changes it",
			err.text, LISTEN_AGAIN_S);
		evtimer_add(l->listen_again, &again);
		return;
	}
	l->listener = evconnlistener_new(l->base, on_accept, l,
					 LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!l->listener)
		log_fatal("out of memory");
	evconnlistener_set_error_cb(l->listener, on_accept_error);
	log_info("listening on %s", l->opt->listen);
}

static void on_listen_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	try_listen(arg);
}

static void on_admit(struct link *l, struct rd *r)
{
	struct conn *c = map_get(&l->conns, rd_u32(r));
	uint8_t stage = rd_u8(r);
	uint16_t silence = rd_u16(r);

	if (rd_end(r) && c)
		conn_admit(c, stage, silence);
}

static void on_drop(struct link *l, struct rd *r)
{
	struct conn *c = map_get(&l->conns, rd_u32(r));
	char reason[PROTO_TEXT_MAX];

	rd_str(r, reason, sizeof(reason));
	if (rd_end(r) && c)
		conn_drop(c, reason);
}

static void on_send(struct link *l, struct rd *r)
{
	struct conn *c = map_get(&l->conns, rd_u32(r));
	uint16_t type = rd_u16(r);

	if (!r->failed && c)
		conn_send(c, type, r->p, r->left);
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct link *l = arg;
	struct rd r = rd_over(p, n);

	switch (type) {
	case LINK_DIALS:
		dial_set(l, p, n);
		break;
	case LINK_ADMIT:
		on_admit(l, &r);
		break;
	case LINK_DROP:
		on_drop(l, &r);
		break;
	case LINK_SEND:
		on_send(l, &r);
		break;
	default:
		log_err("the engine sent a message of unknown type 0x%04x", type);
	}
}

static void on_closed(void *arg, const char *reason)
{
	struct link *l = arg;

	(void)reason; /* the engine ended: so do we */
	l->engine = NULL;
	event_base_loopexit(l->base, NULL);
}

static void on_drained(void *arg)
{
	struct link *l = arg;
	struct conn *c;

	l->paused = false;
	for (size_t i = 0; (c = map_next(&l->conns, &i));)
		conn_pause(c, false);
}

/* All that needs rights: keys, depot, the port, the name servers of /etc/resolv.conf. */
static int open_all(struct link *l, struct err *err)
{
	char ca[LAYOUT_PATH_MAX], crt[LAYOUT_PATH_MAX], key[LAYOUT_PATH_MAX];
	char objects[LAYOUT_PATH_MAX];
	const char *state = l->opt->state;
	int fd;

	l->tls = tls_context(layout_path(ca, state, LAYOUT_LINK_CA),
			     layout_path(crt, state, LAYOUT_LINK_CRT),
			     layout_path(key, state, LAYOUT_LINK_KEY), err);
	if (!l->tls)
		return -1;
	fd = open(layout_path(objects, state, LAYOUT_OBJECTS), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "%s", objects);
	l->depot = depot_open_at(fd, err);
	if (!l->depot)
		return -1;
	l->base = event_base_new();
	l->dns = evdns_base_new(l->base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
						 EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!l->dns) /* no resolv.conf: names in --connect will not work, addresses do */
		l->dns = evdns_base_new(l->base, 0);
	l->listen_again = evtimer_new(l->base, on_listen_again, l);
	if (!l->dns || !l->listen_again)
		return err_set(err, "out of memory");
	if (*l->opt->listen)
		try_listen(l);
	return 0;
}

static void close_all(struct link *l)
{
	struct conn *c;

	dial_free_all(l);
	for (size_t i = 0; (c = map_next(&l->conns, &i)); i = 0)
		conn_free(c);
	map_free(&l->conns);
	if (l->listener)
		evconnlistener_free(l->listener);
	event_free(l->listen_again);
	chan_close(l->engine);
	evdns_base_free(l->dns, 0);
	event_base_free(l->base);
	depot_close(l->depot);
	SSL_CTX_free(l->tls);
}

int link_main(const struct link_options *opt)
{
	static const struct chan_ops ops = {on_message, on_closed, on_drained};
	struct link l = {.opt = opt};
	char objects[LAYOUT_PATH_MAX];
	struct err err;

	TAILQ_INIT(&l.dials);
	if (open_all(&l, &err))
		log_fatal("link: %s", err.text);
	layout_path(objects, opt->state, LAYOUT_OBJECTS);
	if (confine("webdefender-link", objects, true, &err))
		log_fatal("link: %s", err.text);
	l.engine = chan_new_fd(l.base, ROLE_FD, &ops, &l);
	if (!l.engine)
		log_fatal("link: out of memory");
	event_base_dispatch(l.base);
	close_all(&l);
	return 0;
}
