/* SPDX-License-Identifier: Apache-2.0 */
#include "super.h"
#include "alarm.h"
#include "auth.h"
#include "beat.h"
#include "bucket.h"
#include "config.h"
#include "flash.h"
#include "hal.h"
#include "host.h"
#include "link.h"
#include "mac.h"
#include "modem.h"
#include "netcut.h"
#include "nv.h"
#include "outbox.h"
#include "state.h"

typedef void (*task_poll)(void);

/* The order matters twice: netcut follows who may decide, nv comes last (see nv_poll). */
static const task_poll tasks[] PROGMEM = {
	modem_poll, auth_poll,	 netcut_poll, mac_poll,	  host_poll, beat_poll,
	alarm_poll, outbox_poll, bucket_poll, state_poll, nv_poll,
};
#define TASKS (sizeof(tasks) / sizeof(tasks[0]))
#define ALL ((1U << (TASKS + 1)) - 1)
#define TIME (1U << TASKS) /* not a task: the tick goes on */

static uint16_t checked_in; /* a bit for each task since the last feeding */
static uint16_t last_tick;

static task_poll task(uint8_t i)
{
	task_poll poll;

	memcpy_P(&poll, &tasks[i], sizeof(poll));
	return poll;
}

/* The cut comes first; everything else can wait for the few milliseconds. */
void super_init(void)
{
	nv_init();
	state_init();
	netcut_init();
	config_init();
	bucket_init();
	mac_init();
	link_init();
	host_init();
	beat_init();
	alarm_init();
	outbox_init();
	auth_init();
	modem_init();
	checked_in = 0;
	last_tick = tick_now();
}

bool super_turn(void)
{
	for (uint8_t i = 0; i < TASKS; i++) {
		task(i)();
		checked_in |= 1U << i;
	}
	if (tick_now() != last_tick)
		checked_in |= TIME;
	if (checked_in != ALL)
		return false;
	checked_in = 0;
	last_tick = tick_now();
	return true;
}

bool super_idle(void)
{
	return !mac_busy() && !(nv_busy() && nv_readable());
}
