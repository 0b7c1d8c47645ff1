/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_block - which of some thousand events have a word: the form it is stored in
 *
 * Words are sorted by their bytes, so that all that begin alike lie together, and cut into
 * blocks of some kilobytes. A block is entries, one after another:
 *
 *   u8 length, 1 to EVENT_TERM_MAX; the word
 *   u16 count, 1 to EVENT_SPAN; then so many u16 numbers, each below EVENT_SPAN;
 *       or EVENT_DENSE, then one bit for each number (EVENT_SPAN / 8 bytes, lowest bit first)
 *
 * Integers are big-endian. Numbers are counted from the first event of the segment.
 */
#ifndef WD_PUBLISHER_EVENT_BLOCK_H
#define WD_PUBLISHER_EVENT_BLOCK_H

#include <stdint.h>

#include "buf.h"

#define EVENT_SPAN 16384  /* numbers in a segment */
#define EVENT_TERM_MAX 40 /* bytes of a word that are kept; the rest is compared in the event */
#define EVENT_DENSE 0xffff
#define EVENT_BLOCK_SIZE 2048 /* when a block is large enough; one entry more may be in it */

/* A set of numbers below EVENT_SPAN. */
struct event_bits {
	uint64_t w[EVENT_SPAN / 64];
};

static inline void event_bits_set(struct event_bits *b, unsigned n)
{
	b->w[n / 64] |= 1ull << n % 64;
}

/* v: rising, each once. */
void event_block_put(struct buf *b, const char *term, size_t len, const uint16_t *v, unsigned n);
/* Adds the events of each word in the block that begins so. -1: not a block. */
int event_block_read(const void *block, size_t n, const char *prefix, size_t len,
		     struct event_bits *to);

#endif
