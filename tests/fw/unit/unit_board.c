/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "unit_board.h"

struct unit_board board;

void board_fresh(void)
{
	memset(&board, 0, sizeof(board));
	memset(board.eeprom, 0xFF, sizeof(board.eeprom));
	board.writes_left = ~0U;
}

void board_input(enum uart_port port, const void *bytes, unsigned int len)
{
	if (len > sizeof(board.in[port]))
		len = sizeof(board.in[port]);
	memcpy(board.in[port], bytes, len);
	board.in_at[port] = 0;
	board.in_len[port] = len;
}

int16_t uart_get(enum uart_port port)
{
	return board.in_at[port] < board.in_len[port] ? board.in[port][board.in_at[port]++] : -1;
}

uint8_t uart_room(enum uart_port port)
{
	(void)port;
	return 16;
}

void uart_put(enum uart_port port, uint8_t c)
{
	board.out[port][board.out_len[port]++ % sizeof(board.out[port])] = c;
}

uint16_t tick_now(void)
{
	return board.tick;
}

uint32_t tick_seconds(void)
{
	return board.seconds;
}

bool tick_second(void)
{
	return board.second;
}

bool ee_ready(void)
{
	return true;
}

uint8_t ee_read(uint16_t at)
{
	return board.eeprom[at % sizeof(board.eeprom)];
}

/* The byte under way when the power fails is torn. */
void ee_write(uint16_t at, uint8_t value)
{
	if (board.writes_left == 0)
		return;
	board.eeprom[at] = --board.writes_left ? value : (uint8_t)(value ^ 0x5A);
}

void board_cut(bool cut)
{
	board.cut = cut;
}

void board_power_key(bool pressed)
{
	board.key = pressed;
}

void board_modem_reset(bool pulled)
{
	board.reset = pulled;
}

bool board_jumper(void)
{
	return board.jumper;
}

uint8_t board_reset_cause(void)
{
	return 1;
}

uint16_t board_stack_free(void)
{
	return 0;
}
