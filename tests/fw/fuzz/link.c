/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - any bytes from the web server: no crash, no restored network, no provisioning
 */
#include <stdlib.h>
#include "unit_board.h"
#include "state.h"
#include "super.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	board_fresh();
	super_init();
	state.flags |= STATE_CUT;
	board_input(UART_HOST, data, size);
	for (int i = 0; i < 400; i++) {
		board.tick++;
		board.second = i % 20 == 0;
		super_turn();
	}
	if (!board.cut || state.counter[0] || state.counter[1])
		abort();
	return 0;
}
