/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm.h - the agent's alarms: stored before they are acknowledged, told when possible
 *
 * One record holds the latest text and how many events it stands for. What arrives
 * before everybody has been told joins it, so a storm becomes one SMS with a count.
 */
#ifndef HASS_ALARM_H
#define HASS_ALARM_H

#include "proto.h"
#include <stdbool.h>

void alarm_init(void);
void alarm_poll(void);

/*
 * In the request's payload, in place. HASS_OK: begun, stored when alarm_stored().
 * HASS_BUSY: payload[1] says when to ask again. HOST_AGAIN: call again.
 */
uint8_t alarm_take(uint8_t *payload, uint8_t len);
bool alarm_stored(void);

bool alarm_pending(void);
bool alarm_due(void);	  /* pending, and not too soon after the last one */
void alarm_lock(bool on); /* its text is going out: nothing may join */
void alarm_begin(void);	  /* a round of SMS begins */
void alarm_told(void);	  /* and has ended: everybody was told */

/* For the text; readable EEPROM is needed. */
uint16_t alarm_count(void);
uint8_t alarm_kind(void);
char alarm_text(uint8_t at); /* 0 at its end */

#endif
