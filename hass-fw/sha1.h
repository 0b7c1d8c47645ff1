/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha1.h - SHA-1 in slices of 20 rounds, so that no slice makes a serial port wait
 */
#ifndef HASS_SHA1_H
#define HASS_SHA1_H

#include <stdbool.h>
#include <stdint.h>

#define SHA1_SIZE 20
#define SHA1_BLOCK 64

struct sha1 {
	uint32_t hash[5];
	uint32_t work[5];
	union {
		uint32_t word[16];
		uint8_t byte[SHA1_BLOCK]; /* the next block goes here */
	} w;
	uint8_t slice; /* 0: no block under way */
};

void sha1_start(struct sha1 *s);
void sha1_block(struct sha1 *s); /* takes up the block in w.byte */
bool sha1_slice(struct sha1 *s); /* true: that was its last slice */
void sha1_digest(const struct sha1 *s, uint8_t out[SHA1_SIZE]);

#endif
