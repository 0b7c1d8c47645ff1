// SPDX-License-Identifier: Apache-2.0
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "console/answer.h"
#include "console/stream.h"
#include "fsx.h"

#define EVENTS_A_BLOCK 512
#define BLOCK_BYTES (256u << 10)

/* Some events' text, and where each begins. Shared by the ring and by all who still send it. */
struct block {
	unsigned refs;
	uint64_t first; /* number of the first event in it */
	unsigned n;
	uint32_t at[EVENTS_A_BLOCK];
	size_t len;
	char *text;
	TAILQ_ENTRY(block) entry;
};

struct stream {
	struct streams *all;
	struct evhttp_request *req;
	int quiet; /* s since something was sent */
	bool ending;
	TAILQ_ENTRY(stream) entry;
};

struct streams {
	TAILQ_HEAD(stream_list, stream) list;
	unsigned n;
	TAILQ_HEAD(block_list, block) ring;
	size_t ring_bytes;
	struct block *open; /* being gathered; not in the ring yet */
	uint64_t last;	    /* number of the last event */
	uint32_t nonce;	    /* of this process: numbers of another mean nothing */
	struct event *flush;
	bool armed;
};

static void block_unref(const void *data, size_t n, void *arg)
{
	struct block *b = arg;

	(void)data;
	(void)n;
	if (--b->refs)
		return;
	free(b->text);
	free(b);
}

static void send_block(struct stream *s, struct block *b, size_t from)
{
	struct evbuffer *piece = evbuffer_new();

	b->refs++;
	if (piece && !evbuffer_add_reference(piece, b->text + from, b->len - from, block_unref, b))
		evhttp_send_reply_chunk(s->req, piece);
	else
		block_unref(NULL, 0, b);
	if (piece)
		evbuffer_free(piece);
	s->quiet = 0;
}

static void send_words(struct stream *s, const char *words)
{
	struct evbuffer *piece = evbuffer_new();

	if (piece) {
		evbuffer_add(piece, words, strlen(words));
		evhttp_send_reply_chunk(s->req, piece);
		evbuffer_free(piece);
	}
	s->quiet = 0;
}

static size_t waiting(const struct stream *s)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(s->req);

	return evbuffer_get_length(
		bufferevent_get_output(evhttp_connection_get_bufferevent(evcon)));
}

/* Its connection is broken; what follows cleans up. */
static void drop(struct stream *s)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(s->req);

	s->ending = true;
	shutdown(bufferevent_getfd(evhttp_connection_get_bufferevent(evcon)), SHUT_RDWR);
}

static void into_ring(struct streams *s, struct block *b)
{
	struct block *old;

	TAILQ_INSERT_TAIL(&s->ring, b, entry);
	s->ring_bytes += b->len;
	while (s->ring_bytes > STREAM_RING_BYTES && (old = TAILQ_FIRST(&s->ring)) != b) {
		TAILQ_REMOVE(&s->ring, old, entry);
		s->ring_bytes -= old->len;
		block_unref(NULL, 0, old);
	}
}

static void flush(struct streams *s)
{
	struct block *b = s->open;
	struct stream *t;

	s->open = NULL;
	if (!b)
		return;
	TAILQ_FOREACH (t, &s->list, entry) {
		if (t->ending)
			continue;
		if (waiting(t) > STREAM_BEHIND_MAX)
			drop(t);
		else
			send_block(t, b, 0);
	}
	into_ring(s, b);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	struct streams *s = arg;

	(void)fd;
	(void)what;
	s->armed = false;
	flush(s);
}

struct streams *streams_new(struct event_base *base)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (!s || fsx_random(&s->nonce, sizeof(s->nonce)) ||
	    !(s->flush = evtimer_new(base, on_flush, s))) {
		free(s);
		return NULL;
	}
	TAILQ_INIT(&s->list);
	TAILQ_INIT(&s->ring);
	return s;
}

void streams_free(struct streams *s)
{
	struct block *b;

	if (!s)
		return;
	while ((b = TAILQ_FIRST(&s->ring))) {
		TAILQ_REMOVE(&s->ring, b, entry);
		block_unref(NULL, 0, b);
	}
	if (s->open)
		block_unref(NULL, 0, s->open);
	event_free(s->flush);
	free(s);
}

void streams_tick(struct streams *s)
{
	struct stream *t;

	TAILQ_FOREACH (t, &s->list, entry)
		if (!t->ending && ++t->quiet >= STREAM_QUIET_S)
			send_words(t, ":\n\n");
}

static struct block *room_for(struct streams *s, size_t n)
{
	struct block *b = s->open;

	if (b && (b->n == EVENTS_A_BLOCK || b->len + n > BLOCK_BYTES))
		flush(s);
	if (s->open)
		return s->open;
	b = calloc(1, sizeof(*b));
	/* One that is longer than a block has a block to itself. */
	if (!b || !(b->text = malloc(n > BLOCK_BYTES ? n : BLOCK_BYTES))) {
		free(b);
		return NULL;
	}
	b->refs = 1;
	b->first = s->last + 1;
	return s->open = b;
}

void streams_feed(struct streams *s, const char *name, const char *text, size_t n)
{
	const struct timeval delay = {0, STREAM_GATHER_MS * 1000};
	size_t room = n + 128;
	struct block *b;

	if (strlen(name) > 32 || memchr(text, '\n', n) || !(b = room_for(s, room)))
		return;
	b->at[b->n++] = b->len;
	b->len += snprintf(b->text + b->len, room,
			   "id: %08x-%" PRIu64 "\nevent: %s\ndata: ", s->nonce, ++s->last, name);
	memcpy(b->text + b->len, text, n);
	memcpy(b->text + b->len + n, "\n\n", 2);
	b->len += n + 2;
	if (!s->armed)
		evtimer_add(s->flush, &delay);
	s->armed = true;
}

/* What came after the number `last`. False: some of it is gone. */
static bool replay(struct stream *t, uint64_t last)
{
	struct streams *s = t->all;
	struct block *b = TAILQ_FIRST(&s->ring);

	if (last > s->last || (b ? last + 1 < b->first : last < s->last))
		return false;
	for (; b; b = TAILQ_NEXT(b, entry))
		if (last < b->first)
			send_block(t, b, 0);
		else if (last + 1 - b->first < b->n)
			send_block(t, b, b->at[last + 1 - b->first]);
	return true;
}

/* Where a browser that comes back was. False: nowhere that we know. */
static bool position(const struct streams *s, const char *id, uint64_t *last)
{
	char *end;
	unsigned long nonce = strtoul(id, &end, 16);

	if (end != id + 8 || *end != '-' || nonce != s->nonce)
		return false;
	*last = strtoull(end + 1, &end, 10);
	return !*end;
}

struct stream *stream_begin(struct streams *s, struct evhttp_request *req)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(req);
	const char *id = evhttp_find_header(evhttp_request_get_input_headers(req), "Last-Event-ID");
	const struct timeval patience = {60, 0};
	struct stream *t = s->n < STREAMS_MAX ? calloc(1, sizeof(*t)) : NULL;
	uint64_t last;

	if (!t)
		return NULL;
	t->all = s;
	t->req = req;
	flush(s); /* so that all that happened is in the ring */
	answer_headers(req, "text/event-stream", true);
	evhttp_send_reply_start(req, 200, NULL);
	/* It says nothing, as it should; but what we say must go through. */
	bufferevent_set_timeouts(evhttp_connection_get_bufferevent(evcon), NULL, &patience);
	send_words(t, "retry: 2000\n\n");
	if (id && (!position(s, id, &last) || !replay(t, last)))
		send_words(t, "event: reset\ndata: {}\n\n");
	TAILQ_INSERT_TAIL(&s->list, t, entry);
	s->n++;
	return t;
}

/* The session is over: the page must not come back by itself. */
void stream_say_end(struct stream *s)
{
	send_words(s, "event: end\ndata: {}\n\n");
}

void stream_end(struct stream *s)
{
	TAILQ_REMOVE(&s->all->list, s, entry);
	s->all->n--;
	free(s);
}
