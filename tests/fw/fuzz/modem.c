/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem.c - any bytes from the modem: no crash, no cut without a code
 */
#include <stdlib.h>
#include "unit_board.h"
#include "config.h"
#include "nv.h"
#include "state.h"
#include "super.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define PHONES_AT 60 /* in the configuration record */

/* +8613800000001 is listed, so that commands are looked at; there are no secrets. */
static void list_a_phone(void)
{
	static const uint8_t phone[] = {0x68, 0x31, 0x08, 0, 0, 0, 0xF1, 0x1F};

	nv_init();
	nv_write(NV_CONFIG, PHONES_AT, phone, sizeof(phone));
	while (nv_busy())
		nv_poll();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	board_fresh();
	list_a_phone();
	super_init();
	if (config.phones != 1)
		abort();
	board_input(UART_MODEM, data, size);
	for (int i = 0; i < 400; i++) {
		board.tick += 7;
		board.second = i % 14 == 0;
		super_turn();
	}
	if (board.cut || state.counter[0] || state.counter[1])
		abort();
	return 0;
}
