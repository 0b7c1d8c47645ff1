/* SPDX-License-Identifier: Apache-2.0 */
/*
 * at.h - what a modem says: lines, the "> " prompt, hexadecimal PDU lines
 */
#ifndef HASS_AT_H
#define HASS_AT_H

#include <stdbool.h>
#include <stdint.h>

#define AT_LINE_MAX 31 /* "+CPMS: 50,50,50,50,50,50" is the longest that matters */

enum at_event {
	AT_MORE,
	AT_LINE,   /* a line without its end is in at.line */
	AT_PROMPT, /* '>' began a line */
	AT_HEX,	   /* a character of a line that began with a digit: PDU lines pass through */
	AT_HEX_END,
};

struct at_rx {
	char line[AT_LINE_MAX + 1];
	uint8_t len;
	bool hex;
	bool cut; /* the line was longer: the rest is gone */
};

enum at_event at_feed(struct at_rx *rx, char c);

enum at_word {
	AT_OK,
	AT_ERROR, /* ERROR, +CME ERROR */
	AT_CMS_ERROR,
	AT_CMTI,
	AT_CMGR,
	AT_CMGS,
	AT_CPIN,
	AT_CREG,
	AT_CSQ,
	AT_CPMS,
	AT_CFUN,
	AT_FULL, /* +ZSMGS:FULL, +CIEV-like spellings do not matter */
	AT_UNKNOWN,
};

/* *rest: behind the word, blanks skipped. */
enum at_word at_word(const char *line, const char **rest);

/* The n-th field between commas as a number; -1 if there is none. */
int16_t at_number(const char *rest, uint8_t n);

#endif
