// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include "wdctl_hass.h"

#define QUIET                                                                                      \
	2 /* modules of white around it; four are the standard, two are enough on a screen         \
	   */

static void base32(char *to, const uint8_t *p, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned int bits = 0, have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 5; have -= 5)
			*to++ = letters[bits >> (have - 5) & 31];
	}
	if (have)
		*to++ = letters[bits << (5 - have) & 31];
	*to = '\0';
}

/* Everything that is not plain in a URI becomes %XX. */
static void escape(char *to, size_t cap, const char *from)
{
	for (; *from && cap > 4; from++) {
		if (isalnum((unsigned char)*from) || strchr("-._~", *from)) {
			*to++ = *from;
			cap--;
		} else {
			snprintf(to, cap, "%%%02X", (unsigned char)*from);
			to += 3;
			cap -= 3;
		}
	}
	*to = '\0';
}

int hass_otpauth(char *to, size_t cap, const char *label, const uint8_t *key, size_t key_len)
{
	char secret[128], name[128];
	int n;

	if (key_len * 8 / 5 + 2 > sizeof(secret))
		return -1;
	base32(secret, key, key_len);
	escape(name, sizeof(name), label);
	n = snprintf(to, cap,
		     "otpauth://hotp/WebDefender:%s?secret=%s&issuer=WebDefender&algorithm=SHA1"
		     "&digits=8&counter=0",
		     name, secret);
	explicit_bzero(secret, sizeof(secret));
	return n < (int)cap ? 0 : -1;
}

static bool dark(const QRcode *q, int x, int y)
{
	return x >= 0 && y >= 0 && x < q->width && y < q->width && q->data[y * q->width + x] & 1;
}

/* Two modules a character, white drawn: it reads on dark and on light terminals alike. */
int hass_qr(const char *text)
{
	QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

	if (!q)
		return -1;
	for (int y = -QUIET; y < q->width + QUIET; y += 2) {
		fputs("\033[40;97m", stdout);
		for (int x = -QUIET; x < q->width + QUIET; x++) {
			bool top = !dark(q, x, y), bottom = !dark(q, x, y + 1);

			fputs(top ? bottom ? "\u2588" : "\u2580" : bottom ? "\u2584" : " ", stdout);
		}
		fputs("\033[0m\n", stdout);
	}
	QRcode_free(q);
	return 0;
}
