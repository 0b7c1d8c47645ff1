// SPDX-License-Identifier: Apache-2.0
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "console/reply.h"
#include "console/stream.h"
#include "fsx.h"

#define EVENTS_A_BLOCK 512
#define BLOCK_BYTES (256u << 10)
#define FRAME_TAIL 2 /* of a chunk, RFC 9112, 7.1 */

/*
 * Some events' text, and where each begins. Shared by the ring and by all who still send it, as
 * the HTTP chunk that it is: one piece of memory, so one call of SSL_write() for each of them.
 */
struct block {
	unsigned refs;
	uint64_t first; /* number of the first event in it */
	unsigned n;
	uint32_t *at;  /* in text */
	size_t len;    /* of text */
	char *text;    /* within frame */
	char *frame;   /* length, text, end */
	size_t framed; /* bytes of it */
	TAILQ_ENTRY(block) entry;
};

/* What happened since the last flush; becomes a block of just the right size. */
struct gathered {
	unsigned n;
	uint32_t at[EVENTS_A_BLOCK];
	size_t len, room;
	char *text;
};

struct stream {
	struct streams *all;
	struct evhttp_request *req;
	int quiet;    /* s since something was sent */
	bool chunked; /* HTTP/1.1, and not HEAD */
	bool ending;
	TAILQ_ENTRY(stream) entry;
};

struct streams {
	TAILQ_HEAD(stream_list, stream) list;
	unsigned n;
	TAILQ_HEAD(block_list, block) ring;
	size_t ring_bytes;
	struct gathered now; /* not in the ring yet */
	uint64_t last;	     /* number of the last event */
	uint32_t nonce;	     /* of this process: numbers of another mean nothing */
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
	free(b);
}

static struct evbuffer *output_of(const struct stream *s)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(s->req);

	return bufferevent_get_output(evhttp_connection_get_bufferevent(evcon));
}

/* A whole block, to one of very many: behind what evhttp has written, in evhttp's own framing. */
static void send_whole(struct stream *s, struct block *b)
{
	b->refs++;
	if (evbuffer_add_reference(output_of(s), b->frame, b->framed, block_unref, b))
		block_unref(NULL, 0, b);
	s->quiet = 0;
}

static void send_from(struct stream *s, struct block *b, size_t from)
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

static void send_block(struct stream *s, struct block *b, size_t from)
{
	if (from || !s->chunked)
		send_from(s, b, from);
	else
		send_whole(s, b);
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

static void empty_ring(struct streams *s)
{
	struct block *b;

	while ((b = TAILQ_FIRST(&s->ring))) {
		TAILQ_REMOVE(&s->ring, b, entry);
		block_unref(NULL, 0, b);
	}
	s->ring_bytes = 0;
}

/* NULL: out of memory. */
static struct block *block_of(struct streams *s)
{
	const struct gathered *g = &s->now;
	char length[24];
	size_t at_bytes = g->n * sizeof(*g->at);
	int head = snprintf(length, sizeof(length), "%zx\r\n", g->len);
	struct block *b = malloc(sizeof(*b) + at_bytes + head + g->len + FRAME_TAIL);

	if (!b)
		return NULL;
	*b = (struct block){.refs = 1,
			    .first = s->last + 1 - g->n,
			    .n = g->n,
			    .len = g->len,
			    .framed = head + g->len + FRAME_TAIL};
	b->at = (uint32_t *)(b + 1);
	b->frame = (char *)b->at + at_bytes;
	b->text = b->frame + head;
	memcpy(b->at, g->at, at_bytes);
	memcpy(b->frame, length, head);
	memcpy(b->text, g->text, g->len);
	memcpy(b->text + g->len, "\r\n", FRAME_TAIL);
	return b;
}

static void flush(struct streams *s)
{
	struct block *b;
	struct stream *t;

	if (!s->now.n)
		return;
	b = block_of(s);
	s->now.n = s->now.len = 0;
	if (!b) { /* a gap: who has a stream comes back, finds no ring, and asks anew */
		empty_ring(s);
		TAILQ_FOREACH (t, &s->list, entry)
			drop(t);
		return;
	}
	TAILQ_FOREACH (t, &s->list, entry) {
		if (t->ending)
			continue;
		if (evbuffer_get_length(output_of(t)) > STREAM_BEHIND_MAX)
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
	if (!s)
		return;
	empty_ring(s);
	free(s->now.text);
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

static int room_for(struct streams *s, size_t n)
{
	struct gathered *g = &s->now;
	char *larger;

	if (g->n == EVENTS_A_BLOCK || (g->n && g->len + n > BLOCK_BYTES))
		flush(s);
	if (g->len + n <= g->room)
		return 0;
	/* One that is longer than a block has a block to itself. */
	larger = realloc(g->text, n > BLOCK_BYTES ? n : BLOCK_BYTES);
	if (!larger)
		return -1;
	g->text = larger;
	g->room = n > BLOCK_BYTES ? n : BLOCK_BYTES;
	return 0;
}

void streams_feed(struct streams *s, const char *name, const char *text, size_t n)
{
	const struct timeval delay = {0, STREAM_GATHER_MS * 1000};
	struct gathered *g = &s->now;
	size_t room = n + 128;

	if (strlen(name) > 32 || memchr(text, '\n', n) || room_for(s, room))
		return;
	g->at[g->n++] = g->len;
	g->len += snprintf(g->text + g->len, room,
			   "id: %08x-%" PRIu64 "\nevent: %s\ndata: ", s->nonce, ++s->last, name);
	memcpy(g->text + g->len, text, n);
	memcpy(g->text + g->len + n, "\n\n", 2);
	g->len += n + 2;
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
	reply_headers(req, "text/event-stream", true);
	evhttp_send_reply_start(req, 200, NULL);
	t->chunked = evhttp_find_header(evhttp_request_get_output_headers(req),
					"Transfer-Encoding") != NULL;
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
