// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <event2/bufferevent_ssl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console/conns.h"
#include "console/linger.h"
#include "fsx.h"

#define SECOND 1000000000ll

struct conn {
	struct conns *conns;
	struct event_base *base;
	struct bufferevent *bev;
	int refused;	  /* -1, or a second descriptor of a connection that is about to end */
	int64_t since;	  /* monotonic ns: made, or the last answer */
	bool busy, known; /* being answered; showed a login */
	bool used;	  /* has had an answer */
	bool dying;
	TAILQ_ENTRY(conn) entry;
};

struct conns {
	TAILQ_HEAD(conn_list, conn) all; /* oldest first */
	unsigned n;
};

static int ex_index = -1;

/* The one place that learns of every connection's end, whoever ends it. */
static void on_ssl_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	struct conn *c = ptr;

	(void)parent;
	(void)ad;
	(void)idx;
	(void)argl;
	(void)argp;
	if (!c)
		return;
	TAILQ_REMOVE(&c->conns->all, c, entry);
	if (!c->dying)
		c->conns->n--;
	if (c->refused >= 0)
		linger(c->base, c->refused);
	free(c);
}

struct conns *conns_new(void)
{
	struct conns *c = calloc(1, sizeof(*c));

	if (ex_index < 0)
		ex_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_free);
	if (c)
		TAILQ_INIT(&c->all);
	return c;
}

void conns_free(struct conns *c)
{
	free(c);
}

/* Ending the TCP connection makes evhttp find out by itself, and clean up. */
static void end(struct conn *c)
{
	if (c->dying)
		return;
	c->dying = true;
	c->conns->n--;
	shutdown(bufferevent_getfd(c->bev), SHUT_RDWR);
}

/* The peer's address as bytes: v4, or the /64 of v6. */
static void address_of(const struct conn *c, uint8_t to[8])
{
	struct sockaddr_storage ss = {0};
	socklen_t n = sizeof(ss);

	memset(to, 0, 8);
	if (getpeername(bufferevent_getfd(c->bev), (struct sockaddr *)&ss, &n))
		return;
	if (ss.ss_family == AF_INET)
		memcpy(to, &((struct sockaddr_in *)&ss)->sin_addr, 4);
	else if (ss.ss_family == AF_INET6)
		memcpy(to, &((struct sockaddr_in6 *)&ss)->sin6_addr, 8);
}

/* Who goes for a newcomer. */
static struct conn *victim(struct conns *all)
{
	uint8_t addresses[CONNS_MAX + 1][8];
	struct conn *candidates[CONNS_MAX + 1], *c, *best = NULL;
	unsigned n = 0, most = 0;

	TAILQ_FOREACH (c, &all->all, entry) {
		if (c->known || c->dying || c->busy || n > CONNS_MAX)
			continue;
		address_of(c, addresses[n]);
		candidates[n++] = c;
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned same = 0;

		for (unsigned k = i; k < n; k++)
			same += !memcmp(addresses[i], addresses[k], 8);
		if (same > most) { /* the first found of an address is its oldest */
			most = same;
			best = candidates[i];
		}
	}
	return best;
}

struct bufferevent *conns_accept(struct event_base *base, void *arg)
{
	struct console *console = arg;
	struct conns *all = console->conns;
	struct conn *c = calloc(1, sizeof(*c)), *old;
	SSL *ssl = SSL_new(console->tls);

	if (!c || !ssl)
		goto fail;
	if (all->n >= CONNS_MAX && (old = victim(all)))
		end(old);
	c->conns = all;
	c->base = base;
	c->refused = -1;
	c->since = fsx_mono_ns();
	c->bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
						BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!c->bev)
		goto fail;
	bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	SSL_set_ex_data(ssl, ex_index, c);
	TAILQ_INSERT_TAIL(&all->all, c, entry);
	all->n++;
	return c->bev;
fail:
	SSL_free(ssl);
	free(c);
	return NULL;
}

void conns_tick(struct conns *all)
{
	int64_t now = fsx_mono_ns();
	struct conn *c;

	TAILQ_FOREACH (c, &all->all, entry)
		if (!c->busy && now - c->since > (c->used ? CONN_IDLE_S : CONN_FIRST_S) * SECOND)
			end(c);
}

static struct conn *conn_of(struct evhttp_connection *evcon)
{
	struct bufferevent *bev = evcon ? evhttp_connection_get_bufferevent(evcon) : NULL;
	SSL *ssl = bev ? bufferevent_openssl_get_ssl(bev) : NULL;

	return ssl ? SSL_get_ex_data(ssl, ex_index) : NULL;
}

void conns_busy(struct evhttp_connection *evcon)
{
	struct conn *c = conn_of(evcon);

	if (c)
		c->busy = true;
}

void conns_idle(struct evhttp_connection *evcon)
{
	struct conn *c = conn_of(evcon);

	if (!c)
		return;
	c->busy = false;
	c->used = true;
	c->since = fsx_mono_ns();
}

void conns_known(struct evhttp_connection *evcon)
{
	struct conn *c = conn_of(evcon);

	if (c)
		c->known = true;
}

void conns_refused(struct evhttp_connection *evcon)
{
	struct conn *c = conn_of(evcon);

	if (c && c->refused < 0)
		c->refused = fcntl(bufferevent_getfd(c->bev), F_DUPFD_CLOEXEC, 0);
}
