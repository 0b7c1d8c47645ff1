/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crc.h - CRC-16/X-25: catches added and lost zeros, which a plain CRC-16 does not
 */
#ifndef HASS_CRC_H
#define HASS_CRC_H

#include <stdint.h>

#define CRC_START 0xFFFF
#define CRC_RESIDUE 0xF0B8 /* after feeding data and its finished CRC, low byte first */

uint16_t crc_feed(uint16_t crc, uint8_t byte);

static inline uint16_t crc_finish(uint16_t crc)
{
	return ~crc;
}

#endif
