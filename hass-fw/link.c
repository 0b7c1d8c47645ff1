/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"
#include "cobs.h"
#include "count.h"
#include "crc.h"
#include "hal.h"

struct link_frame link_frame;

static struct {
	struct cobs_rx cobs;
	uint16_t crc;
	uint8_t len;
	bool too_long;
	bool held; /* a request waits for its reply */
} rx;

static struct {
	uint8_t size; /* of the sealed frame; 0: nothing goes out */
	uint8_t at;   /* next byte on the wire: a zero, COBS, a zero */
} tx;

static uint8_t *const frame = (uint8_t *)&link_frame;

static void restart(void)
{
	rx.len = 0;
	rx.too_long = false;
	rx.crc = CRC_START;
}

void link_init(void)
{
	rx.held = false;
	rx.cobs = (struct cobs_rx){0};
	tx.size = 0;
	restart();
}

static void take(uint8_t byte)
{
	if (rx.len == HASS_FRAME_MAX) {
		rx.too_long = true;
		return;
	}
	frame[rx.len++] = byte;
	rx.crc = crc_feed(rx.crc, byte);
}

/* The most telling reason first; an empty frame is only a delimiter. */
static bool judge(enum cobs_event event)
{
	if (rx.len == 0 && event == COBS_END)
		return false;
	if (rx.too_long)
		count(HASS_C_FRAME_LONG);
	else if (event == COBS_TORN)
		count(HASS_C_FRAME_COBS);
	else if (rx.len < HASS_FRAME_MIN)
		count(HASS_C_FRAME_SHORT);
	else if (rx.crc != CRC_RESIDUE)
		count(HASS_C_FRAME_CRC);
	else
		return true;
	return false;
}

static bool feed(uint8_t in)
{
	uint8_t byte;
	enum cobs_event event = cobs_feed(&rx.cobs, in, &byte);

	if (event == COBS_BYTE)
		take(byte);
	if (event != COBS_END && event != COBS_TORN)
		return false;
	rx.held = judge(event);
	if (!rx.held)
		restart();
	return rx.held;
}

bool link_request(uint8_t *len)
{
	int16_t in;

	while (!rx.held && (in = uart_get(UART_HOST)) >= 0)
		feed(in);
	*len = rx.len - HASS_FRAME_MIN;
	return rx.held && !tx.size;
}

static uint8_t seal(uint8_t len)
{
	uint16_t crc = CRC_START;

	link_frame.type |= HASS_REPLY;
	for (uint8_t i = 0; i < len + 2; i++)
		crc = crc_feed(crc, frame[i]);
	crc = crc_finish(crc);
	link_frame.payload[len] = crc;
	link_frame.payload[len + 1] = crc >> 8;
	return len + HASS_FRAME_MIN;
}

void link_reply(uint8_t len)
{
	tx.size = seal(len);
	tx.at = 0;
}

static uint8_t wire(uint8_t at)
{
	return at == 0 || at > tx.size + 1 ? 0 : cobs_at(frame, tx.size, at - 1);
}

static void gone(void)
{
	tx.size = 0;
	rx.held = false;
	restart();
}

void link_poll(void)
{
	while (tx.size && uart_room(UART_HOST)) {
		uart_put(UART_HOST, wire(tx.at));
		if (tx.at++ == tx.size + 2)
			gone();
	}
}
