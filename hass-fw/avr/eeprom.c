/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eeprom.c - one byte at a time
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include "eeprom.h"
#include "../hal.h"

bool ee_ready(void)
{
	return !(EECR & _BV(EEWE));
}

uint8_t ee_read(uint16_t at)
{
	EEAR = at;
	EECR |= _BV(EERE);
	return EEDR;
}

/* The second bit must follow the first within four cycles. Only the main loop writes. */
void ee_write(uint16_t at, uint8_t value)
{
	EEAR = at;
	EEDR = value;
	cli();
	EECR |= _BV(EEMWE);
	EECR |= _BV(EEWE);
	sei();
}

/* Wakes the main loop once when the byte is done; the flag would stay and interrupt forever. */
void ee_wake(void)
{
	if (!ee_ready())
		EECR |= _BV(EERIE);
}

ISR(EE_RDY_vect)
{
	EECR &= (uint8_t)~_BV(EERIE);
}
