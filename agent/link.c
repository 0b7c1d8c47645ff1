// SPDX-License-Identifier: Apache-2.0
/*
 * The link is not trusted by the guard: it sees what travels, but what a message means is
 * judged behind it. Of its own it only refuses types that have no business in a direction.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fsx.h"
#include "identity.h"
#include "link.h"
#include "proto.h"
#include "role.h"
#include "roles.h"
#include "tls.h"

#define DELAY_FIRST_MS 200
#define DELAY_MOST_MS 10000
#define HANDSHAKE_S 15
#define DIALS_PER_ADDRESS 20 /* then the name is resolved anew, by starting anew */

struct link {
	struct event_base *base;
	SSL_CTX *tls;
	const struct link_args *args;
	struct addrinfo *addresses, *next;
	int dials;
	struct chan *hub, *net;
	struct bufferevent *greeting; /* connected, handshake not over */
	struct event *again, *patience, *dialling;
	struct evconnlistener *listener;
	int delay_ms;
};

static const uint16_t outward[] = {MSG_HELLO,	 MSG_CERT_REQUEST, MSG_GET,	  MSG_PROGRESS,
				   MSG_BEAT,	 MSG_EVENT,	   MSG_EVIDENCE,  MSG_HASS,
				   MSG_HASS_KEY, MSG_HASS_SMS_END, MSG_TELEMETRY, MSG_AUDIT_REPORT,
				   MSG_SEALED,	 MSG_VERIFIED,	   MSG_BYE};
static const uint16_t inward[] = {
	MSG_WELCOME,   MSG_CERT,      MSG_RELEASE,	MSG_OBJECT,	  MSG_OBJECT_MISSING,
	MSG_BEAT_ACK,  MSG_EVENT_ACK, MSG_EVIDENCE_ACK, MSG_VERIFY,	  MSG_SERVICE,
	MSG_HASS_BOX,  MSG_HASS_MAC,  MSG_HASS_SMS,	MSG_HASS_KEY_ACK, MSG_AUDIT_ORDER,
	MSG_AUDIT_ACK, MSG_SEAL,      MSG_SEAL_KEY,	MSG_BYE};

static bool in(const uint16_t *list, size_t n, uint16_t type)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == type)
			return true;
	return false;
}
#define allowed(list, type) in(list, sizeof(list) / sizeof(*(list)), type)

static void tell(struct link *l, enum role_msg type, const char *text)
{
	struct buf b;

	buf_init(&b, ROLE_TEXT_MAX + 2);
	buf_put_str(&b, text);
	chan_send_buf(l->hub, type, &b);
	buf_free(&b);
}

/* ---- between connections ---- */

/* Up to half as much again, so that a hundred agents do not return at one moment. */
static void dial_later(struct link *l)
{
	uint32_t r = 0;
	int ms = l->delay_ms;
	struct timeval t;

	if (l->args->dial != DIAL_CONNECT)
		return;
	fsx_random(&r, sizeof(r));
	ms += r % (ms / 2 + 1);
	t = (struct timeval){ms / 1000, ms % 1000 * 1000};
	l->delay_ms = l->delay_ms * 2 > DELAY_MOST_MS ? DELAY_MOST_MS : l->delay_ms * 2;
	evtimer_add(l->again, &t);
}

static void down(struct link *l, const char *why)
{
	chan_pause(l->hub, false);
	tell(l, ROLE_LINK_DOWN, why);
	if (l->listener)
		evconnlistener_enable(l->listener);
	dial_later(l);
}

static void drop_greeting(struct link *l)
{
	evtimer_del(l->patience);
	if (l->greeting)
		bufferevent_free(l->greeting);
	l->greeting = NULL;
}

/* ---- relaying ---- */

static void net_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct link *l = arg;
	char why[128];

	if (!allowed(inward, type)) {
		snprintf(why, sizeof(why),
			 "the publisher sent message type 0x%04x, which it must not", type);
		chan_close(l->net);
		l->net = NULL;
		down(l, why);
		return;
	}
	chan_send(l->hub, type, p, n);
	if (chan_queued(l->hub) > CHAN_HIGH)
		chan_pause(l->net, true);
}

static void net_closed(void *arg, const char *reason)
{
	struct link *l = arg;

	l->net = NULL;
	down(l, reason);
}

static void net_drained(void *arg)
{
	struct link *l = arg;

	chan_pause(l->hub, false);
}

static void hub_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct link *l = arg;

	if (!l->net)
		return; /* sent before the guard heard that the line is down */
	if (!allowed(outward, type)) {
		log_err("the guard sent message type 0x%04x, which it must not: dropped", type);
		return;
	}
	chan_send(l->net, type, p, n);
	if (chan_queued(l->net) > CHAN_HIGH)
		chan_pause(l->hub, true);
}

static void hub_closed(void *arg, const char *reason)
{
	(void)arg;
	(void)reason;
	exit(0); /* without a guard there is nothing to do */
}

static void hub_drained(void *arg)
{
	struct link *l = arg;

	if (l->net)
		chan_pause(l->net, false);
}

static const struct chan_ops net_ops = {net_message, net_closed, net_drained};
static const struct chan_ops hub_ops = {hub_message, hub_closed, hub_drained};

/* ---- the handshake ---- */

static void greeted(struct link *l)
{
	char uri[TLS_PEER_MAX];
	struct hash cert;
	struct err err = {""};
	struct bufferevent *bev = l->greeting;

	if (tls_peer(bev, uri, &cert, &err) || strcmp(uri, TLS_URI_PUBLISHER)) {
		if (!err.text[0])
			err_set(&err, "the peer is %s, not the publisher", uri);
		drop_greeting(l);
		down(l, err.text);
		return;
	}
	evtimer_del(l->patience);
	l->greeting = NULL;
	l->net = chan_new(bev, &net_ops, l);
	l->delay_ms = DELAY_FIRST_MS;
	l->dials = 0;
	if (l->listener) /* one publisher, one line */
		evconnlistener_disable(l->listener);
	tell(l, ROLE_LINK_UP, uri);
}

static void greeting_event(struct bufferevent *bev, short what, void *arg)
{
	struct link *l = arg;
	char why[ROLE_TEXT_MAX];

	if (what & BEV_EVENT_CONNECTED) {
		greeted(l);
		return;
	}
	tls_reason(bev, what, why, sizeof(why));
	drop_greeting(l);
	down(l, why);
}

static void out_of_patience(int fd, short what, void *arg)
{
	struct link *l = arg;

	(void)fd;
	(void)what;
	drop_greeting(l);
	down(l, "the handshake took too long");
}

static void greet(struct link *l, struct bufferevent *bev)
{
	struct timeval t = {HANDSHAKE_S, 0};

	if (!bev) {
		down(l, "out of memory");
		return;
	}
	l->greeting = bev;
	bufferevent_setcb(bev, NULL, NULL, greeting_event, l);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	evtimer_add(l->patience, &t);
}

static void tune(int fd)
{
	int one = 1, idle = 30, beat = 10, n = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &beat, sizeof(beat));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &n, sizeof(n));
}

/* ---- dialling ---- */

static void dialled(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;
	int e = 0;
	socklen_t n = sizeof(e);
	char why[ROLE_TEXT_MAX];

	event_free(l->dialling);
	l->dialling = NULL;
	if (what & EV_TIMEOUT)
		e = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n);
	if (!e) {
		greet(l, tls_connect(l->base, l->tls, fd));
		return;
	}
	close(fd);
	snprintf(why, sizeof(why), "cannot connect to %.260s: %s", l->args->address, strerror(e));
	down(l, why);
}

static void dial(int unused, short what, void *arg)
{
	struct link *l = arg;
	struct timeval t = {HANDSHAKE_S, 0};
	struct addrinfo *a = l->next;
	char why[ROLE_TEXT_MAX];
	int fd;

	(void)unused;
	(void)what;
	l->next = a->ai_next ? a->ai_next : l->addresses;
	if (++l->dials > DIALS_PER_ADDRESS) {
		log_info("looking %s up again", l->args->address);
		exit(0);
	}
	fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	if (fd >= 0)
		tune(fd);
	if (fd >= 0 && (!connect(fd, a->ai_addr, a->ai_addrlen) || errno == EINPROGRESS)) {
		l->dialling = event_new(l->base, fd, EV_WRITE | EV_TIMEOUT, dialled, l);
		event_add(l->dialling, &t);
		return;
	}
	snprintf(why, sizeof(why), "cannot connect to %.260s: %s", l->args->address,
		 strerror(errno));
	if (fd >= 0)
		close(fd);
	down(l, why);
}

/* ---- listening ---- */

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
		     int len, void *arg)
{
	struct link *l = arg;

	(void)listener;
	(void)from;
	(void)len;
	if (l->greeting || l->net) {
		close(fd);
		return;
	}
	tune(fd);
	greet(l, tls_accept(l->base, l->tls, fd));
}

static int start_listening(struct link *l, struct err *err)
{
	const unsigned int flags =
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;

	l->listener = evconnlistener_new_bind(l->base, accepted, l, flags, 16,
					      l->addresses->ai_addr, l->addresses->ai_addrlen);
	if (!l->listener)
		return err_sys(err, "cannot listen on %s", l->args->address);
	log_info("waiting for the publisher on %s", l->args->address);
	return 0;
}

/* ---- start-up ---- */

/* Names are looked up while the system's files can still be read. */
static int look_up(struct link *l, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	char host[256], port[8];
	int rc;

	if (l->args->dial == DIAL_LISTEN)
		hints.ai_flags = AI_PASSIVE;
	if (addr_split(l->args->address, host, port, err))
		return -1;
	rc = getaddrinfo(host, port, &hints, &l->addresses);
	if (rc)
		return err_set(err, "cannot look up %s: %s", l->args->address, gai_strerror(rc));
	l->next = l->addresses;
	return 0;
}

static int prepare(struct link *l, struct err *err)
{
	char file[STATE_PATH_MAX], ca[STATE_PATH_MAX];
	struct identity id;
	int rc = -1;

	if (identity_open(&id, l->args->state, err))
		return -1;
	l->tls = tls_context(identity_ca(&id, ca), identity_file(&id, file), file, err);
	if (l->tls)
		rc = look_up(l, err);
	identity_close(&id);
	return rc;
}

static int confine(const struct link_args *args, struct err *err)
{
	char empty[STATE_PATH_MAX];
	struct role_limits limits = {.user = getpwnam("webdefender") ? "webdefender" : "nobody",
				     .root = state_path(empty, args->state, "empty"),
				     .network = true};

	return role_confine(&limits, err);
}

static int run(struct link *l, struct err *err)
{
	l->hub = chan_new_fd(l->base, ROLE_FD, &hub_ops, l);
	l->again = evtimer_new(l->base, dial, l);
	l->patience = evtimer_new(l->base, out_of_patience, l);
	if (!l->hub || !l->again || !l->patience)
		return err_set(err, "out of memory");
	if (l->args->dial == DIAL_CONNECT)
		dial(-1, 0, l);
	event_base_dispatch(l->base);
	return 0;
}

int link_main(const struct link_args *args)
{
	struct link l = {.args = args, .delay_ms = DELAY_FIRST_MS};
	struct err err = {""};

	signal(SIGPIPE, SIG_IGN);
	l.base = event_base_new();
	if (prepare(&l, &err) || (args->dial == DIAL_LISTEN && start_listening(&l, &err)) ||
	    confine(args, &err) || run(&l, &err)) {
		log_err("%s", err.text);
		return 1;
	}
	return 0;
}
