// SPDX-License-Identifier: Apache-2.0
#include "hass_line.h"
#include <stdio.h>
#include <string.h>

#define HELLO_FIRST_MS 300
#define HELLO_MOST_MS 10000
#define STATUS_EVERY_MS 1000
#define COUNTERS_EVERY_MS 10000
#define REPORT_EVERY_MS 5000
#define BABBLE_BYTES 32 /* so many meaningless bytes in five requests are no chance */

enum { HELLO, STATUS, COUNTERS, ALARM, MAC, SETTING };

static bool up(const struct hass_line *l)
{
	return l->m.line == HASSMSG_UP;
}

/* ---- reporting ---- */

static void add_counter(struct msg_hass *m, const char *name, uint32_t value)
{
	struct hassmsg_counter *c;

	if (m->n_counters == HASSMSG_COUNTERS)
		return;
	c = &m->counters[m->n_counters++];
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->value = value;
}

static void report(struct hass_line *l, int64_t now)
{
	static struct msg_hass m; /* large */

	m = l->m;
	for (int i = 0; i < DAMAGE_KINDS; i++)
		add_counter(&m, hass_damage_name(i), l->receiver.damaged[i]);
	add_counter(&m, "agent_unasked", l->late);
	l->due_report = false;
	l->reported_at = now;
	l->ops->report(l->arg, &m);
}

/* The one place where the line's state changes. */
static void enter(struct hass_line *l, enum hassmsg_line line, const char *why)
{
	if (l->m.line == line && !strcmp(l->m.why, why))
		return;
	l->m.line = line;
	snprintf(l->m.why, sizeof(l->m.why), "%s", why);
	l->due_report = true;
}

/* What waits for a unit that is not there goes back to whoever will fold or tell of it. */
static void give_back(struct hass_line *l)
{
	if (l->have_alarm)
		l->ops->taken(l->arg, l->alarm_id, TAKEN_LOST, 0);
	if (l->have_setting)
		l->ops->set(l->arg, l->setting_number, false, "the unit does not answer");
	explicit_bzero(&l->setting, sizeof(l->setting));
	l->have_alarm = l->have_mac = l->have_setting = false;
	l->counter = 0;
}

static void lost(struct hass_line *l, int64_t now)
{
	uint32_t bytes = l->receiver.bytes - l->bytes;
	uint32_t damaged = hass_frame_damaged(&l->receiver) - l->damaged;
	char why[HASSMSG_WHY];

	if (l->wrong) {
		/* enter() was called with the reason when it answered */
	} else if (bytes >= BABBLE_BYTES || l->late != l->late_before) {
		snprintf(why, sizeof(why),
			 "%u bytes came, with %u damaged frames and no answer: wrong speed, a"
			 " disturbed line, or another device on this port",
			 bytes > 9999 ? 9999 : bytes, damaged > 9999 ? 9999 : damaged);
		/* The figures change; the state is what is news. */
		if (l->m.line != HASSMSG_BABBLE)
			enter(l, HASSMSG_BABBLE, why);
	} else {
		enter(l, HASSMSG_SILENT,
		      "no answer: is the cable plugged in, has the unit power, is this its port?");
	}
	l->wrong = false;
	give_back(l);
	l->bytes = l->receiver.bytes;
	l->damaged = hass_frame_damaged(&l->receiver);
	l->late_before = l->late;
	l->tries = 0;
	l->due = now + l->hello_ms;
	l->hello_ms = l->hello_ms * 2 > HELLO_MOST_MS ? HELLO_MOST_MS : l->hello_ms * 2;
}

/* ---- asking ---- */

static void transmit(struct hass_line *l, int64_t now)
{
	uint8_t wire[HASS_FRAME_WIRE];
	size_t n = hass_frame_encode(&l->request, wire);

	l->tries++;
	l->due = now + HASS_REPEAT_MS;
	l->ops->write(l->arg, wire, n);
	explicit_bzero(wire, sizeof(wire));
}

static void ask(struct hass_line *l, int what, const struct hass_frame *f, int64_t now)
{
	l->request = *f;
	l->request.seq = ++l->seq;
	l->asked = what;
	l->tries = 0;
	transmit(l, now);
}

/* What is most urgent now; false: nothing. */
static bool choose(struct hass_line *l, int64_t now)
{
	struct hass_frame f = {0};

	if (!up(l)) {
		hass_ask_hello(&f);
		ask(l, HELLO, &f, now);
	} else if (l->have_mac) {
		ask(l, MAC, &l->mac, now);
	} else if (now >= l->status_at) {
		hass_ask_status(&f);
		ask(l, STATUS, &f, now);
	} else if (l->have_setting) {
		ask(l, SETTING, &l->setting, now);
	} else if (l->have_alarm) {
		ask(l, ALARM, &l->alarm, now);
	} else if (l->counter || now >= l->counters_at) {
		hass_ask_counters(&f, l->counter);
		ask(l, COUNTERS, &f, now);
	} else {
		return false;
	}
	return true;
}

void hass_line_tick(struct hass_line *l, int64_t now)
{
	if (l->tries && now >= l->due) {
		if (l->tries >= HASS_TRIES || (!up(l) && l->tries >= 2))
			lost(l, now);
		else
			transmit(l, now);
	} else if (!l->tries && (up(l) || now >= l->due)) {
		choose(l, now);
	}
	if (l->due_report || now - l->reported_at >= REPORT_EVERY_MS)
		report(l, now);
}

/* ---- answers: false = it makes no sense, as if it had not come ---- */

static bool on_hello(struct hass_line *l, const struct hass_frame *f, int64_t now)
{
	char why[HASSMSG_WHY];
	int rc = hass_read_hello(f, &l->m);

	if (rc) {
		l->wrong = true;
		if (rc == -2)
			snprintf(why, sizeof(why),
				 "the unit's firmware %.8s speaks another protocol: update agent or"
				 " firmware",
				 l->m.version);
		else
			snprintf(
				why, sizeof(why),
				"the device answers, but is no WebDefender unit: is this its port?");
		enter(l, HASSMSG_WRONG, why);
		lost(l, now);
		return true;
	}
	enter(l, HASSMSG_UP, "");
	l->hello_ms = HELLO_FIRST_MS;
	l->status_at = l->counters_at = now;
	return true;
}

static bool on_status(struct hass_line *l, const struct hass_frame *f, int64_t now)
{
	uint8_t nonce[HASSMSG_NONCE];
	uint32_t boots = l->m.boots;
	uint16_t flags = l->m.flags;

	memcpy(nonce, l->m.nonce, sizeof(nonce));
	if (hass_read_status(f, &l->m))
		return false;
	l->status_at = now + STATUS_EVERY_MS;
	if (flags != l->m.flags || boots != l->m.boots || memcmp(nonce, l->m.nonce, sizeof(nonce)))
		l->due_report = true;
	if (boots != l->m.boots)
		l->counters_at = now;
	return true;
}

static bool on_counters(struct hass_line *l, const struct hass_frame *f, int64_t now)
{
	int next = hass_read_counters(f, &l->m);

	/* An answer to another page than asked, or one that leads nowhere, must not loop. */
	if (next < 0 || f->data[1] != l->counter || (next && (unsigned int)next <= l->counter))
		return false;
	l->counter = next;
	if (!next)
		l->counters_at = now + COUNTERS_EVERY_MS;
	return true;
}

static bool on_alarm(struct hass_line *l, const struct hass_frame *f, int64_t now)
{
	int result = hass_result(f);
	unsigned int seconds = 0;
	enum role_taken taken = TAKEN_LOST;

	if (result < 0)
		return false;
	if (hass_is_ok(result))
		taken = TAKEN_OK;
	else if (hass_is_busy(result, f, &seconds))
		taken = TAKEN_BUSY;
	else if (hass_is_off(result))
		taken = TAKEN_OFF;
	l->have_alarm = false;
	l->counters_at = now;
	l->ops->taken(l->arg, l->alarm_id, taken, seconds);
	return true;
}

static bool on_mac(struct hass_line *l, const struct hass_frame *f, int64_t now)
{
	int result = hass_result(f);

	if (result < 0)
		return false;
	l->have_mac = false;
	l->m.told = l->mac_of.letter;
	snprintf(l->m.told_result, sizeof(l->m.told_result), "%s", hass_result_name(result));
	l->status_at = now; /* and what it changed is reported with it */
	l->due_report = l->due_report || !hass_is_ok(result) || l->mac_of.letter == HASSMSG_CUT;
	return true;
}

static bool on_setting(struct hass_line *l, const struct hass_frame *f, int64_t now)
{
	int result = hass_result(f);
	unsigned int seconds;

	if (result < 0)
		return false;
	l->status_at = now;
	if (hass_is_busy(result, f, &seconds))
		return true; /* asked again by itself */
	l->have_setting = false;
	explicit_bzero(&l->setting, sizeof(l->setting));
	explicit_bzero(&l->request, sizeof(l->request));
	l->ops->set(l->arg, l->setting_number, hass_is_ok(result), hass_result_help(result));
	return true;
}

static void on_frame(struct hass_line *l, const struct hass_frame *f, int64_t now)
{
	static bool (*const handlers[])(struct hass_line * l, const struct hass_frame *f,
					int64_t now) = {
		[HELLO] = on_hello, [STATUS] = on_status, [COUNTERS] = on_counters,
		[ALARM] = on_alarm, [MAC] = on_mac,	  [SETTING] = on_setting,
	};

	int tries = l->tries;

	/* The unit speaks only when spoken to; a late reply to what was repeated is harmless. */
	if (!l->tries || !hass_answers(&l->request, f)) {
		l->late++;
		return;
	}
	l->tries = 0;
	if (!handlers[l->asked](l, f, now)) {
		l->receiver.damaged[DAMAGE_SHORT]++;
		l->tries = tries; /* goes on waiting: a repetition may be answered well */
		return;
	}
	if (up(l)) {
		l->bytes = l->receiver.bytes;
		l->damaged = hass_frame_damaged(&l->receiver);
		l->late_before = l->late;
	}
}

void hass_line_bytes(struct hass_line *l, const uint8_t *p, size_t n, int64_t now)
{
	struct hass_frame f;

	for (; n; n--)
		if (hass_frame_byte(&l->receiver, *p++, &f))
			on_frame(l, &f, now);
	hass_line_tick(l, now);
}

/* ---- what waits ---- */

void hass_line_init(struct hass_line *l, const struct hass_line_ops *ops, void *arg, int64_t now)
{
	memset(l, 0, sizeof(*l));
	l->ops = ops;
	l->arg = arg;
	l->m.line = HASSMSG_SILENT;
	snprintf(l->m.why, sizeof(l->m.why), "not asked yet");
	l->hello_ms = HELLO_FIRST_MS;
	l->due = now;
	l->reported_at = now;
}

void hass_line_alarm(struct hass_line *l, uint32_t id, uint16_t count, bool test, const char *text)
{
	if (!up(l)) {
		l->ops->taken(l->arg, id, TAKEN_LOST, 0);
		return;
	}
	hass_ask_alarm(&l->alarm, id, count, test, text);
	l->alarm_id = id;
	l->have_alarm = true;
}

void hass_line_mac(struct hass_line *l, const struct msg_hass_mac *m)
{
	/* Over another nonce than the unit's it would only be counted as a forgery. A cut waits
	 * before a beat; both together cannot be, as the publisher sends one at a time. */
	if (!up(l) || memcmp(m->nonce, l->m.nonce, sizeof(m->nonce)))
		return;
	if (l->have_mac && l->mac_of.letter == HASSMSG_CUT)
		return;
	hass_ask_mac(&l->mac, m);
	l->mac_of = *m;
	l->have_mac = true;
}

void hass_line_setting(struct hass_line *l, uint32_t number, const struct hass_setting *s)
{
	if (!up(l)) {
		l->ops->set(l->arg, number, false, "the unit does not answer");
		return;
	}
	hass_ask_provision(&l->setting, s);
	l->setting_number = number;
	l->have_setting = true;
}
