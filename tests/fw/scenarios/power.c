/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include "registers.h"
#include "scenario.h"

static void cut_survives(struct rig *r, const void *arg)
{
	(void)arg;
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 3000));
	rig_run(r, 1000);
	rig_power_cycle(r, 77);
	EXPECT(!rig_cut(r)); /* pins float in reset: why HARDWARE recommends a latch */
	rig_run(r, 50);
	EXPECT(rig_cut(r));
	rig_command(r, ALICE, "RESTORE", rig_code(HASS_S_RESTORE, 0));
	EXPECT(rig_wait_cut(r, false, 60000));
	rig_run(r, 1000);
	rig_power_cycle(r, 78);
	rig_run(r, 1000);
	EXPECT(!rig_cut(r));
}

/* Time stands still: the watchdog ends it, and the cut is back at once. */
static void watchdog(struct rig *r, const void *arg)
{
	struct mega162 *chip = machine_chip(r->machine);
	unsigned long resets = chip->resets;

	(void)arg;
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 3000));
	rig_run(r, 1000);
	chip->core.data[TIMSK] = 0;
	rig_run(r, 4000);
	EXPECT_INT(chip->resets, resets + 1);
	EXPECT(rig_cut(r));
	EXPECT_INT(rig_status(r)->reset, HASS_RESET_WATCHDOG);
	rig_run(r, 20000);
	EXPECT_INT(chip->resets, resets + 1);
}

/* The stack grew into the variables: nobody feeds the watchdog any more. */
static void stack(struct rig *r, const void *arg)
{
	struct mega162 *chip = machine_chip(r->machine);
	unsigned long resets = chip->resets;

	(void)arg;
	chip->core.data[0x100 + machine_static_ram(r->machine) + 3] ^= 0xFF;
	rig_run(r, 4000);
	EXPECT_INT(chip->resets, resets + 1);
	EXPECT_INT(rig_request(r, HASS_HELLO, NULL, 0), HASS_OK);
}

static void all_bytes(struct rig *r, const void *arg)
{
	memset(machine_eeprom(r->machine), *(const int *)arg, MEGA162_EEPROM);
	rig_power_cycle(r, 1);
	rig_run(r, 2000);
	EXPECT(!rig_cut(r));
	EXPECT_INT(rig_status(r)->phones | r->status.secrets, 0);
	EXPECT_INT(rig_status(r)->boots, 1);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	rig_run(r, 10000);
	EXPECT(!rig_cut(r));
	EXPECT_INT(rig_sent(r), 0);
}

/* One flipped bit anywhere: a record falls back to its other slot or is gone, never wrong. */
static void one_bit(struct rig *r, const void *arg)
{
	uint8_t image[MEGA162_EEPROM];

	(void)arg;
	rig_run(r, 2000);
	memcpy(image, machine_eeprom(r->machine), sizeof(image));
	for (int at = 0; at < MEGA162_EEPROM; at++) {
		memcpy(machine_eeprom(r->machine), image, sizeof(image));
		machine_eeprom(r->machine)[at] ^= 1 << at % 8;
		rig_power_cycle(r, at);
		rig_run(r, 60);
		EXPECT(!rig_cut(r));
		EXPECT(rig_status(r)->phones == 5 || r->status.phones == 0 ||
		       r->status.phones == 1);
		EXPECT(!(r->status.flags & HASS_F_ALARM));
	}
}

#define STATE_BASE 230
#define STATE_SLOT 23

/* The next byte that stays (a slot's first is written twice) does not keep its value. */
static void spoil(struct rig *r)
{
	struct cells *cells = &machine_chip(r->machine)->cells;
	unsigned long writes = cells->writes;

	while (cells->writes == writes || cells->busy || (cells->at - STATE_BASE) % STATE_SLOT == 0)
		rig_run(r, 1);
	machine_eeprom(r->machine)[cells->at] ^= 0x10;
}

/* A cell that does not take its value: the record goes to another slot. */
static void worn(struct rig *r, const void *arg)
{
	(void)arg;
	rig_run(r, 2000);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 3000));
	spoil(r);
	rig_run(r, 3000);
	EXPECT(rig_counter(r, HASS_C_NV_WORN) >= 1);
	rig_power_cycle(r, 5);
	rig_run(r, 100);
	EXPECT(rig_cut(r));
}

/* After a CUT or RESTORE the power goes at every point of storing it. */
static void every_moment(struct rig *r, const void *arg)
{
	const int step = *(const int *)arg;
	unsigned int cuts = 0, restores = 0;

	for (int ms = 0; ms < 500; ms += step) {
		bool was = rig_cut(r);

		rig_command(r, ALICE, was ? "RESTORE" : "CUT",
			    was ? rig_code(HASS_S_RESTORE, restores) : rig_code(HASS_S_CUT, cuts));
		rig_run(r, ms);
		rig_power_cycle(r, ms + 1);
		me3000_power(r->modem, true, r->ms);
		EXPECT(rig_wait_cut(r, !was,
				    10000)); /* the message is still there, or it was obeyed */
		rig_run(r, 6000);
		EXPECT_INT(rig_cut(r), !was);
		EXPECT_INT(me3000_stored(r->modem), 0);
		if (was)
			restores++;
		else
			cuts++;
		if (cuts % 4 == 3)
			rig_run(r,
				3 * HASS_TRY_SECONDS * 1000); /* tokens for what was tried twice */
	}
}

struct history {
	unsigned int counter[2]; /* codes used so far, by us */
	unsigned long cycles, replays;
};

/*
 * Whatever is under way, the power goes at a random moment. What was confirmed must hold,
 * what was used must not work again.
 */
static void random_cuts(struct rig *r, const void *arg)
{
	struct history h = {0};
	const int cycles = *(const int *)arg;

	srand(2026);
	me3000_faults(r->modem)->send_ms = 20;
	for (int i = 0; i < cycles; i++) {
		int which = rig_cut(r) ? HASS_S_RESTORE : HASS_S_CUT;
		bool before = rig_cut(r), replay = h.counter[which] && rand() % 8 == 0;
		unsigned int use = replay ? rand() % h.counter[which] : h.counter[which];

		rig_command(r, ALICE, which ? "RESTORE" : "CUT", rig_code(which, use));
		if (rand() % 2)
			rig_alarm(r, 1000 + i, 1, "random");
		machine_run(r->machine, machine_us(r->machine) + rand() % 600000);
		r->ms = machine_us(r->machine) / 1000 + 1;
		me3000_run(r->modem, r->ms);
		if (replay)
			EXPECT_INT(rig_cut(r), before);
		rig_power_cycle(r, rand());
		me3000_power(r->modem, true, r->ms);
		for (int waited = 0; waited < 200 && (waited < 9 || me3000_stored(r->modem));
		     waited++)
			rig_run(r, 100);
		EXPECT_INT(me3000_stored(r->modem), 0);
		rig_status(r);
		EXPECT_INT(r->status.phones, 5);
		EXPECT_INT(r->status.secrets, 7);
		EXPECT_INT(rig_cut(r), replay ? before : !before);
		h.counter[which] += !replay;
		h.replays += replay;
		while (rig_status(r)->tokens[HASS_B_RESTORE] < 4 ||
		       r->status.tokens[HASS_B_CUT] < 4)
			rig_run(r, HASS_TRY_SECONDS *
					   1000); /* replays and interrupted tries cost tokens */
	}
	printf("     %d power cuts, %lu replays, %u cuts, %u restores, %u resets\n", cycles,
	       h.replays, h.counter[0], h.counter[1],
	       (unsigned int)machine_chip(r->machine)->resets);
}

const struct scenario power_scenarios[] = {
	{"power-cut-survives-and-restore-too", cut_survives, NULL, 0},
	{"power-watchdog-bites-and-the-cut-is-back", watchdog, NULL, WATCHDOG},
	{"power-spoiled-stack-resets", stack, NULL, WATCHDOG},
	{"eeprom-blank", all_bytes, &(int){0xFF}, 0},
	{"eeprom-zeros", all_bytes, &(int){0x00}, 0},
	{"eeprom-pattern", all_bytes, &(int){0xA5}, 0},
	{"eeprom-one-bit-anywhere", one_bit, NULL, 0},
	{"eeprom-worn-cell-is-passed-over", worn, NULL, 0},
	{"power-lost-at-every-moment-of-a-command", every_moment, &(int){20}, 0},
	{"power-lost-100-times", random_cuts, &(int){100}, 0},
	{"power-lost-2000-times", random_cuts, &(int){2000}, LONG},
	{0},
};
