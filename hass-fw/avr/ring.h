/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - bytes between an interrupt and the main loop
 *
 * One side writes `head`, the other `tail`, each a single byte that is never torn. The
 * indices run freely: their difference is the fill.
 */
#ifndef HASS_RING_H
#define HASS_RING_H

#include <stdbool.h>
#include <stdint.h>

struct ring {
	volatile uint8_t head; /* next to be put */
	volatile uint8_t tail; /* next to be taken */
};

static inline uint8_t ring_fill(const struct ring *r)
{
	return r->head - r->tail;
}

#define RING_PUT(r, bytes, c)                                                                      \
	do {                                                                                       \
		(bytes)[(r).head & (sizeof(bytes) - 1)] = (c);                                     \
		(r).head++;                                                                        \
	} while (0)

#define RING_TAKE(r, bytes) ((bytes)[(r).tail++ & (sizeof(bytes) - 1)])

#endif
