/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include "scenario.h"

#define BEAT 60

/* Life as it should be: beats, an alarm each hour, a question each six hours. */
static void live(struct rig *r, const void *arg)
{
	struct hass_policy policy = rig_default_policy;
	const int minutes = *(const int *)arg;
	uint32_t begin;
	uint64_t from;

	policy.beat = BEAT;
	EXPECT_INT(rig_policy(r, &policy), HASS_OK);
	begin = rig_status(r)->uptime;
	from = r->ms;
	for (int i = 0; i < minutes; i++) {
		for (int half = 0; half < 2; half++) {
			if (!(rig_status(r)->flags & HASS_F_VOUCHED))
				EXPECT_INT(rig_vouch(r), HASS_OK);
			rig_run(r, 29000);
		}
		rig_run(r, 60000 - (r->ms - from) % 60000);
		if (i % 60 == 30)
			EXPECT_INT(rig_alarm(r, i + 1, 1, "hourly"), HASS_OK);
		if (i % 360 == 90)
			rig_sms(r, ALICE, "STATUS");
	}
	EXPECT_INT(rig_counter(r, HASS_C_BEAT_MISSED), 0);
	EXPECT_INT(rig_told(r, "hourly"), 2 * ((minutes + 29) / 60));
	EXPECT(!rig_cut(r));
	/* the unit's clock and ours: one and the same crystal */
	EXPECT_INT(rig_status(r)->uptime - begin, (r->ms - from) / 1000);
}

/* Past the wrap of the tick (655 s) and of a counter (65536). */
static void wraps(struct rig *r, const void *arg)
{
	static const char torn[] =
		"\0\11\1\1\0\11\1\1\0\11\1\1\0\11\1\1\0\11\1\1\0\11\1\1\0\11\1\1\0\11\1\1\0";
	const unsigned int frames = *(const int *)arg;

	for (unsigned int sent = 0; sent < frames; sent += 8) {
		machine_send(r->machine, MACHINE_HOST, torn, sizeof(torn) - 1);
		rig_run(r, 10);
	}
	rig_run(r, 700000);
	EXPECT_INT(rig_counter(r, HASS_C_FRAME_COBS), frames & 0xFFFF);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 3000));
}

const struct scenario endurance_scenarios[] = {
	{"endurance-three-hours-of-life", live, &(int){180}, 0},
	{"endurance-a-week-of-life", live, &(int){7 * 24 * 60}, LONG},
	{"endurance-tick-and-counter-wrap", wraps, &(int){65544}, 0},
	{0},
};
