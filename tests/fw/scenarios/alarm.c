/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include "scenario.h"

static void one(struct rig *r, const void *arg)
{
	(void)arg;
	EXPECT_INT(rig_alarm(r, 7, 1, "/srv/www/index.html changed"), HASS_OK);
	EXPECT(rig_wait_sent(r, 2, 10000));
	EXPECT_TEXT(rig_text(r, 0), "www: ALARM /srv/www/index.html changed");
	EXPECT(!strstr(rig_text(r, 0), "more"));
	rig_run(r, 90000);
	EXPECT_INT(rig_sent(r), 2);
	EXPECT(!(rig_status(r)->flags & HASS_F_ALARM));
}

static void counted(struct rig *r, const void *arg)
{
	(void)arg;
	EXPECT_INT(rig_alarm(r, 7, 65535, "many"), HASS_OK);
	EXPECT(rig_wait_sent(r, 1, 10000));
	EXPECT_TEXT(rig_text(r, 0), "ALARM many (+65534 more)");
}

static void repeated(struct rig *r, const void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++)
		EXPECT_INT(rig_alarm(r, 7, 1, "once"), HASS_OK);
	rig_run(r, 120000);
	EXPECT_INT(rig_sent(r), 2);
	EXPECT(!strstr(rig_text(r, 1), "more"));
	EXPECT_INT(rig_counter(r, HASS_C_ALARM_STORED), 3);
	EXPECT_INT(rig_alarm(r, 7, 1, "once"), HASS_OK);
	rig_run(r, 120000);
	EXPECT_INT(rig_sent(r), 2);
}

/* An agent that folds on BUSY, as proto.h says: every event is told or counted. */
static void storm(struct rig *r, const void *arg)
{
	unsigned int waiting = 0, events = *(const int *)arg, told = 0;
	uint32_t id = 1;

	for (unsigned int i = 0; i < events; i++) {
		waiting++;
		if (rig_alarm(r, id, waiting, "storm") == HASS_OK) {
			id++;
			waiting = 0;
		}
		rig_run(r, 50);
	}
	while (waiting && rig_alarm(r, id, waiting, "storm") != HASS_OK)
		rig_run(r, 10000);
	rig_run(r, 200000);
	EXPECT(!(rig_status(r)->flags & HASS_F_ALARM));
	for (size_t i = 0; i < rig_sent(r); i++) {
		unsigned int more = 0;

		if (strcmp(rig_number(r, i), ALICE))
			continue;
		sscanf(rig_text(r, i), "www: ALARM storm (+%u more", &more);
		told += more + 1;
	}
	EXPECT(told >= events);
	EXPECT(rig_sent(r) <= 2 * (2 + events / 20 / 60 + 8));
}

static void survives(struct rig *r, const void *arg)
{
	(void)arg;
	me3000_faults(r->modem)->no_network = true;
	rig_run(r, 40000);
	EXPECT_INT(rig_alarm(r, 9, 3, "acknowledged"), HASS_OK);
	rig_power_cycle(r, 11);
	rig_run(r, 5000);
	EXPECT(rig_status(r)->flags & HASS_F_ALARM);
	EXPECT_INT(rig_alarm(r, 9, 3, "acknowledged"), HASS_OK);
	me3000_faults(r->modem)->no_network = false;
	EXPECT(rig_wait_sent(r, 2, 60000));
	EXPECT_TEXT(rig_text(r, 0), "ALARM acknowledged (+2 more)");
	rig_run(r, 5000);
	rig_power_cycle(r, 12);
	rig_run(r, 60000);
	EXPECT_INT(rig_sent(r), 2);
}

static void characters(struct rig *r, const void *arg)
{
	(void)arg;
	EXPECT_INT(rig_alarm(r, 1, 1, "a_b@c$d[e]{f}\\g|h~i^j`k\"l'm#n%o&p"), HASS_OK);
	EXPECT(rig_wait_sent(r, 1, 10000));
	EXPECT_TEXT(rig_text(r, 0), "a_b@c$d?e??f??g?h?i?j?k\"l'm#n%o&p");
}

static void every_length(struct rig *r, const void *arg)
{
	char text[HASS_TEXT_MAX + 1] = "";

	struct hass_policy policy = rig_default_policy;

	(void)arg;
	policy.hour_sms = 250;
	policy.day_sms = 250;
	EXPECT_INT(rig_policy(r, &policy), HASS_OK);
	for (int len = 1; len <= HASS_TEXT_MAX; len++) {
		text[len - 1] = 'A' + len % 26;
		while (rig_alarm(r, len, 1, text) != HASS_OK)
			rig_run(r, 60000);
		EXPECT(rig_wait_sent(r, 2 * len, 200000));
		EXPECT_TEXT(rig_text(r, 2 * len - 1), text);
		rig_run(r, 1000);
	}
}

static void test_kind(struct rig *r, const void *arg)
{
	struct hass_alarm alarm = {.id = 5, .count = 1, .kind = HASS_KIND_TEST, .text = "hello"};

	(void)arg;
	EXPECT_INT(rig_request(r, HASS_ALARM, &alarm, 13), HASS_OK);
	EXPECT(rig_wait_sent(r, 2, 10000));
	EXPECT_TEXT(rig_text(r, 0), "www: TEST hello");
}

static void bad(struct rig *r, const void *arg)
{
	const struct hass_alarm *alarm = arg;

	EXPECT_INT(rig_request(r, HASS_ALARM, alarm, 8 + strlen(alarm->text)),
		   alarm->text[0] ? HASS_VALUE : HASS_LENGTH);
	rig_run(r, 8000);
	EXPECT_INT(rig_sent(r), 0);
	EXPECT_INT(rig_counter(r, alarm->text[0] ? HASS_C_REQ_VALUE : HASS_C_REQ_LENGTH), 1);
}

static void wear(struct rig *r, const void *arg)
{
	unsigned long writes = machine_chip(r->machine)->cells.writes;
	int stored = 0;

	(void)arg;
	for (int i = 0; i < 400; i++) {
		stored += rig_alarm(r, i + 1, 1, "wear wear wear") == HASS_OK;
		rig_run(r, 100);
	}
	EXPECT(stored >= HASS_STORES);
	EXPECT(stored <= HASS_STORES + 3);
	EXPECT(rig_counter(r, HASS_C_ALARM_BUSY) >= 300);
	EXPECT(machine_chip(r->machine)->cells.writes - writes < 60 * 50);
}

static void hourly(struct rig *r, const void *arg)
{
	struct hass_policy policy = rig_default_policy;

	(void)arg;
	policy.hour_sms = 6;
	policy.fold = 1;
	EXPECT_INT(rig_policy(r, &policy), HASS_OK);
	for (int i = 0; i < 10; i++) {
		while (rig_alarm(r, i + 1, 1, "again") != HASS_OK)
			rig_run(r, 1000);
		rig_run(r, 8000);
	}
	EXPECT_INT(rig_sent(r), 6);
	EXPECT(rig_counter(r, HASS_C_SMS_LIMITED) >= 1);
	EXPECT(rig_status(r)->flags & HASS_F_ALARM);
	rig_run(r, 1300000); /* two more tokens */
	EXPECT_INT(rig_sent(r), 8);
	EXPECT_TEXT(rig_text(r, 7), "more)");
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 3000));
	EXPECT(rig_wait_sent(r, 10, 20000));
}

static void reserve(struct rig *r, const void *arg)
{
	struct hass_policy policy = rig_default_policy;

	(void)arg;
	policy.hour_sms = 60;
	policy.day_sms = 8;
	policy.reserve = 4;
	policy.fold = 1;
	EXPECT_INT(rig_policy(r, &policy), HASS_OK);
	for (int i = 0; i < 6; i++) {
		while (rig_alarm(r, i + 1, 1, "drain") != HASS_OK)
			rig_run(r, 1000);
		rig_sms(r, ALICE, "STATUS");
		rig_run(r, 8000);
	}
	EXPECT_INT(rig_sent(r), 4);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 3000));
	EXPECT(rig_wait_sent(r, 6, 20000));
	rig_command(r, ALICE, "RESTORE", rig_code(HASS_S_RESTORE, 0));
	EXPECT(rig_wait_cut(r, false, 3000));
	EXPECT(rig_wait_sent(r, 8, 20000));
	EXPECT_INT(rig_told(r, "RESTORED"), 2);
	rig_run(r, 2000);
	EXPECT_INT(rig_status(r)->tokens[HASS_B_DAY], 0);
	rig_power_cycle(r, 2);
	rig_run(r, 30000);
	EXPECT_INT(rig_sent(r), 8);
}

/* A cut in the middle of a storm: its confirmation does not queue behind alarms. */
static void cut_in_storm(struct rig *r, const void *arg)
{
	size_t before;

	(void)arg;
	me3000_faults(r->modem)->send_ms = 3000;
	EXPECT_INT(rig_alarm(r, 1, 100, "storm"), HASS_OK);
	rig_run(r, 1000);
	before = rig_sent(r);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 8000));
	EXPECT(rig_wait_sent(r, 4, 60000));
	EXPECT_INT(rig_told(r, "network CUT"), 2);
	EXPECT_INT(rig_told(r, "storm"), 2);
	EXPECT_TEXT(rig_text(r, before + 1), "network CUT");
}

static void nobody(struct rig *r, const void *arg)
{
	(void)arg;
	EXPECT_INT(rig_alarm(r, 1, 1, "to whom"), HASS_OFF);
}

#define ALARM(...)                                                                                 \
	&(struct hass_alarm)                                                                       \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
const struct scenario alarm_scenarios[] = {
	{"alarm-reaches-everybody-once", one, NULL, 0},
	{"alarm-tells-its-count", counted, NULL, 0},
	{"alarm-repeated-is-the-same", repeated, NULL, 0},
	{"alarm-storm-of-300-is-folded", storm, &(int){300}, 0},
	{"alarm-storm-of-5000-is-folded", storm, &(int){5000}, LONG},
	{"alarm-acknowledged-survives-power-loss", survives, NULL, 0},
	{"alarm-text-is-readable", characters, NULL, 0},
	{"alarm-text-of-every-length", every_length, NULL, 0},
	{"alarm-test-says-so", test_kind, NULL, 0},
	{"alarm-bad-count", bad, ALARM(.id = 1, .count = 0, .text = "x"), 0},
	{"alarm-bad-kind", bad, ALARM(.id = 1, .count = 1, .kind = 9, .text = "x"), 0},
	{"alarm-bad-zero", bad, ALARM(.id = 1, .count = 1, .zero = 1, .text = "x"), 0},
	{"alarm-bad-text", bad, ALARM(.id = 1, .count = 1, .text = "x\r\x1a"), 0},
	{"alarm-bad-length", bad, ALARM(.id = 1, .count = 1), 0},
	{"alarm-writes-are-rationed", wear, NULL, 0},
	{"alarm-hourly-limit-folds-the-rest", hourly, NULL, 0},
	{"alarm-daily-reserve-is-for-confirmations", reserve, NULL, 0},
	{"alarm-yields-to-a-cut-confirmation", cut_in_storm, NULL, 0},
	{"alarm-without-phones-is-refused", nobody, NULL, BLANK},
	{0},
};
