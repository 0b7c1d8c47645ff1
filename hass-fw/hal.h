/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hal.h - all that the logic knows about the hardware
 *
 * avr/ implements it with registers, the unit tests with arrays. Nothing here waits.
 */
#ifndef HASS_HAL_H
#define HASS_HAL_H

#include <stdbool.h>
#include <stdint.h>

enum uart_port {
	UART_HOST,
	UART_MODEM,
};

int16_t uart_get(enum uart_port port);	       /* -1: nothing there */
uint8_t uart_room(enum uart_port port);	       /* bytes uart_put() takes now */
void uart_put(enum uart_port port, uint8_t c); /* dropped without room */

uint16_t tick_now(void);     /* hundredths of a second, wraps after 655 s */
uint32_t tick_seconds(void); /* since start */
bool tick_second(void);	     /* in this turn of the main loop a second began */

bool ee_ready(void);
uint8_t ee_read(uint16_t at);		   /* only when ready */
void ee_write(uint16_t at, uint8_t value); /* only when ready; takes 8.5 ms */

void board_cut(bool cut);
void board_power_key(bool pressed);
void board_modem_reset(bool pulled);
bool board_jumper(void); /* closed, for long enough not to be a bounce */
uint8_t board_reset_cause(void);
uint16_t board_stack_free(void);

#endif
