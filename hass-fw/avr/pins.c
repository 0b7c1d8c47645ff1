/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pins.c - what the ports drive and sense
 */
#include <avr/io.h>
#include "pins.h"
#include "tick.h"
#include "../board.h"
#include "../hal.h"

#define JUMPER_TICKS 50 /* closed for half a second: no bounce, no spark */

static uint16_t jumper_open_at;
static bool jumper_closed;

void board_init(void)
{
	PORTC = _BV(BOARD_JUMPER);
	DDRC = _BV(BOARD_POWER_KEY) | _BV(BOARD_MODEM_RESET) | _BV(BOARD_LAMP);
}

/* The level first, then the direction: the first edge must be the right one. */
void board_cut(bool cut)
{
	if (cut) {
		PORTA |= BOARD_CUT_MASK;
		PORTC |= _BV(BOARD_LAMP);
	} else {
		PORTA &= (uint8_t)~BOARD_CUT_MASK;
		PORTC &= (uint8_t)~_BV(BOARD_LAMP);
	}
	DDRA = BOARD_CUT_MASK;
}

static void port_c(uint8_t pin, bool high)
{
	if (high)
		PORTC |= _BV(pin);
	else
		PORTC &= (uint8_t)~_BV(pin);
}

void board_power_key(bool pressed)
{
	port_c(BOARD_POWER_KEY, pressed);
}

void board_modem_reset(bool pulled)
{
	port_c(BOARD_MODEM_RESET, pulled);
}

void board_turn(void)
{
	if (PINC & _BV(BOARD_JUMPER)) {
		jumper_open_at = tick_now();
		jumper_closed = false;
	} else if (tick_now() - jumper_open_at >= JUMPER_TICKS) {
		jumper_closed = true;
	}
}

bool board_jumper(void)
{
	return jumper_closed;
}
