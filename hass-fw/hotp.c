/* SPDX-License-Identifier: Apache-2.0 */
#include "hotp.h"
#include <string.h>

void hotp_message(uint32_t counter, uint8_t message[HOTP_MESSAGE])
{
	memset(message, 0, HOTP_MESSAGE);
	for (uint8_t i = 0; i < 4; i++)
		message[HOTP_MESSAGE - 1 - i] = counter >> (8 * i);
}

uint32_t hotp_code(const uint8_t digest[20])
{
	const uint8_t *p = digest + (digest[19] & 15);
	uint32_t number =
		(uint32_t)(p[0] & 0x7F) << 24 | (uint32_t)p[1] << 16 | (uint16_t)p[2] << 8 | p[3];

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
