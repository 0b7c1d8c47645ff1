/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cobs.h - consistent overhead byte stuffing, a byte at a time in, a frame at a time out
 */
#ifndef HASS_COBS_H
#define HASS_COBS_H

#include <stdint.h>

/* Start with everything zero. */
struct cobs_rx {
	uint8_t left;  /* bytes until the next code byte */
	uint8_t stuff; /* the block that ends stands for a zero as well */
};

enum cobs_event {
	COBS_MORE, /* swallowed */
	COBS_BYTE, /* *out holds a decoded byte */
	COBS_END,  /* delimiter after whole blocks (or after nothing) */
	COBS_TORN, /* delimiter inside a block */
};

enum cobs_event cobs_feed(struct cobs_rx *rx, uint8_t in, uint8_t *out);

/*
 * Encodes up to 253 bytes; returns the length written to out, which needs len + 1.
 * No delimiter is added.
 */
uint8_t cobs_encode(const uint8_t *in, uint8_t len, uint8_t *out);

/* The encoded byte at `at` (0..len) of in: for those who have no room for a second buffer. */
uint8_t cobs_at(const uint8_t *in, uint8_t len, uint8_t at);

#endif
