/* SPDX-License-Identifier: Apache-2.0 */
#include "phone.h"
#include <string.h>

#define FILL 0xF

uint8_t phone_digit(const uint8_t *semi, uint8_t at)
{
	return at % 2 ? semi[at / 2] >> 4 : semi[at / 2] & 15;
}

void phone_put(uint8_t *semi, uint8_t at, uint8_t digit)
{
	uint8_t *pair = semi + at / 2;

	if (at % 2)
		*pair = (*pair & 0x0F) | (uint8_t)(digit << 4);
	else
		*pair = (*pair & 0xF0) | digit;
}

void phone_clear(uint8_t phone[HASS_PHONE_SIZE])
{
	memset(phone, 0xFF, HASS_PHONE_SIZE);
}

uint8_t phone_length(const uint8_t phone[HASS_PHONE_SIZE])
{
	uint8_t len = 0;

	while (len < HASS_PHONE_DIGITS && phone_digit(phone, len) != FILL)
		len++;
	return len;
}

bool phone_same(const uint8_t a[HASS_PHONE_SIZE], const uint8_t b[HASS_PHONE_SIZE])
{
	uint8_t la = phone_length(a), lb = phone_length(b);
	uint8_t same = la < lb ? la : lb;

	if (same == 0 || (same < PHONE_SAME_MIN && la != lb))
		return false;
	for (uint8_t i = 1; i <= same; i++)
		if (phone_digit(a, la - i) != phone_digit(b, lb - i))
			return false;
	return true;
}
