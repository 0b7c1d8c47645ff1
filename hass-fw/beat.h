/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beat.h - the publisher's life sign, and its right to cut
 *
 * Every interval has a nonce that nobody can foresee: HMAC of the vouch key over the
 * number of this start and of the interval. Whoever owns the web server can therefore
 * not collect answers in advance.
 */
#ifndef HASS_BEAT_H
#define HASS_BEAT_H

#include "proto.h"
#include <stdbool.h>

enum beat_letter {
	BEAT_VOUCH = 'V',
	BEAT_CUT = 'C',
	BEAT_NONCE = 'N', /* never sent: makes the nonce */
};

void beat_init(void);
void beat_poll(void);

/* After an OK beat_checked() is asked until it gives another result than HOST_AGAIN. */
uint8_t beat_check(enum beat_letter letter);
uint8_t beat_checked(const uint8_t mac[HASS_MAC_SIZE]);

bool beat_expected(void);
bool beat_lost(void);
uint16_t beat_flags(void); /* HASS_F_BEAT* and HASS_F_VOUCHED */
uint8_t beat_left(void);
uint8_t beat_missed(void);
void beat_nonce(uint8_t nonce[HASS_NONCE_SIZE]); /* zeros while there is none */

#endif
