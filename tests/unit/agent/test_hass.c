// SPDX-License-Identifier: Apache-2.0
/* The agent's end of the serial line, with a unit and a clock that the test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hass_fold.h"
#include "hass_line.h"

/* ---- frames ---- */

static bool feed(struct hass_receiver *r, const uint8_t *p, size_t n, struct hass_frame *f)
{
	bool got = false;

	while (n--)
		got |= hass_frame_byte(r, *p++, f);
	return got;
}

/* doc/PROTOCOL.serial: the check value of CRC-16/X-25 is 906E. */
static void frame_has_the_documented_form(void **state)
{
	static const uint8_t hello[] = {0, 5, 1, 1, 0xa1, 0xb9, 0};
	struct hass_frame f = {.type = '1', .seq = '2', .len = 7}, back;
	struct hass_receiver r = {0};
	uint8_t wire[HASS_FRAME_WIRE];
	size_t n;

	(void)state;
	memcpy(f.data, "3456789", 7);
	n = hass_frame_encode(&f, wire);
	assert_int_equal(n, 14);
	assert_int_equal(wire[11], 0x6e);
	assert_int_equal(wire[12], 0x90);
	assert_true(feed(&r, wire, n, &back));
	assert_memory_equal(back.data, "3456789", 7);
	f = (struct hass_frame){.type = 1, .seq = 1};
	n = hass_frame_encode(&f, wire);
	assert_int_equal(n, sizeof(hello));
	assert_memory_equal(wire, hello, 4);
}

static void every_length_and_zeros_survive(void **state)
{
	uint8_t wire[HASS_FRAME_WIRE];

	(void)state;
	for (size_t len = 0; len <= HASS_FRAME_DATA; len++) {
		for (int fill = 0; fill < 256; fill += 51) {
			struct hass_frame f = {.type = 0x82, .seq = len, .len = len}, back = {0};
			struct hass_receiver r = {0};
			size_t n;

			memset(f.data, fill, len);
			n = hass_frame_encode(&f, wire);
			assert_true(n <= HASS_FRAME_WIRE);
			assert_null(memchr(wire + 1, 0, n - 2));
			assert_true(feed(&r, wire, n, &back));
			assert_int_equal(back.len, len);
			assert_memory_equal(back.data, f.data, len);
		}
	}
}

static void every_single_damage_is_refused(void **state)
{
	struct hass_frame f = {.type = 0x82, .seq = 9, .len = 20}, back;
	uint8_t wire[HASS_FRAME_WIRE], bad[HASS_FRAME_WIRE];
	size_t n = hass_frame_encode(&f, wire);

	(void)state;
	for (size_t i = 1; i < n - 1; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct hass_receiver r = {0};

			memcpy(bad, wire, n);
			bad[i] ^= 1 << bit;
			assert_false(feed(&r, bad, n, &back));
			assert_true(hass_frame_damaged(&r) >= 1);
			assert_true(feed(&r, wire, n, &back)); /* the next one is not lost */
		}
	}
	for (size_t cut = 2; cut < n - 1; cut++) {
		struct hass_receiver r = {0};

		assert_false(feed(&r, wire, cut, &back));
		assert_true(feed(&r, wire, n, &back));
		assert_int_equal(hass_frame_damaged(&r), 1);
	}
}

static void an_endless_frame_is_bounded_and_named(void **state)
{
	struct hass_receiver r = {0};
	struct hass_frame f;

	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_false(hass_frame_byte(&r, 0x55, &f));
	assert_false(hass_frame_byte(&r, 0, &f));
	assert_int_equal(r.damaged[DAMAGE_LONG], 1);
	assert_false(feed(&r, (const uint8_t *)"\3\1\1", 4, &f));
	assert_int_equal(r.damaged[DAMAGE_SHORT], 1);
	assert_false(feed(&r, (const uint8_t *)"\11\1\1", 4, &f));
	assert_int_equal(r.damaged[DAMAGE_COBS], 1);
}

/* ---- the dialogue ---- */

static struct {
	struct hass_line l;
	struct hass_receiver receiver;
	struct hass_frame asked; /* the last request */
	unsigned int requests, reports;
	struct msg_hass m;
	int taken, set;
	int64_t now;
} t;

static void on_write(void *arg, const void *p, size_t n)
{
	(void)arg;
	assert_true(feed(&t.receiver, p, n, &t.asked));
	t.requests++;
}
static void on_report(void *arg, const struct msg_hass *m)
{
	(void)arg;
	t.m = *m;
	t.reports++;
}
static void on_taken(void *arg, uint32_t id, enum role_taken result, unsigned int seconds)
{
	(void)arg;
	(void)id;
	(void)seconds;
	t.taken = result;
}
static void on_set(void *arg, uint32_t number, bool good, const char *said)
{
	(void)arg;
	(void)number;
	(void)said;
	t.set = good;
}
static const struct hass_line_ops ops = {on_write, on_report, on_taken, on_set};

static void begin(void)
{
	memset(&t, 0, sizeof(t));
	t.taken = t.set = -1;
	hass_line_init(&t.l, &ops, NULL, 0);
}

static void pass(int64_t ms)
{
	for (int64_t end = t.now + ms; t.now < end; t.now += 20)
		hass_line_tick(&t.l, t.now);
}

static void answer(const void *p, size_t n)
{
	struct hass_frame f = {.type = t.asked.type | 0x80, .seq = t.asked.seq, .len = n};
	uint8_t wire[HASS_FRAME_WIRE];

	memcpy(f.data, p, n);
	hass_line_bytes(&t.l, wire, hass_frame_encode(&f, wire), t.now);
}

#define HELLO_YES "\0WDHASS\1\0\1"
static uint8_t status_reply[40];

static void status_with(uint8_t flags_low, uint8_t boots, uint8_t nonce)
{
	memset(status_reply, 0, sizeof(status_reply));
	status_reply[1] = flags_low;
	status_reply[13] = boots;
	memset(status_reply + 19, nonce, 8);
}

/* Answers whatever is asked, as a unit does, until nothing is for a while. */
static void play(int rounds)
{
	while (rounds--) {
		unsigned int before = t.requests;
		uint8_t counters[44] = {0};

		pass(20);
		if (t.requests == before && !t.l.tries)
			continue;
		switch (t.asked.type) {
		case 1:
			answer(HELLO_YES, 10);
			break;
		case 2:
			answer(status_reply, 35);
			break;
		case 3:
			counters[1] = t.asked.data[0];
			answer(counters, t.asked.data[0] ? 2 + 2 * 17 : 2 + 2 * 20);
			break;
		default:
			return; /* for the test to answer */
		}
	}
}

static void a_unit_is_found_and_read(void **state)
{
	(void)state;
	begin();
	status_with(HASSMSG_F_REGISTERED, 5, 0xAA);
	play(40);
	assert_int_equal(t.m.line, HASSMSG_UP);
	assert_string_equal(t.m.version, "0.1");
	assert_int_equal(t.m.boots, 5);
	assert_int_equal(t.m.flags, HASSMSG_F_REGISTERED);
	assert_int_equal(t.m.nonce[7], 0xAA);
	pass(6000); /* the next report has the counters too */
	assert_true(t.m.n_counters > 37);
	assert_string_equal(t.m.counters[0].name, "host_overrun");
	assert_string_equal(t.m.counters[36].name, "nv_worn");
}

static void silence_ends_it_and_is_named(void **state)
{
	(void)state;
	begin();
	status_with(0, 1, 1);
	play(40);
	pass(HASS_REPEAT_MS * (HASS_TRIES + 2));
	assert_int_equal(t.m.line, HASSMSG_SILENT);
	status_with(0, 2, 2);
	play(600);
	assert_int_equal(t.m.line, HASSMSG_UP);
	assert_int_equal(t.m.boots, 2);
}

static void babble_is_told_from_silence(void **state)
{
	uint8_t noise[64];

	(void)state;
	begin();
	for (int i = 0; i < 400; i++) {
		memset(noise, 1 + i % 255, sizeof(noise));
		hass_line_bytes(&t.l, noise, sizeof(noise), t.now);
		pass(20);
	}
	assert_int_equal(t.m.line, HASSMSG_BABBLE);
}

static void an_echo_is_no_silence(void **state)
{
	uint8_t wire[HASS_FRAME_WIRE];
	unsigned int seen = 0;

	(void)state;
	begin();
	for (int i = 0; i < 400; i++) {
		pass(20);
		if (t.requests != seen)
			hass_line_bytes(&t.l, wire, hass_frame_encode(&t.asked, wire), t.now);
		seen = t.requests;
	}
	assert_int_equal(t.m.line, HASSMSG_BABBLE);
}

static void another_device_and_another_protocol_are_no_unit(void **state)
{
	(void)state;
	begin();
	pass(20);
	answer("\0SOMEONE\1\1", 10);
	pass(20);
	assert_int_equal(t.m.line, HASSMSG_WRONG);
	pass(400);
	answer("\0WDHASS\2\0\1", 10);
	pass(20);
	assert_int_equal(t.m.line, HASSMSG_WRONG);
	assert_non_null(strstr(t.m.why, "protocol"));
}

static void requests_wait_less_and_less_often(void **state)
{
	unsigned int before;

	(void)state;
	begin();
	pass(120000);
	before = t.requests;
	pass(60000);
	assert_in_range(t.requests - before, 4, 12); /* two a round of 13 s */
}

static void a_reply_to_another_question_changes_nothing(void **state)
{
	struct hass_frame f = {.type = 0x81, .seq = 77, .len = 10};
	uint8_t wire[HASS_FRAME_WIRE];

	(void)state;
	begin();
	pass(20);
	memcpy(f.data, HELLO_YES, 10);
	hass_line_bytes(&t.l, wire, hass_frame_encode(&f, wire), t.now);
	pass(20);
	assert_int_not_equal(t.l.m.line, HASSMSG_UP);
	assert_int_equal(t.l.late, 1);
}

static void lies_about_counters_do_not_loop(void **state)
{
	(void)state;
	begin();
	status_with(0, 1, 1);
	for (int i = 0; i < 60 && t.asked.type != 3; i++) {
		pass(20);
		if (t.asked.type == 1)
			answer(HELLO_YES, 10);
		else if (t.asked.type == 2 && t.l.tries)
			answer(status_reply, 35);
	}
	assert_int_equal(t.asked.type, 3);
	answer("\0\5\1\1\1\1", 6); /* another page than asked */
	assert_true(t.l.tries > 0);
	answer("\0\377\1\1", 4); /* beyond the last */
	assert_true(t.l.tries > 0);
	assert_true(t.l.m.n_counters <= HASSMSG_COUNTERS);
}

static void up(void)
{
	begin();
	status_with(0, 1, 1);
	play(60);
	assert_int_equal(t.l.m.line, HASSMSG_UP);
}

static void ask_alarm(void)
{
	hass_line_alarm(&t.l, 7, 3, false, "text");
	for (int i = 0; i < 100 && t.asked.type != 4; i++)
		play(1);
	assert_int_equal(t.asked.type, 4);
}

static void an_alarm_is_taken_refused_or_given_back(void **state)
{
	(void)state;
	up();
	ask_alarm();
	assert_memory_equal(t.asked.data, "\7\0\0\0\3\0\0\0text", 12);
	answer("\0", 1);
	assert_int_equal(t.taken, TAKEN_OK);
	t.asked.type = 0;
	ask_alarm();
	answer("\1\74", 2);
	assert_int_equal(t.taken, TAKEN_BUSY);
	t.asked.type = 0;
	ask_alarm();
	answer("\7", 1);
	assert_int_equal(t.taken, TAKEN_OFF);
	t.asked.type = 0;
	ask_alarm();
	pass(HASS_REPEAT_MS * (HASS_TRIES + 1));
	assert_int_equal(t.taken, TAKEN_LOST);
	hass_line_alarm(&t.l, 7, 1, false, "x"); /* nobody there: at once */
	assert_int_equal(t.taken, TAKEN_LOST);
}

static void a_mac_over_another_nonce_is_not_handed_in(void **state)
{
	struct msg_hass_mac m = {.letter = HASSMSG_VOUCH};

	(void)state;
	up();
	memset(m.nonce, 9, sizeof(m.nonce));
	hass_line_mac(&t.l, &m);
	assert_false(t.l.have_mac);
	memset(m.nonce, 1, sizeof(m.nonce));
	hass_line_mac(&t.l, &m);
	assert_true(t.l.have_mac);
}

static void a_refused_setting_is_told(void **state)
{
	struct hass_setting s;

	(void)state;
	up();
	hass_setting_erase(&s);
	hass_line_setting(&t.l, 1, &s);
	for (int i = 0; i < 100 && t.asked.type != 7; i++)
		play(1);
	answer("\5", 1);
	assert_int_equal(t.set, 0);
}

/* ---- settings ---- */

static void phones_are_packed_as_the_unit_wants(void **state)
{
	static const uint8_t want[] = {0x68, 0x31, 0x08, 0x00, 0x00, 0x00, 0xf1, 0x1f};
	struct hass_setting s;
	struct err err;

	(void)state;
	assert_int_equal(hass_setting_phone(&s, 2, "+8613800000001", &err), 0);
	assert_int_equal(s.index, 2);
	assert_int_equal(s.data[0], 0x68);
	assert_int_equal(s.data[1], 0x31);
	assert_int_equal(s.data[7] >> 4, 1);
	assert_memory_equal(s.data, want, 2);
	assert_int_equal(hass_setting_phone(&s, 0, "15986672056", &err), 0);
	assert_int_equal(s.data[7] >> 4, 2);
	assert_int_equal(hass_setting_phone(&s, 0, "123456789012345", &err), 0);
	assert_int_equal(hass_setting_phone(&s, 0, "1234567890123456", &err), -1);
	assert_int_equal(hass_setting_phone(&s, 0, "1234567", &err), -1);
	assert_int_equal(hass_setting_phone(&s, 0, "+86 138", &err), -1);
	assert_int_equal(hass_setting_phone(&s, 0, "", &err), -1);
	assert_int_equal(hass_setting_pin(&s, "123", &err), -1);
	assert_int_equal(hass_setting_pin(&s, "1234", &err), 0);
	assert_int_equal(hass_setting_site(&s, "too long a name", &err), -1);
}

static void rules_out_of_range_are_refused(void **state)
{
	static const struct {
		struct hass_rules r;
		int want;
	} table[] = {
		{{60, 3, 1, 12, 60, 16, 60, 300}, 0}, {{0, 3, 0, 12, 60, 16, 60, 300}, 0},
		{{4, 3, 0, 12, 60, 16, 60, 300}, -1}, {{60, 0, 0, 12, 60, 16, 60, 300}, -1},
		{{60, 3, 0, 0, 60, 16, 60, 300}, -1}, {{60, 3, 0, 12, 1, 0, 60, 300}, -1},
		{{60, 3, 0, 12, 60, 60, 60, 0}, -1},  {{60, 3, 0, 12, 60, 16, 256, 0}, -1},
		{{256, 3, 0, 12, 60, 16, 60, 0}, -1}, {{60, 3, 0, 12, 60, 16, 60, 2560}, -1},
	};
	struct hass_setting s;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		assert_int_equal(hass_setting_rules(&s, &table[i].r, &err), table[i].want);
}

/* ---- folding ---- */

static struct wd_event *event(const char *id, uint8_t outcome, const char *path)
{
	static struct wd_event e;

	memset(&e, 0, sizeof(e));
	snprintf(e.id, sizeof(e.id), "%s", id);
	snprintf(e.path, sizeof(e.path), "%s", path);
	e.outcome = outcome;
	e.repeat = 1;
	e.denied = outcome == OUTCOME_DENIED;
	return &e;
}

static void an_event_counts_once_and_leads_with_its_id(void **state)
{
	static struct hass_fold f;
	struct hass_alarm_out out, again;

	(void)state;
	assert_false(hass_fold_add(&f, event("1a2b3c4d-1", OUTCOME_PENDING, "/a")));
	assert_true(hass_fold_add(&f, event("1a2b3c4d-1", OUTCOME_RESTORED, "/a")));
	assert_false(hass_fold_add(&f, event("1a2b3c4d-1", OUTCOME_RESTORED, "/a")));
	assert_true(hass_fold_add(&f, event("1a2b3c4d-1", OUTCOME_FAILED, "/a")));
	assert_true(hass_fold_add(
		&f, event("1a2b3c4d-17", OUTCOME_DENIED, "/srv/www/a/long/way/to/index.html")));
	hass_fold_take(&f, &out);
	assert_int_equal(out.count, 3);
	assert_string_equal(out.text, "1a2b3c4d-17 denied way/to/index.html");
	assert_string_equal(out.event, "1a2b3c4d-17");
	hass_fold_back(&f, &out);
	hass_fold_take(&f, &again);
	assert_int_equal(again.id, out.id); /* the unit knows it again */
	assert_int_equal(again.count, 3);
	hass_fold_take(&f, &out);
	assert_int_equal(out.count, 0);
}

static void a_storm_is_one_alarm_and_none_is_lost(void **state)
{
	static struct hass_fold f;
	struct hass_alarm_out out;
	unsigned long sum = 0;
	char id[32];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(id, sizeof(id), "1a2b3c4d-%d", i);
		hass_fold_add(&f, event(id, OUTCOME_DENIED, "/x"));
	}
	do {
		hass_fold_take(&f, &out);
		sum += out.count;
	} while (out.count);
	assert_int_equal(sum, 100000);
}

static void a_hostile_path_stays_within_the_text(void **state)
{
	static struct hass_fold f;
	char path[4000], id[EVENT_ID_MAX];
	struct hass_frame frame = {0};

	(void)state;
	memset(path, 0x07, sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	memset(id, 'f', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	hass_fold_add(&f, event(id, OUTCOME_FAILED, path));
	assert_true(strlen(f.text) < HASS_FOLD_TEXT);
	hass_ask_alarm(&frame, 1, 1, false, path);
	assert_int_equal(frame.len, HASS_FRAME_DATA);
	for (size_t i = 8; i < frame.len; i++)
		assert_int_equal(frame.data[i], '?');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_has_the_documented_form),
		cmocka_unit_test(every_length_and_zeros_survive),
		cmocka_unit_test(every_single_damage_is_refused),
		cmocka_unit_test(an_endless_frame_is_bounded_and_named),
		cmocka_unit_test(a_unit_is_found_and_read),
		cmocka_unit_test(silence_ends_it_and_is_named),
		cmocka_unit_test(babble_is_told_from_silence),
		cmocka_unit_test(an_echo_is_no_silence),
		cmocka_unit_test(another_device_and_another_protocol_are_no_unit),
		cmocka_unit_test(requests_wait_less_and_less_often),
		cmocka_unit_test(a_reply_to_another_question_changes_nothing),
		cmocka_unit_test(lies_about_counters_do_not_loop),
		cmocka_unit_test(an_alarm_is_taken_refused_or_given_back),
		cmocka_unit_test(a_mac_over_another_nonce_is_not_handed_in),
		cmocka_unit_test(a_refused_setting_is_told),
		cmocka_unit_test(phones_are_packed_as_the_unit_wants),
		cmocka_unit_test(rules_out_of_range_are_refused),
		cmocka_unit_test(an_event_counts_once_and_leads_with_its_id),
		cmocka_unit_test(a_storm_is_one_alarm_and_none_is_lost),
		cmocka_unit_test(a_hostile_path_stays_within_the_text),
	};

	return cmocka_run_group_tests_name("hass", tests, NULL, NULL);
}
