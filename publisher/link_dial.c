// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fsx.h"
#include "link.h"
#include "tls.h"

#define DELAY_LEAST_MS 1000
#define DELAY_MOST_MS 30000
#define CONNECT_SECONDS 10

enum dial_state { DIAL_WAITING, DIAL_RESOLVING, DIAL_CONNECTING, DIAL_CONNECTED };

struct dial {
	struct link *link;
	char host[HOST_NAME_MAX_WD], addr[LINK_ADDRESS_MAX];
	enum dial_state state;
	bool listed; /* in the engine's present list */
	int delay_ms;
	unsigned attempts; /* the next one takes the next address of the name */
	int fd;
	struct event *again, *writable;
	TAILQ_ENTRY(dial) entry;
};

static void dial_now(struct dial *d);

const char *dial_host(const struct dial *d)
{
	return d->host;
}

static void dial_free(struct dial *d)
{
	TAILQ_REMOVE(&d->link->dials, d, entry);
	if (d->writable)
		event_free(d->writable);
	if (d->fd >= 0)
		close(d->fd);
	event_free(d->again);
	free(d);
}

static void call_in(struct dial *d, int ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	evtimer_add(d->again, &tv);
}

/* Jitter, so that a restarted publisher does not call a whole fleet in one instant. */
static void wait_again(struct dial *d)
{
	uint32_t random = 0;
	int ms;

	d->state = DIAL_WAITING;
	if (!d->listed) {
		dial_free(d);
		return;
	}
	fsx_random(&random, sizeof(random));
	ms = d->delay_ms / 2 + random % (d->delay_ms / 2 + 1);
	d->delay_ms = d->delay_ms * 2 > DELAY_MOST_MS ? DELAY_MOST_MS : d->delay_ms * 2;
	call_in(d, ms);
}

void dial_ended(struct dial *d, bool worked)
{
	if (worked)
		d->delay_ms = DELAY_LEAST_MS;
	wait_again(d);
}

static void failed(struct dial *d, const char *why)
{
	log_info("cannot reach host %s at %s: %s", d->host, d->addr, why);
	wait_again(d);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;
	int problem = 0;
	socklen_t len = sizeof(problem);

	event_free(d->writable);
	d->writable = NULL;
	d->fd = -1;
	if (what & EV_TIMEOUT)
		problem = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &len))
		problem = errno;
	if (problem) {
		close(fd);
		failed(d, strerror(problem));
		return;
	}
	d->state = DIAL_CONNECTED;
	conn_start(d->link, fd, d->addr, d);
}

static void connect_to(struct dial *d, const struct evutil_addrinfo *ai)
{
	const struct timeval limit = {CONNECT_SECONDS, 0};

	d->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd >= 0 && (!connect(d->fd, ai->ai_addr, ai->ai_addrlen) || errno == EINPROGRESS)) {
		d->state = DIAL_CONNECTING;
		d->writable = event_new(d->link->base, d->fd, EV_WRITE, on_writable, d);
		if (d->writable && !event_add(d->writable, &limit))
			return;
	}
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	failed(d, strerror(errno));
}

static void on_resolved(int result, struct evutil_addrinfo *list, void *arg)
{
	struct dial *d = arg;
	struct evutil_addrinfo *ai = list;
	unsigned n = 0;

	if (result == EVUTIL_EAI_CANCEL)
		return; /* the link is ending, d is gone */
	if (result || !list) {
		failed(d, evutil_gai_strerror(result));
		return;
	}
	for (ai = list; ai; ai = ai->ai_next)
		n++;
	ai = list;
	for (unsigned i = d->attempts++ % n; i; i--)
		ai = ai->ai_next;
	connect_to(d, ai);
	evutil_freeaddrinfo(list);
}

static void dial_now(struct dial *d)
{
	const struct evutil_addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
	char host[256], port[8];
	struct err err;

	if (addr_split(d->addr, host, port, &err)) {
		failed(d, err.text);
		return;
	}
	d->state = DIAL_RESOLVING;
	evdns_getaddrinfo(d->link->dns, host, port, &hints, on_resolved, d);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dial_now(arg);
}

static struct dial *find(struct link *l, const char *host, const char *addr)
{
	struct dial *d;

	TAILQ_FOREACH (d, &l->dials, entry)
		if (!strcmp(d->host, host) && !strcmp(d->addr, addr))
			return d;
	return NULL;
}

static void add(struct link *l, const char *host, const char *addr)
{
	struct dial *d = find(l, host, addr);

	if (d) {
		d->listed = true;
		return;
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		return;
	d->link = l;
	d->fd = -1;
	d->listed = true;
	d->delay_ms = DELAY_LEAST_MS;
	snprintf(d->host, sizeof(d->host), "%s", host);
	snprintf(d->addr, sizeof(d->addr), "%s", addr);
	d->again = evtimer_new(l->base, on_again, d);
	if (!d->again) {
		free(d);
		return;
	}
	TAILQ_INSERT_TAIL(&l->dials, d, entry);
	call_in(d, 0);
}

void dial_set(struct link *l, const void *p, size_t n)
{
	struct rd r = rd_over(p, n);
	uint16_t count = rd_u16(&r);
	struct dial *d, *next;

	TAILQ_FOREACH (d, &l->dials, entry)
		d->listed = false;
	while (count-- && !r.failed) {
		char host[HOST_NAME_MAX_WD], addr[LINK_ADDRESS_MAX];

		rd_str(&r, host, sizeof(host));
		rd_str(&r, addr, sizeof(addr));
		if (!r.failed)
			add(l, host, addr);
	}
	/* Those under way end by themselves: the engine drops what it no longer wants. */
	for (d = TAILQ_FIRST(&l->dials); d; d = next) {
		next = TAILQ_NEXT(d, entry);
		if (!d->listed && d->state == DIAL_WAITING)
			dial_free(d);
	}
}

void dial_free_all(struct link *l)
{
	struct dial *d;
	struct conn *c;

	for (size_t i = 0; (c = map_next(&l->conns, &i)); i = 0)
		conn_free(c);
	while ((d = TAILQ_FIRST(&l->dials)))
		dial_free(d);
}
