// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "link.h"

/* What one host may have asked for and not received: far above what an agent needs. */
#define WANTS_MAX 16384
/* Encoded bytes waiting in a connection; the network stays busy, memory small. */
#define SERVE_HIGH (2u * CHAN_LOW)

#define MISSING_PAUSE_S 10

struct want {
	uint32_t request;
	struct hash hash;
	uint64_t offset;
};

struct server {
	struct link *link;
	struct want *wants; /* a ring of WANTS_MAX, allocated with the first GET */
	size_t first, n;
	int fd; /* of the first want, -1: not opened yet */
	uint64_t size;
	struct buf out;
	uint8_t *piece;
};

struct server *server_new(struct link *l)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->link = l;
	s->fd = -1;
	buf_init(&s->out, CHAN_PAYLOAD_MAX);
	return s;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	buf_free(&s->out);
	free(s->piece);
	free(s->wants);
	free(s);
}

int server_get(struct server *s, const void *p, size_t n, struct err *err)
{
	struct rd r = rd_over(p, n);
	struct msg_get *m = malloc(sizeof(*m));
	int result = 0;

	if (m)
		msg_get_get(&r, m);
	if (m && !s->wants) {
		s->wants = calloc(WANTS_MAX, sizeof(*s->wants));
		s->piece = malloc(PROTO_PIECE_MAX);
	}
	if (!m || !s->wants || !s->piece)
		result = err_set(err, "out of memory");
	else if (!rd_end(&r))
		result = err_set(err, "a malformed GET");
	else if (s->n + m->n > WANTS_MAX)
		result = err_set(err, "more than %d objects asked for at once", WANTS_MAX);
	for (uint16_t i = 0; !result && i < m->n; i++)
		s->wants[(s->first + s->n++) % WANTS_MAX] = (struct want){
			.request = m->request,
			.hash = m->items[i].hash,
			.offset = m->items[i].offset,
		};
	free(m);
	return result;
}

static void next(struct server *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->first = (s->first + 1) % WANTS_MAX;
	s->n--;
}

/* Once in a while is enough: one look through the backups brings back all of them. */
static void tell_missing(struct server *s, const struct hash *h)
{
	time_t now = time(NULL);
	struct buf b;

	if (now - s->link->missing_told < MISSING_PAUSE_S)
		return;
	s->link->missing_told = now;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put(&b, h->b, HASH_LEN);
	link_tell(s->link, LINK_MISSING, &b);
}

static void send_missing(struct server *s, struct chan *c, const struct want *w, const char *why)
{
	struct msg_object_missing m = {.request = w->request, .hash = w->hash};

	snprintf(m.why, sizeof(m.why), "%s", why);
	msg_object_missing_put(&s->out, &m);
	chan_send_buf(c, MSG_OBJECT_MISSING, &s->out);
	next(s);
}

/* False: it is not to be had, which was said. */
static bool open_first(struct server *s, struct chan *c, const struct want *w)
{
	if (s->fd >= 0)
		return true;
	s->fd = depot_open_encoded(s->link->depot, &w->hash, &s->size);
	if (s->fd < 0) {
		tell_missing(s, &w->hash);
		send_missing(s, c, w, "the publisher does not have it (any more)");
		return false;
	}
	if (w->offset > s->size) {
		send_missing(s, c, w, "the offset lies beyond its end: drop what you have of it");
		return false;
	}
	return true;
}

static void send_piece(struct server *s, struct chan *c)
{
	struct want *w = &s->wants[s->first];
	struct msg_object m = {.request = w->request, .hash = w->hash};
	ssize_t n;

	if (!open_first(s, c, w))
		return;
	n = pread(s->fd, s->piece, PROTO_PIECE_MAX, w->offset);
	if (n < 0 || (n == 0 && w->offset < s->size)) {
		send_missing(s, c, w, "the publisher cannot read it");
		return;
	}
	m.encoded_size = s->size;
	m.offset = w->offset;
	m.piece = s->piece;
	m.n = n;
	msg_object_put(&s->out, &m);
	chan_send_buf(c, MSG_OBJECT, &s->out);
	w->offset += n;
	if (w->offset >= s->size)
		next(s);
}

void server_run(struct server *s, struct chan *c)
{
	while (s->n && chan_queued(c) < SERVE_HIGH)
		send_piece(s, c);
}
