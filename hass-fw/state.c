/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"
#include "nv.h"
#include <string.h>

_Static_assert(sizeof(struct state) == NV_STATE_SIZE, "the record holds the state");

struct state state;

static bool dirty, writing;

void state_init(void)
{
	nv_read(NV_STATE, 0, &state, sizeof(state));
	if (!nv_stored(NV_STATE))
		state_forget();
	state.boots++;
	writing = false;
	state_save();
}

/* What is being written comes straight from `state`: a change in the middle starts it over. */
void state_save(void)
{
	if (writing)
		nv_restart();
	else
		dirty = true;
}

bool state_saved(void)
{
	return !dirty && !writing;
}

void state_forget(void)
{
	memset(state.counter, 0, sizeof(state.counter));
	memset(state.tokens, 0xFF, sizeof(state.tokens));
	state.flags &= STATE_CUT;
	state.notes = 0;
	state_save();
}

void state_poll(void)
{
	if (nv_busy())
		return;
	writing = false;
	if (!dirty)
		return;
	if (nv_write(NV_STATE, 0, (const uint8_t *)&state, sizeof(state))) {
		writing = true;
		dirty = false;
	}
}
