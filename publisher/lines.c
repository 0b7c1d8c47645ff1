// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosts.h"
#include "lines.h"
#include "publish.h"
#include "role.h"
#include "session.h"

/* Silence that ends a connection: a host that beats is never silent for so long. */
#define SILENT_BEATS 4
#define SILENT_LEAST 30
#define BUNDLE_SECONDS 60

struct lines {
	struct role *role;
	struct map sessions; /* by connection number */
};

static struct chan *channel(struct engine *e)
{
	return e->lines ? role_chan(e->lines->role) : NULL;
}

struct session *lines_find(struct engine *e, uint32_t conn)
{
	return e->lines ? map_get(&e->lines->sessions, conn) : NULL;
}

static void tell(struct engine *e, uint16_t type, struct buf *b)
{
	struct chan *c = channel(e);

	if (c && chan_send_buf(c, type, b))
		log_err("the link role could not be told: out of memory");
	buf_free(b);
}

void lines_admit(struct engine *e, uint32_t conn, enum link_stage stage)
{
	int silence = e->conf.beat * SILENT_BEATS;
	struct buf b;

	if (silence < SILENT_LEAST)
		silence = SILENT_LEAST;
	buf_init(&b, 64);
	buf_put_u32(&b, conn);
	buf_put_u8(&b, stage);
	buf_put_u16(&b, stage == STAGE_BUNDLE ? BUNDLE_SECONDS : silence);
	tell(e, LINK_ADMIT, &b);
}

void lines_drop(struct engine *e, uint32_t conn, const char *reason)
{
	struct buf b;

	if (e->lines)
		map_del(&e->lines->sessions, conn);
	buf_init(&b, 2 * PROTO_TEXT_MAX);
	buf_put_u32(&b, conn);
	buf_put_str(&b, reason);
	tell(e, LINK_DROP, &b);
}

void lines_send(struct engine *e, uint32_t conn, uint16_t type, struct buf *b)
{
	struct buf envelope;

	buf_init(&envelope, CHAN_PAYLOAD_MAX);
	buf_put_u32(&envelope, conn);
	buf_put_u16(&envelope, type);
	buf_put(&envelope, b->data, b->len);
	tell(e, LINK_SEND, &envelope);
	buf_reset(b);
}

void lines_dial(struct engine *e)
{
	struct host *h;
	uint16_t n = 0;
	struct buf b;

	TAILQ_FOREACH (h, &e->hosts, entry)
		n += *h->connect != 0;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_u16(&b, n);
	TAILQ_FOREACH (h, &e->hosts, entry) {
		if (!*h->connect)
			continue;
		buf_put_str(&b, h->name);
		buf_put_str(&b, h->connect);
	}
	tell(e, LINK_DIALS, &b);
}

static void on_opened(struct engine *e, struct rd *r)
{
	uint32_t conn = rd_u32(r);
	char host[HOST_NAME_MAX_WD], address[LINK_ADDRESS_MAX];
	struct hash fingerprint;
	struct session *s;

	rd_str(r, host, sizeof(host));
	rd_copy(r, fingerprint.b, HASH_LEN);
	rd_str(r, address, sizeof(address));
	if (!rd_end(r))
		return;
	s = session_opened(e, conn, host, &fingerprint, address);
	if (s && map_put(&e->lines->sessions, conn, s))
		session_drop(s, "the publisher is out of memory");
}

static void on_got(struct engine *e, struct rd *r)
{
	struct session *s = map_get(&e->lines->sessions, rd_u32(r));
	uint16_t type = rd_u16(r);

	if (!r->failed && s)
		session_got(s, type, r->p, r->left);
}

static void on_conn_closed(struct engine *e, struct rd *r)
{
	struct session *s = map_del(&e->lines->sessions, rd_u32(r));
	char reason[PROTO_TEXT_MAX];

	rd_str(r, reason, sizeof(reason));
	if (s)
		session_closed(s, r->failed ? "closed" : reason);
}

/* The depot has lost what a release names: reading the backups again brings it back. */
static void on_missing(struct engine *e, struct rd *r)
{
	char hex[HASH_HEX];
	struct hash h;
	struct site *s;

	rd_copy(r, h.b, HASH_LEN);
	if (!rd_end(r))
		return;
	log_warn("a host asked for object %s, which is not in the depot; looking through the"
		 " backups again",
		 hash_hex(&h, hex));
	TAILQ_FOREACH (s, &e->sites, entry)
		publish_changed(s);
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct engine *e = arg;
	struct rd r = rd_over(p, n);

	switch (type) {
	case LINK_OPENED:
		on_opened(e, &r);
		break;
	case LINK_GOT:
		on_got(e, &r);
		break;
	case LINK_CLOSED:
		on_conn_closed(e, &r);
		break;
	case LINK_MISSING:
		on_missing(e, &r);
		break;
	default:
		log_err("the link role sent a message of unknown type 0x%04x", type);
	}
}

static void on_up(void *arg, struct chan *c)
{
	(void)c;
	lines_dial(arg);
}

static void close_sessions(struct engine *e, const char *why)
{
	struct session *s;

	for (size_t i = 0; (s = map_next(&e->lines->sessions, &i));)
		session_closed(s, why);
	map_free(&e->lines->sessions);
}

static void on_down(void *arg, const char *why)
{
	log_warn("the link role is down (%s); it is started again, hosts will reconnect", why);
	close_sessions(arg, "the link role went down");
}

int lines_start(struct engine *e, struct err *err)
{
	static const struct role_ops ops = {.up = on_up, .message = on_message, .down = on_down};
	char most[16];
	char options[3][20] = {"--state", "--listen", "--max-connections"};
	char *argv[] = {options[0], (char *)e->state, options[1], e->conf.listen, options[2], most,
			NULL};

	snprintf(most, sizeof(most), "%d", e->conf.max_connections);
	e->lines = calloc(1, sizeof(*e->lines));
	if (!e->lines)
		return err_set(err, "out of memory");
	e->lines->role = role_start(e->base, "link", argv, &ops, e);
	/* The first `up` came before there was a role to send through. */
	lines_dial(e);
	return 0;
}

void lines_stop(struct engine *e)
{
	if (!e->lines)
		return;
	close_sessions(e, "the publisher is being stopped");
	role_stop(e->lines->role);
	free(e->lines);
	e->lines = NULL;
}

pid_t lines_pid(const struct engine *e)
{
	return role_pid(e->lines->role);
}
