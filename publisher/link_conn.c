// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link.h"
#include "tls.h"

/* From the first byte to the engine's word, and from there to HELLO. */
#define PROOF_SECONDS 10

struct conn {
	struct link *link;
	uint32_t id;
	char from[LINK_ADDRESS_MAX];
	char host[HOST_NAME_MAX_WD]; /* "" until proven */
	struct dial *dial;
	struct bufferevent *handshake; /* until the TLS handshake is done; then chan has it */
	struct chan *chan;
	struct event *limit; /* PROOF_SECONDS */
	enum link_stage stage;
	bool paused;
	bool worked; /* was admitted: a dial need not back off */
	struct server *server;
};

/* Everything but the wire itself, which the caller has dealt with. */
static void forget(struct conn *c)
{
	map_del(&c->link->conns, c->id);
	event_free(c->limit);
	server_free(c->server);
	if (c->dial)
		dial_ended(c->dial, c->worked);
	free(c);
}

void conn_free(struct conn *c)
{
	if (c->handshake)
		bufferevent_free(c->handshake);
	chan_close(c->chan);
	forget(c);
}

static void tell_closed(struct conn *c, const char *reason)
{
	struct buf b;

	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_u32(&b, c->id);
	buf_put_str(&b, reason);
	link_tell(c->link, LINK_CLOSED, &b);
}

static void send_bye(struct conn *c, const char *reason)
{
	struct buf b;

	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_str(&b, reason);
	chan_send_buf(c->chan, MSG_BYE, &b);
	buf_free(&b);
}

/* The peer did what it may not: say so to both sides, and end. */
static void offend(struct conn *c, const char *reason)
{
	link_complain(c->link, "%s at %s: %s", *c->host ? c->host : "a stranger", c->from, reason);
	send_bye(c, reason);
	tell_closed(c, reason);
	chan_close_after_flush(c->chan);
	forget(c);
}

void conn_drop(struct conn *c, const char *reason)
{
	send_bye(c, reason);
	chan_close_after_flush(c->chan);
	forget(c);
}

static void tell_got(struct conn *c, uint16_t type, const void *p, size_t n)
{
	struct buf b;

	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_u32(&b, c->id);
	buf_put_u16(&b, type);
	buf_put(&b, p, n);
	link_tell(c->link, LINK_GOT, &b);
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct conn *c = arg;
	char text[128];
	struct err err;

	if (!link_may_receive(type, c->stage)) {
		snprintf(text, sizeof(text), "message %s (0x%04x) is not allowed at this point",
			 msg_name(type), type);
		offend(c, text);
		return;
	}
	if (type == MSG_GET) {
		if (server_get(c->server, p, n, &err))
			offend(c, err.text);
		else
			server_run(c->server, c->chan);
		return;
	}
	if (n + ENVELOPE_HEADER > CHAN_PAYLOAD_MAX) {
		offend(c, "message too large");
		return;
	}
	if (type == MSG_HELLO)
		evtimer_del(c->limit);
	if (type == MSG_HELLO && c->stage == STAGE_HELLO)
		c->stage = STAGE_OPEN;
	tell_got(c, type, p, n);
}

static void on_closed(void *arg, const char *reason)
{
	struct conn *c = arg;

	tell_closed(c, reason);
	forget(c); /* the channel frees itself */
}

static void on_drained(void *arg)
{
	struct conn *c = arg;

	if (c->server)
		server_run(c->server, c->chan);
}

static void update_pause(struct conn *c)
{
	chan_pause(c->chan, c->stage == STAGE_WAITING || c->paused);
}

void conn_pause(struct conn *c, bool paused)
{
	c->paused = paused;
	if (c->chan)
		update_pause(c);
}

void conn_admit(struct conn *c, enum link_stage stage, int silence)
{
	if (c->stage != STAGE_WAITING || !c->chan)
		return;
	c->stage = stage;
	c->worked = true;
	chan_set_timeout(c->chan, silence);
	update_pause(c);
}

void conn_send(struct conn *c, uint16_t type, const void *p, size_t n)
{
	if (link_may_send(type, c->stage))
		chan_send(c->chan, type, p, n);
	else
		log_err("the engine wanted to send %s to %s at the wrong time", msg_name(type),
			c->host);
}

static void tell_opened(struct conn *c, const struct hash *fingerprint)
{
	struct buf b;

	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_u32(&b, c->id);
	buf_put_str(&b, c->host);
	buf_put(&b, fingerprint->b, HASH_LEN);
	buf_put_str(&b, c->from);
	link_tell(c->link, LINK_OPENED, &b);
}

/* Who is it? -1 and err if it is nobody we know how to name, or not whom we called. */
static int identify(struct conn *c, struct hash *fingerprint, struct err *err)
{
	size_t prefix = strlen(TLS_URI_HOST);
	char uri[TLS_PEER_MAX];

	if (tls_peer(c->handshake, uri, fingerprint, err))
		return -1;
	if (strncmp(uri, TLS_URI_HOST, prefix) || !host_name_ok(uri + prefix))
		return err_set(err, "its certificate is for \"%s\", which is not a host", uri);
	if (c->dial && strcmp(uri + prefix, dial_host(c->dial)))
		return err_set(err, "host \"%s\" answered where \"%s\" was called; check --connect",
			       uri + prefix, dial_host(c->dial));
	snprintf(c->host, sizeof(c->host), "%.*s", HOST_NAME_MAX_WD - 1, uri + prefix);
	return 0;
}

static void on_proven(struct conn *c)
{
	static const struct chan_ops ops = {on_message, on_closed, on_drained};
	struct bufferevent *bev = c->handshake;
	struct hash fingerprint;
	struct err err;

	if (identify(c, &fingerprint, &err)) {
		link_complain(c->link, "%s: %s", c->from, err.text);
		conn_free(c);
		return;
	}
	c->handshake = NULL;
	c->chan = chan_new(bev, &ops, c);
	c->server = server_new(c->link);
	if (!c->chan || !c->server) {
		conn_free(c);
		return;
	}
	update_pause(c);
	tell_opened(c, &fingerprint);
}

static void on_handshake(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;
	char reason[256];

	if (what & BEV_EVENT_CONNECTED) {
		on_proven(c);
		return;
	}
	tls_reason(bev, what, reason, sizeof(reason));
	link_complain(c->link, "%s: no connection: %s", c->from, reason);
	conn_free(c);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->chan) {
		offend(c, "no HELLO within 10 seconds");
		return;
	}
	link_complain(c->link, "%s: no TLS handshake within %d s", c->from, PROOF_SECONDS);
	conn_free(c);
}

static struct conn *conn_new(struct link *l, const char *from, struct dial *dial)
{
	const struct timeval limit = {PROOF_SECONDS, 0};
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->link = l;
	c->dial = dial;
	c->stage = STAGE_WAITING;
	c->paused = l->paused;
	snprintf(c->from, sizeof(c->from), "%s", from);
	do /* 0 is never used; ids come round after four billion connections */
		c->id = ++l->last_id;
	while (!c->id || map_get(&l->conns, c->id));
	c->limit = evtimer_new(l->base, on_limit, c);
	if (!c->limit || evtimer_add(c->limit, &limit) || map_put(&l->conns, c->id, c)) {
		if (c->limit)
			event_free(c->limit);
		free(c);
		return NULL;
	}
	return c;
}

void conn_start(struct link *l, int fd, const char *from, struct dial *dial)
{
	struct conn *c = NULL;

	if (l->conns.n >= (size_t)l->opt->max_connections)
		link_complain(l, "%s: refused, %d connections are open already (max-connections)",
			      from, l->opt->max_connections);
	else
		c = conn_new(l, from, dial);
	if (!c) {
		close(fd);
		if (dial)
			dial_ended(dial, false);
		return;
	}
	c->handshake = dial ? tls_connect(l->base, l->tls, fd) : tls_accept(l->base, l->tls, fd);
	if (!c->handshake) {
		conn_free(c);
		return;
	}
	bufferevent_setcb(c->handshake, NULL, NULL, on_handshake, c);
}
