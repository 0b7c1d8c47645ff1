/* SPDX-License-Identifier: Apache-2.0 */
#include "mac.h"
#include "config.h"
#include <string.h>

enum step {
	IDLE,
	INNER_KEY,
	INNER_MESSAGE,
	OUTER_KEY,
	OUTER_DIGEST,
	DONE,
};
_Static_assert(INNER_KEY % 2 && OUTER_KEY % 2, "key_block() looks at one bit");

/*
 * What follows a key block, message or inner digest, waits in sha.hash: a first block does not
 * need it before its end.
 */
static struct {
	struct sha1 sha;
	uint8_t len;  /* of what waits */
	uint8_t key;  /* enum hass_secret */
	uint8_t step; /* enum step: the block that is (or comes) under way */
} mac;

void mac_init(void)
{
	mac_release();
}

__attribute__((noinline)) uint32_t *mac_start(enum hass_secret key, uint8_t len)
{
	mac_release();
	mac.key = key;
	mac.len = len;
	mac.step = INNER_KEY;
	return mac.sha.hash;
}

bool mac_free(void)
{
	return mac.step == IDLE;
}

bool mac_is(enum hass_secret key)
{
	return !mac_free() && mac.key == key;
}

bool mac_done(enum hass_secret key)
{
	return mac.step == DONE && mac.key == key;
}

bool mac_busy(void)
{
	return (uint8_t)(mac.step - INNER_KEY) < DONE - INNER_KEY;
}

const uint32_t *mac_digest(void)
{
	return mac.sha.hash;
}

/* Secrets do not stay in RAM longer than the answer is needed. */
void mac_release(void)
{
	memset(&mac, 0, sizeof(mac));
}

static bool key_block(void)
{
	return mac.step & 1;
}

static uint8_t *block(uint8_t filled)
{
	return memset(mac.sha.word, filled, SHA1_BLOCK);
}

static void put_key(uint8_t pad)
{
	uint8_t *secret = (uint8_t *)mac.sha.work; /* free between two blocks */
	uint8_t *to = block(pad);

	config_secret(mac.key, secret);
	for (uint8_t i = 0; i < HASS_SECRET_SIZE; i++)
		to[sha1_at(i)] ^= secret[i];
}

_Static_assert(8 * SHA1_BLOCK % 256 == 0 && 8 * SHA1_SIZE < 256, "put_tail() writes the length");

/* The key block came before: the length, in bits, counts both. */
static void put_tail(void)
{
	uint8_t *to = block(0);

	memcpy(to, mac.sha.hash, SHA1_SIZE);
	to[sha1_at(mac.len)] = 0x80;
	to[sha1_at(SHA1_BLOCK - 2)] = 8 * SHA1_BLOCK >> 8;
	to[sha1_at(SHA1_BLOCK - 1)] = 8 * mac.len;
	mac.len = SHA1_SIZE; /* the second time it is the digest */
}

static void block_done(void)
{
	if (key_block())
		put_tail();
	sha1_end(&mac.sha, key_block());
	mac.step++;
}

void mac_poll(void)
{
	if (!mac_busy())
		return;
	if (mac.sha.slice == 0) {
		if (!config_readable())
			return;
		if (key_block())
			put_key(mac.step == INNER_KEY ? 0x36 : 0x5C);
		sha1_begin(&mac.sha, key_block());
	}
	if (sha1_slice(&mac.sha))
		block_done();
}
