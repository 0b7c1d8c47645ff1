/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sms.h"

#define CENTRE "07916831087100F0" /* +8613800117000, as an example network has it */

#define NO "\1" /* Greek and the escape: nobody here uses them */

static const char gsm[] = "@\243$\245\350\351\371\354\362\307\n\330\370\r\305\345" NO
			  "_" NO NO NO NO NO NO NO NO NO NO "\306\346\337\311"
			  " !\"#\244%&'()*+,-./0123456789:;<=>?"
			  "\241ABCDEFGHIJKLMNOPQRSTUVWXYZ\304\326\321\334\247"
			  "\277abcdefghijklmnopqrstuvwxyz\344\366\361\374\340";
_Static_assert(sizeof(gsm) == 129, "GSM 03.38 has 128 characters");

static int to_gsm(char c)
{
	const char *found = memchr(gsm, c, 128);

	return found ? found - gsm : to_gsm('?');
}

static char *put_octet(char *out, int octet)
{
	return out + sprintf(out, "%02X", octet & 0xFF);
}

static char *put_digits(char *out, const char *digits)
{
	for (; digits[0] && digits[1]; digits += 2)
		out += sprintf(out, "%c%c", digits[1], digits[0]);
	if (*digits)
		out += sprintf(out, "F%c", *digits);
	return out;
}

static char *put_septets(char *out, const char *text, int shift)
{
	unsigned int bits = 0, have = shift;

	for (; *text; text++) {
		bits |= to_gsm(*text) << have;
		have += 7;
		for (; have >= 8; have -= 8, bits >>= 8)
			out = put_octet(out, bits);
	}
	return have ? put_octet(out, bits) : out;
}

static char *put_name(char *out, const char *name)
{
	out = put_octet(out, (strlen(name) * 7 + 3) / 4);
	out = put_octet(out, 0xD0);
	return put_septets(out, name, 0);
}

static char *put_sender(char *out, const char *number)
{
	bool international = *number == '+';

	if (isalpha((unsigned char)*number))
		return put_name(out, number);
	number += international;
	out = put_octet(out, strlen(number));
	out = put_octet(out, international ? 0x91 : 0x81);
	return put_digits(out, number);
}

static char *put_plain(char *out, const char *text, bool wide)
{
	size_t len = strlen(text);

	out = put_octet(out, wide ? 2 * len : len);
	for (; *text; text++) {
		if (wide)
			out = put_octet(out, 0);
		out = put_octet(out, *text);
	}
	return out;
}

/* A concatenation header of 6 octets takes 7 septets, one fill bit included. */
static char *put_with_header(char *out, const char *text)
{
	out = put_octet(out, strlen(text) + 7);
	out += sprintf(out, "050003420201");
	return put_septets(out, text, 1);
}

int me3000_make_deliver(char hex[ME3000_PDU], const char *number, const char *text, int coding,
			int flags)
{
	char *out = hex + sprintf(hex, "%s", CENTRE);
	char *begin = out;

	out = put_octet(out, flags & ME3000_UDH ? 0x44 : 0x04);
	out = put_sender(out, number);
	out = put_octet(out, 0);
	out = put_octet(out, coding);
	out += sprintf(out, "62111221030023"); /* 2026-11-22 12:30 */
	if (flags & ME3000_UDH) {
		out = put_with_header(out, text);
	} else if ((coding & 0x0C) == 0) {
		out = put_octet(out, strlen(text));
		out = put_septets(out, text, 0);
	} else {
		out = put_plain(out, text, coding & 8);
	}
	return (out - begin) / 2;
}

/* --- SUBMIT --- */

struct reader {
	const char *hex;
	size_t at, len; /* octets */
	bool bad;
};

static int octet(struct reader *r)
{
	unsigned int value = 0;

	if (r->at >= r->len || sscanf(r->hex + 2 * r->at, "%2X", &value) != 1)
		r->bad = true;
	r->at++;
	return value;
}

static void read_number(struct reader *r, char number[ME3000_NUMBER])
{
	int digits = octet(r), type = octet(r), pair = 0;

	if (digits > ME3000_NUMBER - 2)
		r->bad = true;
	if ((type & 0x70) == 0x10)
		*number++ = '+';
	for (int i = 0; i < digits && !r->bad; i++) {
		pair = i % 2 ? pair >> 4 : octet(r);
		*number++ = '0' + (pair & 15);
	}
	*number = 0;
}

static void read_septets(struct reader *r, char *text, int count)
{
	unsigned int bits = 0, have = 0;

	for (; count > 0 && !r->bad; count--) {
		if (have < 7) {
			bits |= octet(r) << have;
			have += 8;
		}
		*text++ = gsm[bits & 0x7F];
		bits >>= 7;
		have -= 7;
	}
	*text = 0;
}

int sms_read_submit(const char *hex, struct me3000_sms *sms)
{
	struct reader r = {.hex = hex, .len = strlen(hex) / 2};
	int centre = octet(&r), first, length;

	memset(sms, 0, sizeof(*sms));
	if (strlen(hex) % 2 || strspn(hex, "0123456789ABCDEFabcdef") != strlen(hex))
		return 0;
	r.at += centre;
	first = octet(&r);
	octet(&r); /* reference */
	read_number(&r, sms->number);
	octet(&r); /* protocol */
	octet(&r); /* coding: what is not 7-bit shows as garbage */
	r.at += (first >> 3 & 3) == 2 ? 1 : (first >> 3 & 3) ? 7 : 0;
	length = octet(&r);
	if ((first & 3) != 1 || length > 160 || r.bad)
		return 0;
	read_septets(&r, sms->text, length);
	if (r.bad || r.at != r.len)
		return 0;
	return r.len - 1 - centre;
}
