/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - the wording of every SMS, a character at a time
 *
 * A text is composed anew for each character that is asked for: a hundred characters
 * cost some milliseconds, a buffer would cost a tenth of the RAM.
 */
#ifndef HASS_TEXT_H
#define HASS_TEXT_H

#include "proto.h"

enum text_kind {
	/* the notes come first, with the numbers of enum hass_note */
	TEXT_ALARM = HASS_NOTES,
	TEXT_STATUS,
	TEXT_HELP, /* also the answer to what is no command */
	TEXT_FOREIGN,
	TEXT_WRONG,   /* code wrong or used */
	TEXT_LIMITED, /* too many tries */
	TEXT_NONE,
};

/* Readable EEPROM is needed for both. A text that grew since it was measured is cut. */
uint8_t text_length(enum text_kind kind);
char text_at(enum text_kind kind, uint8_t at);

#endif
