// SPDX-License-Identifier: Apache-2.0
#include "hass_frame.h"
#include <string.h>

const char *hass_damage_name(enum hass_damage kind)
{
	static const char *const names[DAMAGE_KINDS] = {"agent_frame_crc", "agent_frame_long",
							"agent_frame_short", "agent_frame_cobs"};

	return names[kind];
}

/* CRC-16/X-25: start and final xor FFFF, so that added or lost zeros do not pass. */
static uint16_t crc(const uint8_t *p, size_t n)
{
	uint16_t c = 0xFFFF;

	while (n--) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = c & 1 ? (c >> 1) ^ 0x8408 : c >> 1;
	}
	return ~c;
}

size_t hass_frame_encode(const struct hass_frame *f, uint8_t wire[HASS_FRAME_WIRE])
{
	uint8_t plain[HASS_FRAME_BYTES] = {f->type, f->seq};
	size_t n = 2 + f->len, at = 1, code = at++;
	uint16_t c;

	memcpy(plain + 2, f->data, f->len);
	c = crc(plain, n);
	plain[n++] = c;
	plain[n++] = c >> 8;
	wire[0] = 0;
	for (size_t i = 0; i < n; i++) {
		if (plain[i]) {
			wire[at++] = plain[i];
			continue;
		}
		wire[code] = at - code;
		code = at++;
	}
	wire[code] = at - code;
	wire[at++] = 0;
	return at;
}

/* Undoes COBS in place; the length, or 0 if a block does not end where the frame does. */
static size_t decode(uint8_t *p, size_t n)
{
	size_t in = 0, out = 0;

	while (in < n) {
		size_t block = p[in++] - 1u;

		if (block > n - in)
			return 0;
		memmove(p + out, p + in, block);
		in += block;
		out += block;
		if (in < n)
			p[out++] = 0;
	}
	return out;
}

static bool damaged(struct hass_receiver *r, enum hass_damage kind)
{
	r->damaged[kind]++;
	return false;
}

static bool finish(struct hass_receiver *r, struct hass_frame *out)
{
	bool too_long = r->too_long;
	size_t n = r->n;

	r->n = 0;
	r->too_long = false;
	if (too_long)
		return damaged(r, DAMAGE_LONG);
	if (!n)
		return false; /* an empty frame means nothing */
	n = decode(r->raw, n);
	if (!n)
		return damaged(r, DAMAGE_COBS);
	if (n < HASS_FRAME_LEAST)
		return damaged(r, DAMAGE_SHORT);
	if (n > HASS_FRAME_BYTES)
		return damaged(r, DAMAGE_LONG);
	n -= 2;
	if (crc(r->raw, n) != (r->raw[n] | r->raw[n + 1] << 8))
		return damaged(r, DAMAGE_CRC);
	out->type = r->raw[0];
	out->seq = r->raw[1];
	out->len = n - 2;
	memcpy(out->data, r->raw + 2, out->len);
	r->frames++;
	return true;
}

bool hass_frame_byte(struct hass_receiver *r, uint8_t byte, struct hass_frame *out)
{
	r->bytes++;
	if (!byte)
		return finish(r, out);
	if (r->n < sizeof(r->raw))
		r->raw[r->n++] = byte;
	else
		r->too_long = true;
	return false;
}

uint32_t hass_frame_damaged(const struct hass_receiver *r)
{
	uint32_t n = 0;

	for (int i = 0; i < DAMAGE_KINDS; i++)
		n += r->damaged[i];
	return n;
}
