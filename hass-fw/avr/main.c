/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - start, turn, sleep
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include "eeprom.h"
#include "pins.h"
#include "stack.h"
#include "tick.h"
#include "uart.h"
#include "../board.h"
#include "../hal.h"
#include "../super.h"

/* The programmer may take them from the ELF file. */
FUSES = {
	.low = BOARD_FUSE_LOW,
	.high = BOARD_FUSE_HIGH,
	.extended = BOARD_FUSE_EXTENDED,
};

static uint8_t reset_cause __attribute__((section(".noinit")));

/*
 * Before anything else: after a bite the watchdog goes on with its shortest time and
 * would bite again before start-up is through; and MCUCSR tells why only once.
 */
__attribute__((naked, used, section(".init3"))) static void early(void);
static void early(void)
{
	reset_cause = MCUCSR;
	MCUCSR = 0;
	wdt_reset();
	WDTCR = _BV(WDCE) | _BV(WDE);
	WDTCR = _BV(WDE) | _BV(WDP2) | _BV(WDP1) | _BV(WDP0);
	wdt_reset(); /* so that the longer time counts from here */
}

uint8_t board_reset_cause(void)
{
	return reset_cause & 0x0F;
}

/* A byte that came after the last look must not wait for the next tick: look, then sleep at once.
 */
static void rest(void)
{
	ee_wake();
	cli();
	if (super_idle() && !uart_waiting()) {
		sleep_enable();
		sei();
		sleep_cpu();
		sleep_disable();
	}
	sei();
}

/* A stack that grew into the variables cannot be trusted: the watchdog ends it. */
static void turn(void)
{
	tick_turn();
	board_turn();
	if (super_turn() && stack_sound())
		wdt_reset();
}

int main(void)
{
	set_sleep_mode(SLEEP_MODE_IDLE);
	board_init();
	super_init();
	uart_init();
	tick_init();
	sei();
	for (;;) {
		turn();
		rest();
	}
}
