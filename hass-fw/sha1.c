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

static uint32_t swap(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint16_t)b[2] << 8 | b[3];
}

void sha1_start(struct sha1 *s)
{
	memcpy_P(s->hash, start, sizeof(s->hash));
	s->slice = 0;
}

void sha1_block(struct sha1 *s)
{
	for (uint8_t i = 0; i < 16; i++)
		s->w.word[i] = swap(s->w.byte + 4 * i);
	memcpy(s->work, s->hash, sizeof(s->work));
	s->slice = 1;
}

/* The schedule lives in 16 words: word t replaces word t - 16. */
static uint32_t schedule(struct sha1 *s, uint8_t t)
{
	uint32_t *w = s->w.word;
	uint32_t x;

	if (t < 16)
		return w[t];
	x = w[(t - 3) & 15] ^ w[(t - 8) & 15] ^ w[(t - 14) & 15] ^ w[t & 15];
	x = (x << 1) | (x >> 31);
	w[t & 15] = x;
	return x;
}

static inline uint32_t mix(uint8_t slice, uint32_t b, uint32_t c, uint32_t d)
{
	if (slice == 0)
		return d ^ (b & (c ^ d));
	if (slice == 2)
		return (b & c) | (d & (b | c));
	return b ^ c ^ d;
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
	if (s->slice == 0)
		return true;
	rounds(s, s->slice - 1);
	if (s->slice++ < SLICES)
		return false;
	for (uint8_t i = 0; i < 5; i++)
		s->hash[i] += s->work[i];
	s->slice = 0;
	return true;
}

void sha1_digest(const struct sha1 *s, uint8_t out[SHA1_SIZE])
{
	for (uint8_t i = 0; i < SHA1_SIZE; i++)
		out[i] = s->hash[i / 4] >> (24 - 8 * (i % 4));
}
