// SPDX-License-Identifier: Apache-2.0
/*
 * The serial line: whatever a device says, byte by byte, and whatever it answers in frames
 * that are well made. Time passes as the input says.
 */
#include "hass_line.h"
#include <stdlib.h>
#include <string.h>

static void on_write(void *arg, const void *p, size_t n)
{
	(void)arg;
	(void)p;
	if (n < 7 || n > HASS_FRAME_WIRE)
		abort();
}

/* What is reported travels on: it must survive its own codec. */
static void on_report(void *arg, const struct msg_hass *m)
{
	static struct msg_hass again;
	struct buf b;
	struct rd r;

	(void)arg;
	buf_init(&b, 8192);
	msg_hass_put(&b, m);
	r = rd_over(b.data, b.len);
	msg_hass_get(&r, &again);
	if (!buf_ok(&b) || !rd_end(&r))
		abort();
	buf_free(&b);
}

static void on_taken(void *arg, uint32_t id, enum role_taken result, unsigned int seconds)
{
	(void)arg;
	if (id != 7 || result >= TAKEN_MAX || seconds > 255)
		abort();
}

static void on_set(void *arg, uint32_t number, bool good, const char *said)
{
	(void)arg;
	(void)good;
	if (number != 9 || !said)
		abort();
}

static const struct hass_line_ops ops = {on_write, on_report, on_taken, on_set};

/* A reply to what was asked, its data out of the input. */
static size_t reply(struct hass_line *l, const uint8_t *p, size_t n, int64_t now)
{
	struct hass_frame f = {.type = l->request.type | 0x80, .seq = l->request.seq};
	uint8_t wire[HASS_FRAME_WIRE];

	f.len = p[0] % (HASS_FRAME_DATA + 1);
	if (f.len > n - 1)
		f.len = n - 1;
	memcpy(f.data, p + 1, f.len);
	hass_line_bytes(l, wire, hass_frame_encode(&f, wire), now);
	return 1 + f.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct hass_line l;
	static const struct hass_setting s = {.item = 1, .len = 8};
	struct msg_hass_mac mac = {.letter = HASSMSG_VOUCH};
	int64_t now = 0;

	hass_line_init(&l, &ops, NULL, now);
	while (n > 1) {
		uint8_t what = *p++;
		size_t used = 1;

		n--;
		if (what < 96)
			used = reply(&l, p, n, now);
		else if (what < 192)
			hass_line_bytes(&l, p, 1, now);
		else if (what < 200)
			hass_line_alarm(&l, 7, p[0], p[0] & 1, "\x01text");
		else if (what < 208)
			hass_line_setting(&l, 9, &s);
		else if (what < 216)
			hass_line_mac(&l, (memcpy(mac.nonce, l.m.nonce, sizeof(mac.nonce)), &mac));
		else
			now += p[0] * 16;
		hass_line_tick(&l, now);
		p += used;
		n -= used;
	}
	return 0;
}
