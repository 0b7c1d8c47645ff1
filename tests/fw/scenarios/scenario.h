/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario.h - a scenario is a name, what it does, and the case it does it with
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <string.h>
#include "rig.h"

struct scenario {
	const char *name;
	void (*run)(struct rig *r, const void *arg);
	const void *arg;
	int flags;
};
#define BLANK 1	    /* nothing is provisioned */
#define FAST 2	    /* the image with 115200 baud on both lines */
#define LONG 4	    /* only with FULL=1 */
#define NOT_READY 8 /* do not wait for the modem first */
#define WATCHDOG 16 /* a bite belongs to it */
#define OVERRUN 32  /* so does a lost byte */

extern const struct scenario auth_scenarios[], reaction_scenarios[], modem_scenarios[], alarm_scenarios[],
	link_scenarios[], beat_scenarios[], power_scenarios[], endurance_scenarios[];

extern bool scenario_full; /* FULL=1 */

#endif
