/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - pins, clock, fuses and memory of the HaSS board, in one place
 *
 * ATmega162, 7.3728 MHz crystal (exact at 38400 and 115200 baud), 5 V.
 *
 *   PA0-PA3  MAX312 IN1-IN4    high = switch open = network cut
 *   PB2 PB3  USART1 RXD TXD    ME3000, 115200, through a 2.8 V level shifter
 *   PC0      modem power key   high = pressed (transistor to ground)
 *   PC1      modem reset       high = pulled
 *   PC2      jumper            closed = low = provisioning (internal pull-up)
 *   PC3      lamp              on while the network is cut
 *   PC4-PC7  JTAG, unused
 *   PD0 PD1  USART0 RXD TXD    web server, RS-232 driver or USB bridge
 *
 * Fuses: crystal, slow start; WDTON programmed (the watchdog cannot be switched
 * off); CKDIV8 and M161C unprogrammed; brown-out at 4.3 V; EESAVE programmed (a new
 * firmware keeps secrets and the cut).
 */
#ifndef HASS_BOARD_H
#define HASS_BOARD_H

#include "proto.h"

#define BOARD_HZ 7372800UL
#ifndef BOARD_HOST_BAUD
#define BOARD_HOST_BAUD HASS_BAUD
#endif
#define BOARD_MODEM_BAUD 115200

#define BOARD_FUSE_LOW 0xFD	 /* CKDIV8 off, CKSEL 1101, SUT 11: crystal 3-8 MHz, slow start */
#define BOARD_FUSE_HIGH 0xC1	 /* OCD and JTAG off, WDTON and EESAVE on, no boot loader */
#define BOARD_FUSE_EXTENDED 0xF9 /* M161C off, BODLEVEL 4.3 V */

/* 100 ticks a second: 1024 * 72 cycles, exactly. */
#define BOARD_TICK_PRESCALE 1024UL
#define BOARD_TICK_HZ 100
#define BOARD_TICK_TOP (BOARD_HZ / BOARD_TICK_PRESCALE / BOARD_TICK_HZ - 1)

#define BOARD_CUT_MASK 0x0F /* port A */
#define BOARD_POWER_KEY 0   /* port C */
#define BOARD_MODEM_RESET 1
#define BOARD_JUMPER 2
#define BOARD_LAMP 3

/* Rings are powers of two; the longest turn of the main loop (20 SHA-1 rounds) must fit. */
#define BOARD_HOST_RX 64
#define BOARD_HOST_TX 8
#define BOARD_MODEM_RX 64
#define BOARD_MODEM_TX 16

#define BOARD_EEPROM_SIZE 512
#define BOARD_RAM_START 0x100
#define BOARD_RAM_SIZE 1024
#define BOARD_RAM_BUDGET 700 /* static; the build fails above */
#define BOARD_FLASH_BUDGET (14 * 1024)
#define BOARD_STACK_PAINT 0xC5
#define BOARD_STACK_CANARY 16 /* bytes above the static RAM that must stay painted */

#define BOARD_UBRR(baud) (BOARD_HZ / (16UL * (baud)) - 1)

_Static_assert(BOARD_HZ % (16UL * BOARD_HOST_BAUD) == 0, "host baud rate is exact");
_Static_assert(BOARD_HZ % (16UL * BOARD_MODEM_BAUD) == 0, "modem baud rate is exact");
_Static_assert(BOARD_HZ % (BOARD_TICK_PRESCALE * BOARD_TICK_HZ) == 0, "ticks are exact");
_Static_assert(BOARD_TICK_TOP <= 255, "timer 0 has eight bits");
_Static_assert((BOARD_HOST_RX & (BOARD_HOST_RX - 1)) == 0, "rings are powers of two");
_Static_assert((BOARD_HOST_TX & (BOARD_HOST_TX - 1)) == 0, "rings are powers of two");
_Static_assert((BOARD_MODEM_RX & (BOARD_MODEM_RX - 1)) == 0, "rings are powers of two");
_Static_assert((BOARD_MODEM_TX & (BOARD_MODEM_TX - 1)) == 0, "rings are powers of two");

#endif
