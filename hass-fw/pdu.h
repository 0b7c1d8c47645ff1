/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdu.h - SMS in PDU mode (3GPP TS 23.040): DELIVER a character at a time, SUBMIT by octet
 *
 * Neither needs the whole message in memory.
 */
#ifndef HASS_PDU_H
#define HASS_PDU_H

#include "phone.h"
#include <stdbool.h>

#define PDU_COMMAND_MAX 20 /* the longest command is RESTORE and eight digits */
#define PDU_TEXT_MAX 160

#define PDU_FOREIGN 1  /* has a user data header, or is no 7-bit text */
#define PDU_NAMELESS 2 /* the sender is a name, or a number too long for us */
#define PDU_LONG 4     /* text was cut */

struct pdu_in {
	uint8_t phone[HASS_PHONE_SIZE];
	char text[PDU_COMMAND_MAX + 1]; /* in capitals */
	uint8_t flags;
	/* decoder */
	uint8_t field; /* enum, in pdu.c */
	uint8_t left;  /* octets of this field, or septets of the text */
	uint8_t at;    /* position in it */
	uint8_t high;  /* first nibble of an octet, or NO_NIBBLE */
	uint8_t bits;  /* of the septet that crosses the octets */
	uint8_t carry;
	uint8_t len; /* of text */
};

void pdu_begin(struct pdu_in *in);
void pdu_feed(struct pdu_in *in, char hex);
bool pdu_complete(const struct pdu_in *in); /* a whole SMS-DELIVER was read */

/* The text comes from a function of the position, so no buffer is needed. */
struct pdu_out {
	uint8_t phone[HASS_PHONE_SIZE];
	uint8_t len;
	char (*text)(uint8_t at);
};
uint8_t pdu_size(const struct pdu_out *out); /* octets, without the service centre's one */
uint8_t pdu_octet(const struct pdu_out *out, uint8_t at); /* at 0 is the service centre's */

#endif
