/* SPDX-License-Identifier: Apache-2.0 */
#include "crc.h"

/* Eight bits at a time without a table: the shifts are whole bytes or nibbles. */
uint16_t crc_feed(uint16_t crc, uint8_t byte)
{
	byte ^= (uint8_t)crc;
	byte ^= (uint8_t)(byte << 4);
	return (crc >> 8) ^ ((uint16_t)byte << 8) ^ ((uint16_t)byte << 3) ^ (byte >> 4);
}
