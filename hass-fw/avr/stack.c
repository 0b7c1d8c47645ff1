/* SPDX-License-Identifier: Apache-2.0 */
#include <avr/io.h>
#include "stack.h"
#include "../board.h"
#include "../hal.h"

extern uint8_t _end, __stack; /* by the linker: first byte above static RAM, last of RAM */

/* Runs before any stack is in use; the compiler's own start-up clears .bss after it. */
__attribute__((naked, used, section(".init3"))) static void paint(void);
static void paint(void)
{
	uint8_t *p = &_end;

	do {
		*p = BOARD_STACK_PAINT;
	} while (++p <= &__stack);
}

uint16_t board_stack_free(void)
{
	const uint8_t *p = &_end;

	while (p <= &__stack && *p == BOARD_STACK_PAINT)
		p++;
	return p - &_end;
}

bool stack_sound(void)
{
	const uint8_t *p = &_end;

	for (uint8_t i = 0; i < BOARD_STACK_CANARY; i++)
		if (p[i] != BOARD_STACK_PAINT)
			return false;
	return true;
}
