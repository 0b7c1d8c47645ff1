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

static struct {
	struct sha1 sha;
	uint8_t digest[SHA1_SIZE];
	const uint8_t *message;
	uint8_t len;
	uint8_t owner; /* enum mac_owner */
	uint8_t key;   /* enum hass_secret */
	uint8_t step;  /* enum step: the block that is (or comes) under way */
} mac;

void mac_init(void)
{
	mac_release();
}

void mac_start(enum mac_owner owner, enum hass_secret key, const uint8_t *message, uint8_t len)
{
	mac.owner = owner;
	mac.key = key;
	mac.message = message;
	mac.len = len;
	mac.step = INNER_KEY;
	mac.sha.slice = 0;
}

enum mac_owner mac_owner(void)
{
	return mac.owner;
}

bool mac_done(void)
{
	return mac.step == DONE;
}

bool mac_busy(void)
{
	return mac.step != IDLE && mac.step != DONE;
}

const uint8_t *mac_digest(void)
{
	return mac.digest;
}

/* Secrets do not stay in RAM longer than the answer is needed. */
void mac_release(void)
{
	memset(&mac, 0, sizeof(mac));
}

static void put_key(uint8_t pad)
{
	uint8_t *block = mac.sha.w.byte;

	sha1_start(&mac.sha);
	memset(block, 0, SHA1_BLOCK);
	config_secret(mac.key, block);
	for (uint8_t i = 0; i < SHA1_BLOCK; i++)
		block[i] ^= pad;
}

/* The key block came before: the length counts both. */
static void put_tail(const uint8_t *data, uint8_t len)
{
	uint8_t *block = mac.sha.w.byte;
	uint16_t bits = 8 * (SHA1_BLOCK + len);

	memset(block, 0, SHA1_BLOCK);
	memcpy(block, data, len);
	block[len] = 0x80;
	block[SHA1_BLOCK - 2] = bits >> 8;
	block[SHA1_BLOCK - 1] = (uint8_t)bits;
}

static void next_block(void)
{
	if (mac.step == INNER_KEY)
		put_key(0x36);
	else if (mac.step == INNER_MESSAGE)
		put_tail(mac.message, mac.len);
	else if (mac.step == OUTER_KEY)
		put_key(0x5C);
	else
		put_tail(mac.digest, SHA1_SIZE);
	sha1_block(&mac.sha);
}

static void block_done(void)
{
	if (mac.step == INNER_MESSAGE || mac.step == OUTER_DIGEST)
		sha1_digest(&mac.sha, mac.digest);
	mac.step++;
}

void mac_poll(void)
{
	if (!mac_busy())
		return;
	if (mac.sha.slice == 0) {
		if (!config_readable())
			return;
		next_block();
	}
	if (sha1_slice(&mac.sha))
		block_done();
}
