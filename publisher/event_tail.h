/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_tail - the words of the newest events, in memory until there are enough for a segment
 */
#ifndef WD_PUBLISHER_EVENT_TAIL_H
#define WD_PUBLISHER_EVENT_TAIL_H

#include "event_block.h"

/* However long the names are that an attacker thinks of: then a segment is closed earlier. */
#define EVENT_TAIL_BYTES (6u << 20)

struct event_tail {
	int64_t first, last; /* numbers of the events in it; last < first: none */
	uint8_t *data;	     /* u16 number, u8 length, the word; again and again */
	size_t len, cap;
	unsigned words;
};

void event_tail_clear(struct event_tail *t, int64_t first);
/* No further event of that number goes in: seal it first. */
bool event_tail_full(const struct event_tail *t, int64_t n);
/* Of event t->last, of which the caller sees to it. What is too long is cut. -1: no memory. */
int event_tail_add(struct event_tail *t, const char *word, size_t len);
/* Adds the events with a word that begins so. */
void event_tail_match(const struct event_tail *t, const char *prefix, size_t len,
		      struct event_bits *to);
/* All of it in blocks, each with its first word. -1: no memory, or what `block` said. */
int event_tail_seal(const struct event_tail *t,
		    int (*block)(void *arg, const char *term, size_t len, const struct buf *b),
		    void *arg);

#endif
