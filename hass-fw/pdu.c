/* SPDX-License-Identifier: Apache-2.0 */
#include "pdu.h"
#include <string.h>

enum field {
	CENTRE_LEN,
	CENTRE,
	FIRST,
	SENDER_LEN,
	SENDER_TYPE,
	SENDER,
	PROTOCOL,
	CODING,
	STAMP,
	TEXT_LEN,
	TEXT,
	END,
	BAD,
};

#define NO_NIBBLE 0xFF
#define MTI_MASK 0x03 /* 0 = DELIVER */
#define UDHI 0x40
#define TYPE_MASK 0x70
#define TYPE_INTERNATIONAL 0x10
#define TYPE_NAME 0x50
#define STAMP_OCTETS 7
#define SENDER_DIGITS_MAX 20 /* by the standard */

void pdu_begin(struct pdu_in *in)
{
	memset(in, 0, sizeof(*in));
	phone_clear(in->phone);
	in->high = NO_NIBBLE;
}

bool pdu_complete(const struct pdu_in *in)
{
	return in->field == END && in->high == NO_NIBBLE;
}

static void enter(struct pdu_in *in, enum field field, uint8_t left)
{
	in->field = field;
	in->left = left;
	in->at = 0;
}

/* 3GPP TS 23.038: the general group without compression, and the data/class group. */
static bool plain_text(uint8_t coding)
{
	return (coding & 0xEC) == 0 || (coding & 0xFC) == 0xF0;
}

static void sender_len(struct pdu_in *in, uint8_t digits)
{
	if (digits > SENDER_DIGITS_MAX)
		enter(in, BAD, 0);
	else
		enter(in, SENDER_TYPE, digits);
}

static void sender_type(struct pdu_in *in, uint8_t type)
{
	uint8_t digits = in->left;

	if ((type & TYPE_MASK) == TYPE_NAME || digits > HASS_PHONE_DIGITS)
		in->flags |= PDU_NAMELESS;
	phone_put(in->phone, HASS_PHONE_DIGITS,
		  (type & TYPE_MASK) == TYPE_INTERNATIONAL ? HASS_PHONE_INTERNATIONAL
							   : HASS_PHONE_NATIONAL);
	enter(in, digits ? SENDER : PROTOCOL, (digits + 1) / 2);
}

/* Semi-octets above 9 are no digits of a phone that we would list. */
static void sender(struct pdu_in *in, uint8_t octet)
{
	uint8_t low = octet & 15, high = octet >> 4;

	if (in->flags & PDU_NAMELESS)
		return;
	if (low > 9 || (high > 9 && high != 15))
		in->flags |= PDU_NAMELESS;
	phone_put(in->phone, 2 * in->at, low);
	if (2 * in->at + 1 < HASS_PHONE_DIGITS)
		phone_put(in->phone, 2 * in->at + 1, high);
}

/* Letters (as capitals), digits and the blank: the same in GSM 03.38 and ASCII. */
static char ascii(uint8_t septet)
{
	if (septet >= 'a' && septet <= 'z')
		return septet - 'a' + 'A';
	if ((septet >= 'A' && septet <= 'Z') || (septet >= '0' && septet <= '9'))
		return septet;
	return septet == ' ' || septet == '\r' || septet == '\n' ? ' ' : '?';
}

static void put(struct pdu_in *in, uint8_t septet)
{
	if (in->len < PDU_COMMAND_MAX)
		in->text[in->len++] = ascii(septet);
	else
		in->flags |= PDU_LONG;
	if (--in->left == 0)
		in->field = END;
}

/* Seven octets carry eight septets: every seventh completes two. */
static void text(struct pdu_in *in, uint8_t octet)
{
	uint8_t septet = (uint8_t)(octet << in->bits | in->carry) & 0x7F;

	in->carry = octet >> (7 - in->bits);
	in->bits++;
	put(in, septet);
	if (in->bits < 7)
		return;
	septet = in->carry;
	in->bits = in->carry = 0;
	if (in->field == TEXT)
		put(in, septet);
}

/* What is not plain text is only counted through, to know that the message is whole. */
static void foreign(struct pdu_in *in)
{
	if (--in->left == 0)
		in->field = END;
}

static void text_len(struct pdu_in *in, uint8_t len)
{
	if (len > PDU_TEXT_MAX) {
		enter(in, BAD, 0);
		return;
	}
	if ((in->flags & PDU_FOREIGN) && in->carry)
		len = (7 * len + 7) / 8; /* septets with a header: count octets */
	in->carry = 0;
	enter(in, len ? TEXT : END, len);
}

static void octet(struct pdu_in *in, uint8_t value)
{
	switch (in->field) {
	case CENTRE_LEN:
		if (value > 12)
			enter(in, BAD, 0);
		else
			enter(in, value ? CENTRE : FIRST, value);
		return;
	case FIRST:
		if (value & UDHI)
			in->flags |= PDU_FOREIGN;
		enter(in, (value & MTI_MASK) ? BAD : SENDER_LEN, 0);
		return;
	case SENDER_LEN:
		sender_len(in, value);
		return;
	case SENDER_TYPE:
		sender_type(in, value);
		return;
	case PROTOCOL:
		enter(in, CODING, 0);
		return;
	case CODING:
		in->carry = plain_text(value); /* for text_len() */
		if (!plain_text(value))
			in->flags |= PDU_FOREIGN;
		enter(in, STAMP, STAMP_OCTETS);
		return;
	case TEXT_LEN:
		text_len(in, value);
		return;
	case TEXT:
		if (in->flags & PDU_FOREIGN)
			foreign(in);
		else
			text(in, value);
		return;
	case SENDER:
		sender(in, value);
		break;
	case END:
		in->field = BAD; /* longer than it says */
		return;
	}
	in->at++;
	if (in->field != BAD && --in->left == 0)
		in->field++;
}

static uint8_t nibble(char hex)
{
	if (hex >= '0' && hex <= '9')
		return hex - '0';
	hex |= 0x20;
	return hex >= 'a' && hex <= 'f' ? hex - 'a' + 10 : NO_NIBBLE;
}

void pdu_feed(struct pdu_in *in, char hex)
{
	uint8_t low = nibble(hex);

	if (low == NO_NIBBLE) {
		in->field = BAD;
	} else if (in->high == NO_NIBBLE) {
		in->high = low;
	} else {
		uint8_t value = in->high << 4 | low;

		in->high = NO_NIBBLE;
		octet(in, value);
	}
}

/* --- SUBMIT --- */

#define SUBMIT_FIRST 0x11 /* SUBMIT with a relative validity */
#define VALID_A_DAY 0xA7
#define TYPE_OF(international) ((international) ? 0x91 : 0x81)

/* GSM 03.38 has three printable characters elsewhere; brackets and their like only escaped. */
static uint8_t gsm(char c)
{
	if (c == '@')
		return 0x00;
	if (c == '$')
		return 0x02;
	if (c == '_')
		return 0x11;
	return c < ' ' || c > 'z' || (c >= '[' && c <= '`') ? '?' : c;
}

static uint8_t septet(const struct pdu_out *out, uint8_t at)
{
	return at < out->len ? gsm(out->text(at)) : 0;
}

static uint8_t packed(const struct pdu_out *out, uint8_t at)
{
	uint8_t first = 8 * (uint16_t)at / 7;
	uint8_t shift = 8 * (uint16_t)at % 7;

	return septet(out, first) >> shift | septet(out, first + 1) << (7 - shift);
}

static uint8_t address_octets(const struct pdu_out *out)
{
	return (phone_length(out->phone) + 1) / 2;
}

static uint8_t address(const struct pdu_out *out, uint8_t at)
{
	uint8_t type = phone_digit(out->phone, HASS_PHONE_DIGITS);
	uint8_t octet;

	if (at == 0)
		return phone_length(out->phone);
	if (at == 1)
		return TYPE_OF(type == HASS_PHONE_INTERNATIONAL);
	octet = out->phone[at - 2];
	return at - 1 == HASS_PHONE_SIZE ? octet | 0xF0 : octet; /* the type is not sent */
}

#define BEFORE_ADDRESS 3 /* service centre, first octet, reference */
#define ADDRESS_HEAD 2
#define AFTER_ADDRESS 4 /* protocol, coding, validity, length */

uint8_t pdu_size(const struct pdu_out *out)
{
	return BEFORE_ADDRESS - 1 + ADDRESS_HEAD + address_octets(out) + AFTER_ADDRESS +
	       (7 * (uint16_t)out->len + 7) / 8;
}

uint8_t pdu_octet(const struct pdu_out *out, uint8_t at)
{
	uint8_t tail = BEFORE_ADDRESS + ADDRESS_HEAD + address_octets(out);

	if (at < BEFORE_ADDRESS)
		return at == 1 ? SUBMIT_FIRST : 0;
	if (at < tail)
		return address(out, at - BEFORE_ADDRESS);
	at -= tail;
	if (at >= AFTER_ADDRESS)
		return packed(out, at - AFTER_ADDRESS);
	if (at == 2)
		return VALID_A_DAY;
	return at == 3 ? out->len : 0;
}
