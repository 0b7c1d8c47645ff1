/* SPDX-License-Identifier: Apache-2.0 */
#include "netcut.h"
#include "hal.h"
#include "state.h"

void netcut_init(void)
{
	board_cut(netcut_is_cut());
}

bool netcut_is_cut(void)
{
	return state.flags & STATE_CUT;
}

void netcut_cut(enum hass_note why)
{
	board_cut(true);
	state.flags |= STATE_CUT;
	state.notes &=
		(uint8_t) ~(1 << HASS_N_RESTORED); /* told after this cut, it would mislead */
	state.notes |= 1 << why;
	state_save();
}

void netcut_restore(void)
{
	state.flags &= (uint8_t)~STATE_CUT;
	state.notes |= 1 << HASS_N_RESTORED;
	state_save();
}

/* Every turn anew: a disturbed port register heals, a restore waits for its record. */
void netcut_poll(void)
{
	if (netcut_is_cut())
		board_cut(true);
	else if (state_saved())
		board_cut(false);
}
