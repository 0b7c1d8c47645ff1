/* SPDX-License-Identifier: Apache-2.0 */
#include "hotp.h"
#include "sha1.h"

uint32_t hotp_code(const uint32_t digest[5])
{
	const uint8_t *byte = (const uint8_t *)digest;
	uint8_t at = digest[4] & 15;
	uint32_t number = 0;

	for (uint8_t end = at + 4; at < end; at++)
		number = number << 8 | byte[sha1_at(at)];
	number &= 0x7FFFFFFF;
	while (number >= HOTP_MODULUS) /* 21 times at most: smaller than a division */
		number -= HOTP_MODULUS;
	return number;
}

bool hotp_parse(const char *text, uint32_t *code)
{
	uint32_t number = 0;

	for (uint8_t i = 0; i < HOTP_DIGITS; i++, text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = 10 * number + (uint8_t)(*text - '0');
	}
	while (*text == ' ')
		text++;
	*code = number;
	return *text == 0;
}
