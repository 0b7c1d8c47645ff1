/* SPDX-License-Identifier: Apache-2.0 */
#include "bucket.h"
#include "config.h"
#include "hal.h"
#include "state.h"

#define HOUR 3600
#define DAY_MINUTES 1440

static uint16_t left[HASS_BUCKETS]; /* seconds until the next token */

static uint8_t capacity(uint8_t which)
{
	switch (which) {
	case HASS_B_HOUR:
		return config.policy.hour_sms;
	case HASS_B_DAY:
		return config.policy.day_sms;
	case HASS_B_STORE:
		return HASS_STORES;
	}
	return HASS_TRIES;
}

static uint16_t period(uint8_t which)
{
	switch (which) {
	case HASS_B_HOUR:
		return HOUR / config.policy.hour_sms;
	case HASS_B_DAY:
		return DAY_MINUTES / config.policy.day_sms * 60;
	case HASS_B_STORE:
		return HASS_STORE_SECONDS;
	}
	return HASS_TRY_SECONDS;
}

void bucket_init(void)
{
	for (uint8_t i = 0; i < HASS_BUCKETS; i++)
		left[i] = period(i);
}

/* A smaller policy, or a state never stored, shows as too high a level. */
uint8_t bucket_level(enum hass_bucket which)
{
	uint8_t full = capacity(which);

	if (state.tokens[which] > full)
		state.tokens[which] = full;
	return state.tokens[which];
}

bool bucket_take(enum hass_bucket which)
{
	if (bucket_level(which) == 0)
		return false;
	state.tokens[which]--;
	return true;
}

static void refill(uint8_t which)
{
	if (bucket_level(which) == capacity(which) || left[which] > period(which)) {
		left[which] = period(which);
	} else if (--left[which] == 0) {
		left[which] = period(which);
		state.tokens[which]++;
	}
}

/* New tokens reach the EEPROM with the next change that matters: less wear, none gained. */
void bucket_poll(void)
{
	if (!tick_second())
		return;
	for (uint8_t i = 0; i < HASS_BUCKETS; i++)
		refill(i);
}
