/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.h - which SMS goes out next, to whom, and whether it still may
 *
 * First the answer to somebody who asked, then the unit's own notes, then alarms. Answers
 * and alarms keep to the hourly limit and leave the reserve of the day alone; notes
 * (cut confirmations above all) may use it up.
 */
#ifndef HASS_OUTBOX_H
#define HASS_OUTBOX_H

#include "proto.h"
#include "text.h"
#include <stdbool.h>

void outbox_init(void);
void outbox_poll(void);

void outbox_reply(uint8_t phone, enum text_kind kind);

/* For the modem. Readable EEPROM is needed for all three. */
bool outbox_next(void);		  /* there is an SMS to be sent now; it is measured */
uint8_t outbox_size(void);	  /* for +CMGS */
uint8_t outbox_octet(uint8_t at); /* at 0 is the service centre's, not part of the size */

enum outbox_result {
	OUTBOX_SENT,
	OUTBOX_REFUSED, /* the network or the modem said no: nothing was sent */
	OUTBOX_UNKNOWN, /* no answer: it may have been sent */
};
void outbox_result(enum outbox_result result);

#endif
