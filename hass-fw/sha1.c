/* SPDX-License-Identifier: Apache-2.0 */
#include "sha1.h"
#include "flash.h"

#define SLICES 4
#define ROUNDS 20

static const uint32_t start[5] PROGMEM = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476,
					  0xC3D2E1F0};
static const uint32_t constant[SLICES] PROGMEM = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};

/* The AVR shifts one place at a time; out of line, because size matters more than a millisecond. */
static __attribute__((noinline)) uint32_t ror1(uint32_t x)
{
	return (x >> 1) | (x << 31);
}

static inline uint32_t rol5(uint32_t x)
{
	return ror1(ror1(ror1((x << 8) | (x >> 24))));
}

static inline uint32_t rol30(uint32_t x)
{
	return ror1(ror1(x));
}

void sha1_begin(struct sha1 *s, bool first)
{
	if (first)
		memcpy_P(s->work, start, sizeof(s->work));
	else
		memcpy(s->work, s->hash, sizeof(s->work));
	s->slice = 1;
}

/* The schedule lives in 16 words: word t replaces word t - 16. Out of line for size, again. */
static __attribute__((noinline)) uint32_t word(const struct sha1 *s, uint8_t t)
{
	return s->word[t & 15];
}

static uint32_t schedule(struct sha1 *s, uint8_t t)
{
	uint32_t x = word(s, t);

	if (t < 16)
		return x;
	x ^= word(s, t - 3) ^ word(s, t - 8) ^ word(s, t - 14);
	x = (x << 1) | (x >> 31);
	s->word[t & 15] = x;
	return x;
}

/* Choice, parity, majority, parity: what they have in common is shared. */
static inline uint32_t mix(uint8_t slice, uint32_t b, uint32_t c, uint32_t d)
{
	c ^= d;
	if (slice & 1)
		return b ^ c;
	if (slice)
		b ^= d;
	return d ^ (b & c);
}

/* In memory, not in registers: five words would not fit beside what is computed. */
static void rounds(struct sha1 *s, uint8_t slice)
{
	uint32_t *w = s->work;

	for (uint8_t t = slice * ROUNDS, end = t + ROUNDS; t < end; t++) {
		uint32_t next = w[4] + pgm_read_dword(&constant[slice]) + schedule(s, t) +
				mix(slice, w[1], w[2], w[3]) + rol5(w[0]);

		memmove(w + 1, w, 4 * sizeof(*w));
		w[2] = rol30(w[2]);
		w[0] = next;
	}
}

bool sha1_slice(struct sha1 *s)
{
	rounds(s, s->slice - 1);
	if (s->slice++ < SLICES)
		return false;
	s->slice = 0;
	return true;
}

void sha1_end(struct sha1 *s, bool first)
{
	if (first)
		memcpy_P(s->hash, start, sizeof(s->hash));
	for (uint8_t i = 0; i < SHA1_SIZE / 4; i++)
		s->hash[i] += s->work[i];
}
