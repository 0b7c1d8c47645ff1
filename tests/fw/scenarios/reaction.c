/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reaction.c - how long from the last byte of the CUT SMS to the edge, in the chip's own time
 *
 * 60 ms are allowed. A code that the unit has foreseen takes no computing, so that it must be
 * much faster wherever in the window it stands. `make bench` prints what these print.
 */
#include <stdio.h>
#include "scenario.h"
#include "../../../hass-fw/board.h"

#define CUT HASS_S_CUT
#define RESTORE HASS_S_RESTORE
#define LIMIT_MS 60
#define FORESEEN_MS 5
#define SETTLED_MS 2000 /* nothing is left to be written or computed */

/* What keeps the unit busy while the message comes. */
#define HOST_LINE 1  /* VOUCH frames without a pause: a MAC each */
#define MODEM_LINE 2 /* and lines behind the message's */
#define EEPROM 4     /* an alarm is being stored: a byte every 9 ms, for 400 ms */
struct load {
	const char *name;
	int with;
	double limit;
};

/* What the codes have come to; each scenario begins with a unit that has seen none. */
struct counters {
	unsigned int cut, restore;
};

struct span {
	double low, high;
};

static void count_in(struct span *s, double ms)
{
	if (s->low == 0 || ms < s->low)
		s->low = ms;
	if (ms > s->high)
		s->high = ms;
}

/* Bytes that are right already are not written: no two alarms look alike. */
static void store(struct rig *r)
{
	struct hass_alarm alarm = {.id = 1 + r->ms, .count = 1};

	memset(alarm.text, 'a' + r->ms % 23, sizeof(alarm.text));
	r->seq++;
	rig_send_frame(r, HASS_ALARM, &alarm, sizeof(alarm));
}

static void load(struct rig *r, int with)
{
	static const uint8_t mac[HASS_MAC_SIZE] = {1};

	if (!(with & HOST_LINE) || machine_unsent(r->machine, MACHINE_HOST) > 100)
		return;
	r->seq++;
	rig_send_frame(r, HASS_VOUCH, mac, sizeof(mac));
}

static double edge_ms(const struct rig *r)
{
	return (machine_cut_edge(r->machine) - (double)r->pdu_end) / (BOARD_HZ / 1000.0);
}

static unsigned long writes(const struct rig *r)
{
	return machine_chip(r->machine)->cells.writes;
}

static double cut_under(struct rig *r, unsigned int counter, int with)
{
	unsigned long written;

	r->babble = with & MODEM_LINE;
	if (with & EEPROM)
		store(r);
	for (int i = 0; i < 50; i++) { /* it is under way when the message comes */
		load(r, with);
		rig_run(r, 1);
	}
	written = writes(r);
	rig_command(r, ALICE, "CUT", rig_code(CUT, counter));
	for (int i = 0; i < 2000 && !rig_cut(r); i++) {
		load(r, with);
		rig_run(r, 1);
	}
	EXPECT(rig_cut(r));
	if (with & HOST_LINE)
		EXPECT(machine_unsent(r->machine, MACHINE_HOST) > 0);
	if (with & MODEM_LINE)
		EXPECT(machine_unsent(r->machine, MACHINE_MODEM) > 0);
	if (with & EEPROM)
		EXPECT(writes(r) - written >= 3); /* more than the outcome of the command */
	r->babble = false;
	return edge_ms(r);
}

static void restore(struct rig *r, struct counters *c)
{
	rig_command(r, ALICE, "RESTORE", rig_code(RESTORE, c->restore++));
	EXPECT(rig_wait_cut(r, false, 5000));
	rig_run(r, SETTLED_MS);
	r->frame_len = 0;
}

/* One code at each position, each time after the window has moved by another step. */
static void every_position(struct rig *r, const void *arg)
{
	const struct load *l = arg;
	struct counters c = {0};
	struct span span = {0};

	rig_run(r, SETTLED_MS);
	for (unsigned int at = 0; at < HASS_LOOK_AHEAD; at++) {
		count_in(&span, cut_under(r, c.cut + at, l->with));
		c.cut += at + 1;
		rig_run(r, SETTLED_MS);
		restore(r, &c);
	}
	printf("     reaction, codes 1-%d of the window, %s: %.1f to %.1f ms\n", HASS_LOOK_AHEAD,
	       l->name, span.low, span.high);
	EXPECT(span.low > 0);
	EXPECT(span.high <= l->limit);
}

/* As soon as a modem that was off can be in its network. */
static void after_power_up(struct rig *r, const void *arg)
{
	double ms;

	(void)arg;
	rig_power_cycle(r, 11);
	me3000_power(r->modem, false, r->ms);
	rig_ready(r);
	ms = cut_under(r, HASS_LOOK_AHEAD - 1, 0);
	printf("     reaction, last code of the window, first thing after power-up: %.1f ms\n", ms);
	EXPECT(ms <= FORESEEN_MS);
}

/*
 * The unit alone restarts, and the modem hands out a waiting message before all codes are
 * known again: it is obeyed, later. The edge shows that this is what happens here.
 */
static void not_foreseen_yet(struct rig *r, const void *arg)
{
	const unsigned int *at = arg;
	double ms;

	me3000_faults(r->modem)->delay_ms = 1;
	rig_command(r, ALICE, "CUT", rig_code(CUT, *at));
	rig_power_cycle(r, 12);
	EXPECT(!rig_cut(r));
	EXPECT(rig_wait_cut(r, true, 5000));
	ms = edge_ms(r);
	printf("     reaction, last code of the window, read before it was computed: %.1f ms\n",
	       ms);
	EXPECT(ms > FORESEEN_MS);
	EXPECT(ms < 500);
}

/* Three messages wait: the third is the last of a window that has moved just before. */
static void window_just_moved(struct rig *r, const void *arg)
{
	(void)arg;
	rig_command(r, ALICE, "CUT", rig_code(CUT, 3));
	rig_command(r, ALICE, "RESTORE", rig_code(RESTORE, 9));
	rig_command(r, ALICE, "CUT", rig_code(CUT, 3 + HASS_LOOK_AHEAD));
	EXPECT(rig_wait_cut(r, true, 5000));
	EXPECT(rig_wait_cut(r, false, 5000));
	EXPECT(rig_wait_cut(r, true, 5000));
	printf("     reaction, last code of a window that has just moved: %.1f ms\n", edge_ms(r));
	EXPECT(edge_ms(r) <= LIMIT_MS);
}

/* A wrong RESTORE computes ten codes; that must not cost the next CUT anything. */
static void after_wrong_restore(struct rig *r, const void *arg)
{
	double ms;

	(void)arg;
	rig_run(r, SETTLED_MS);
	rig_command(r, ALICE, "RESTORE", "00000000");
	rig_command(r, ALICE, "CUT", rig_code(CUT, HASS_LOOK_AHEAD - 1));
	EXPECT(rig_wait_cut(r, true, 5000));
	ms = edge_ms(r);
	EXPECT_INT(rig_counter(r, HASS_C_CODE_WRONG), 1);
	printf("     reaction, last code of the window, behind a wrong RESTORE: %.1f ms\n", ms);
	EXPECT(ms <= FORESEEN_MS);
}

/* A used code, foreseen once, is void at once, and the price of a wrong one is paid. */
static void used_is_forgotten(struct rig *r, const void *arg)
{
	struct counters c = {0};

	(void)arg;
	cut_under(r, 4, 0);
	restore(r, &c);
	for (unsigned int at = 0; at <= 4; at++) {
		rig_command(r, ALICE, "CUT", rig_code(CUT, at));
		rig_run(r, 8000);
		EXPECT(!rig_cut(r));
		EXPECT_INT(rig_counter(r, HASS_C_CODE_WRONG), at + 1);
		EXPECT_INT(rig_status(r)->tokens[HASS_B_CUT], HASS_TRIES - 1 - at);
	}
	EXPECT(cut_under(r, 5, 0) <= FORESEEN_MS);
}

/* What was foreseen with an old secret is void with it; the new one counts from 0. */
static void new_secret(struct rig *r, const void *arg)
{
	static const char secret[] = "restore secret no. 2"; /* codes by oathtool are at hand */

	(void)arg;
	rig_run(r, SETTLED_MS);
	rig_jumper(r);
	EXPECT_INT(rig_provision(r, HASS_I_SECRET, HASS_S_CUT, secret, HASS_SECRET_SIZE), HASS_OK);
	machine_jumper(r->machine, false);
	for (unsigned int at = 0; at < 3; at++) {
		rig_command(r, ALICE, "CUT", rig_code(CUT, at));
		rig_run(r, 8000);
		EXPECT(!rig_cut(r));
	}
	rig_command(r, ALICE, "CUT", rig_code(RESTORE, HASS_LOOK_AHEAD - 1));
	EXPECT(rig_wait_cut(r, true, 3000));
	EXPECT(edge_ms(r) <= FORESEEN_MS);
}

#define LOAD(...)                                                                                  \
	&(struct load)                                                                             \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
const struct scenario reaction_scenarios[] = {
	{"reaction-at-every-position", every_position, LOAD("idle", 0, FORESEEN_MS), 0},
	{"reaction-with-both-lines-saturated", every_position,
	 LOAD("both lines saturated", HOST_LINE | MODEM_LINE, FORESEEN_MS), 0},
	{"reaction-with-both-lines-saturated-at-115200", every_position,
	 LOAD("both at 115200", HOST_LINE | MODEM_LINE, FORESEEN_MS), FAST},
	{"reaction-while-records-are-written", every_position,
	 LOAD("records being written", MODEM_LINE | EEPROM, 20), 0},
	{"reaction-after-power-up", after_power_up, NULL, NOT_READY},
	{"reaction-before-codes-are-foreseen", not_foreseen_yet, &(unsigned int){9}, 0},
	{"reaction-after-the-window-moved", window_just_moved, NULL, 0},
	{"reaction-after-a-wrong-restore", after_wrong_restore, NULL, 0},
	{"reaction-used-codes-are-forgotten", used_is_forgotten, NULL, 0},
	{"reaction-to-a-new-secret", new_secret, NULL, 0},
	{0},
};
