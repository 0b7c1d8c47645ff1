/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mega162.h - an ATmega162 for stock libsimavr, which has none
 *
 * Stricter than libsimavr where silicon is stricter: a receiver holds three bytes, an
 * EEPROM byte takes 8.5 ms and is torn when the power goes, a watchdog stays on.
 */
#ifndef SIM_MEGA162_H
#define SIM_MEGA162_H

#include <stdbool.h>
#include <stdint.h>
#include "sim_avr.h"
#include "avr_eeprom.h"
#include "avr_ioport.h"
#include "avr_timer.h"
#include "avr_uart.h"
#include "avr_watchdog.h"

#define MEGA162_EEPROM 512
#define MEGA162_FIFO 3 /* two buffers and the shift register */

struct mega162;

/* What libsimavr's USART lacks: URSEL, the depth of the receiver, and its overruns. */
struct usart {
	avr_uart_t core; /* sends; its receiver is not used */
	struct mega162 *chip;
	avr_io_write_t next_baud, next_status;
	void *next_status_param;
	uint8_t fifo[MEGA162_FIFO];
	unsigned int fill;
	unsigned long overruns;
};

/* One byte at a time is being programmed. */
struct cells {
	avr_eeprom_t core;
	bool busy;
	uint16_t at;
	uint8_t value;
	unsigned long writes;
	unsigned int wear[MEGA162_EEPROM];
};

struct mega162 {
	avr_t core; /* first: an avr_t * is a struct mega162 * */
	avr_watchdog_t watchdog;
	avr_ioport_t port[5];
	avr_timer_t timer0;
	struct usart usart[2];
	struct cells cells;
	unsigned long resets;
	/* A reset empties libsimavr's timer pool: the owner re-arms here. */
	void (*on_reset)(void *arg);
	void *arg;
};

struct mega162 *mega162_new(void);
void mega162_free(struct mega162 *chip);

/* A whole byte has arrived at the pin. */
void usart_receive(struct usart *usart, uint8_t byte);
avr_cycle_count_t usart_byte_cycles(const struct usart *usart);

/* The plug is pulled and put back: RAM is noise, the byte being programmed is torn. */
void mega162_power_cycle(struct mega162 *chip, unsigned int seed);

void usart_init(struct mega162 *chip, int n);
void usart_reset(struct usart *usart);
void cells_init(struct mega162 *chip);
void cells_reset(struct mega162 *chip);
void cells_tear(struct mega162 *chip, unsigned int seed);

#endif
