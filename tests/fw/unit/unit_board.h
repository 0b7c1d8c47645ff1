/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_board.h - the hardware as arrays, for unit tests and fuzzing
 */
#ifndef UNIT_BOARD_H
#define UNIT_BOARD_H

#include "hal.h"

struct unit_board {
	uint8_t eeprom[512];
	uint8_t in[2][4096], out[2][4096];
	unsigned int in_len[2], in_at[2], out_len[2];
	uint16_t tick;
	uint32_t seconds;
	bool second, cut, key, reset, jumper;
	unsigned int writes_left; /* power fails when it reaches 0 */
};
extern struct unit_board board;

void board_fresh(void); /* erased EEPROM, empty lines */
void board_input(enum uart_port port, const void *bytes, unsigned int len);

#endif
