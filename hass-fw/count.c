/* SPDX-License-Identifier: Apache-2.0 */
#include "count.h"

volatile uint16_t counts[HASS_C__MAX];

/* Never inlined: forty callers would pay for five instructions each. */
__attribute__((noinline)) void count(enum hass_counter which)
{
	counts[which]++;
}

/* An interrupt may change the word between its two bytes: read until it stands still. */
uint16_t count_read(uint8_t which)
{
	uint16_t seen;

	do {
		seen = counts[which];
	} while (seen != counts[which]);
	return seen;
}
