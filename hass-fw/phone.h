/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phone.h - telephone numbers as semi-octets, and when two of them are the same phone
 */
#ifndef HASS_PHONE_H
#define HASS_PHONE_H

#include "proto.h"
#include <stdbool.h>

void phone_clear(uint8_t phone[HASS_PHONE_SIZE]);
void phone_put(uint8_t *semi, uint8_t at, uint8_t digit);
uint8_t phone_digit(const uint8_t *semi, uint8_t at);
uint8_t phone_length(const uint8_t phone[HASS_PHONE_SIZE]);

/*
 * Networks show the same phone with and without country code or trunk zero, so the
 * last digits decide: all of the shorter one's, and at least PHONE_SAME_MIN of them.
 */
#define PHONE_SAME_MIN 8
bool phone_same(const uint8_t a[HASS_PHONE_SIZE], const uint8_t b[HASS_PHONE_SIZE]);

#endif
