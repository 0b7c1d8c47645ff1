/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_tail - the keys (event_words.h) of the newest events, in memory until there are enough for
 * a segment
 */
#ifndef WD_PUBLISHER_EVENT_TAIL_H
#define WD_PUBLISHER_EVENT_TAIL_H

#include "event_block.h"

/* However long the names are that an attacker thinks of: then a segment is closed earlier. */
#define EVENT_TAIL_BYTES (8u << 20)

struct event_tail {
	int64_t first, last; /* numbers of the events in it; last < first: none */
	/* Pairs apart from parts: what is looked through for one is half as long. */
	struct event_list {
		uint8_t *data; /* u16 number, u8 length, the key; again and again */
		size_t len, cap;
		unsigned n;
	} list[2];
};

void event_tail_clear(struct event_tail *t, int64_t first);
/* No further event of that number goes in: seal it first. */
bool event_tail_full(const struct event_tail *t, int64_t n);
/* Of event t->last, of which the caller sees to it. What is too long is cut. -1: no memory. */
int event_tail_add(struct event_tail *t, const char *key, size_t len);
/* Adds the events with a key that begins so. */
void event_tail_match(const struct event_tail *t, const char *prefix, size_t len,
		      struct event_bits *to);
void event_tail_free(struct event_tail *t);
/* All of it in blocks, each with its first key. -1: no memory, or what `block` said. */
int event_tail_seal(const struct event_tail *t,
		    int (*block)(void *arg, const char *term, size_t len, const struct buf *b),
		    void *arg);

#endif
