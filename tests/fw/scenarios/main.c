/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main.c - runs the scenarios with the real image and judges what holds for all of them
 *
 * usage: scenarios ELF ELF-115200 [PATTERN]
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "scenario.h"

#define STACK_RESERVE 200

jmp_buf scenario_end;
char scenario_failure[400];
bool scenario_full;

static const struct scenario *const tables[] = {
	auth_scenarios, reaction_scenarios, modem_scenarios, alarm_scenarios,
	link_scenarios, beat_scenarios, power_scenarios, endurance_scenarios,
};

static const char *elf[2];
static const char *pattern = "";
static unsigned int passed, failed, skipped, stack_low = 1024;
static double virtual_seconds;

/* What no scenario may do, whatever it is about. */
static void judge(struct rig *r, int flags)
{
	struct mega162 *chip = machine_chip(r->machine);
	unsigned int now = machine_stack_free(r->machine);

	if (now < r->stack_low)
		r->stack_low = now;
	if (r->stack_low < stack_low)
		stack_low = r->stack_low;
	EXPECT(r->stack_low >= STACK_RESERVE);
	EXPECT((flags & OVERRUN) || chip->usart[0].overruns + chip->usart[1].overruns == 0);
	EXPECT(r->bad_frames == 0);
	if (!(flags & WATCHDOG))
		EXPECT((rig_status(r)->reset & HASS_RESET_WATCHDOG) == 0);
}

static void show(struct rig *r)
{
	size_t n = r ? rig_sent(r) : 0;

	for (size_t i = n > 6 ? n - 6 : 0; i < n; i++)
		printf("     SMS %zu to %s: %s\n", i, rig_number(r, i), rig_text(r, i));
}

static void run(const struct scenario *s)
{
	struct rig *volatile r = NULL; /* survives the long jump */

	if (setjmp(scenario_end)) {
		printf("FAIL %s: %s\n", s->name, scenario_failure);
		show(r);
		failed++;
		return; /* the rig is left: a failed run ends soon */
	}
	r = rig_new(elf[s->flags & FAST ? 1 : 0], !(s->flags & BLANK));
	if (!(s->flags & NOT_READY))
		rig_ready(r);
	s->run(r, s->arg);
	judge(r, s->flags);
	virtual_seconds += r->ms / 1000.0;
	rig_free(r);
	printf("ok   %s\n", s->name);
	passed++;
}

static void run_table(const struct scenario *s)
{
	for (; s->name; s++) {
		if (!strstr(s->name, pattern))
			continue;
		if ((s->flags & LONG) && !scenario_full) {
			printf("     left out: %s (FULL=1)\n", s->name);
			skipped++;
			continue;
		}
		run(s);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct timespec from, to;

	if (argc < 3) {
		fprintf(stderr, "usage: %s ELF ELF-115200 [PATTERN]\n", argv[0]);
		return 2;
	}
	elf[0] = argv[1];
	elf[1] = argv[2];
	if (argc > 3)
		pattern = argv[3];
	scenario_full = getenv("FULL") && atoi(getenv("FULL"));
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		run_table(tables[i]);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%u scenarios passed, %u failed, %u skipped; %.0f s of the unit's time in %.0f s; "
	       "stack never below %u free bytes\n",
	       passed, failed, skipped, virtual_seconds, (double)(to.tv_sec - from.tv_sec),
	       stack_low);
	return failed || !passed;
}
