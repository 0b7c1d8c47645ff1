/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha1.h - SHA-1 in slices of 20 rounds, so that no slice makes a serial port wait
 *
 * Words are numbers, never bytes in the order of the wire: nothing needs swapping. Who has
 * bytes puts byte i of a block or digest at sha1_at(i).
 */
#ifndef HASS_SHA1_H
#define HASS_SHA1_H

#include <stdbool.h>
#include <stdint.h>

#define SHA1_SIZE 20
#define SHA1_BLOCK 64

struct sha1 {
	uint32_t hash[SHA1_SIZE / 4]; /* so far; the first block leaves it alone until its end */
	uint32_t work[SHA1_SIZE / 4];
	uint32_t word[SHA1_BLOCK / 4]; /* the block; it is used up */
	uint8_t slice;		       /* 0: no block under way */
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "sha1_at() is for little-endian words");
static inline uint8_t sha1_at(uint8_t i)
{
	return i ^ 3;
}

/* `first`: of a message, so that it does not go on from s->hash. */
void sha1_begin(struct sha1 *s, bool first);
bool sha1_slice(struct sha1 *s); /* true: that was its last slice */
void sha1_end(struct sha1 *s, bool first);

#endif
