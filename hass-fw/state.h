/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - what must not be forgotten in a power cut, as one record
 *
 * A counter and the decision it belongs to are in the same record, so they are
 * stored together or not at all. Change `state`, call state_save(), and act when
 * state_saved() where the order matters.
 */
#ifndef HASS_STATE_H
#define HASS_STATE_H

#include "proto.h"
#include <stdbool.h>

#define STATE_CUT 1	  /* the network is cut, or about to be */
#define STATE_BEAT_LOST 2 /* told, so not told again */
#define STATE_PIN_BAD 4	  /* the SIM refused the PIN: a third refusal would lock it */

struct state {
	uint32_t counter[2]; /* next HOTP counters: HASS_S_CUT, HASS_S_RESTORE */
	uint32_t boots;
	uint8_t flags;
	uint8_t notes; /* 1 << enum hass_note: SMS still to be sent */
	uint8_t tokens[HASS_BUCKETS];
	uint8_t spare;
} __attribute__((packed));

extern struct state state;

void state_init(void);
void state_poll(void);
void state_save(void);
bool state_saved(void);	 /* everything up to the last state_save() is in EEPROM */
void state_forget(void); /* factory settings, except boots and the cut */

#endif
