/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tick.c - time: timer 0 counts hundredths of a second
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include "tick.h"
#include "../board.h"
#include "../hal.h"

static volatile uint16_t ticks;
static uint32_t seconds;
static uint16_t second_began; /* tick */
static bool began;

void tick_init(void)
{
	OCR0 = BOARD_TICK_TOP;
	TCCR0 = _BV(WGM01) | _BV(CS02) | _BV(CS00);
	TIMSK |= _BV(OCIE0);
}

ISR(TIMER0_COMP_vect)
{
	ticks++;
}

uint16_t tick_now(void)
{
	uint16_t seen;

	do {
		seen = ticks;
	} while (seen != ticks);
	return seen;
}

/* A turn that takes long must not lose a second: the start moves by exactly one. */
void tick_turn(void)
{
	began = tick_now() - second_began >= BOARD_TICK_HZ;
	if (!began)
		return;
	second_began += BOARD_TICK_HZ;
	seconds++;
}

bool tick_second(void)
{
	return began;
}

uint32_t tick_seconds(void)
{
	return seconds;
}
