/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hass_frame - frames on the serial line to the hardware unit (doc/PROTOCOL.serial)
 *
 *   00 COBS( type seq payload[0..44] crc_lo crc_hi ) 00
 *
 * The receiver starts anew at every zero, keeps at most HASS_FRAME_WIRE bytes whatever comes,
 * and counts each kind of damage by name.
 */
#ifndef WD_HASS_FRAME_H
#define WD_HASS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASS_FRAME_BYTES 48 /* type, seq, payload, CRC */
#define HASS_FRAME_LEAST 4
#define HASS_FRAME_DATA (HASS_FRAME_BYTES - HASS_FRAME_LEAST)
#define HASS_FRAME_WIRE (HASS_FRAME_BYTES + 3) /* with COBS and both delimiters */

struct hass_frame {
	uint8_t type, seq;
	uint8_t data[HASS_FRAME_DATA];
	size_t len;
};

enum hass_damage { DAMAGE_CRC, DAMAGE_LONG, DAMAGE_SHORT, DAMAGE_COBS, DAMAGE_KINDS };
const char *hass_damage_name(enum hass_damage kind); /* "agent_frame_crc", ... */

struct hass_receiver {
	uint8_t raw[HASS_FRAME_WIRE];
	size_t n;
	bool too_long;
	uint32_t bytes, frames, damaged[DAMAGE_KINDS];
};

/* Bytes written to wire; f->len is at most HASS_FRAME_DATA. */
size_t hass_frame_encode(const struct hass_frame *f, uint8_t wire[HASS_FRAME_WIRE]);
/* One byte came: true if it completed a good frame, which then is in *out. */
bool hass_frame_byte(struct hass_receiver *r, uint8_t byte, struct hass_frame *out);
uint32_t hass_frame_damaged(const struct hass_receiver *r); /* all kinds together */

#endif
