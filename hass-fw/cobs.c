/* SPDX-License-Identifier: Apache-2.0 */
#include "cobs.h"

static enum cobs_event delimiter(struct cobs_rx *rx)
{
	enum cobs_event event = rx->left ? COBS_TORN : COBS_END;

	rx->left = rx->stuff = 0;
	return event;
}

/* A code byte opens a block; the zero that the block before it stood for comes out now. */
static enum cobs_event code(struct cobs_rx *rx, uint8_t in, uint8_t *out)
{
	enum cobs_event event = rx->stuff ? COBS_BYTE : COBS_MORE;

	*out = 0;
	rx->left = in - 1;
	rx->stuff = in != 0xFF;
	return event;
}

enum cobs_event cobs_feed(struct cobs_rx *rx, uint8_t in, uint8_t *out)
{
	if (in == 0)
		return delimiter(rx);
	if (rx->left == 0)
		return code(rx, in, out);
	rx->left--;
	*out = in;
	return COBS_BYTE;
}

uint8_t cobs_at(const uint8_t *in, uint8_t len, uint8_t at)
{
	uint8_t run;

	if (at && in[at - 1])
		return in[at - 1];
	for (run = at; run < len && in[run]; run++)
		;
	return run - at + 1;
}

uint8_t cobs_encode(const uint8_t *in, uint8_t len, uint8_t *out)
{
	for (uint8_t at = 0; at <= len; at++)
		out[at] = cobs_at(in, len, at);
	return len + 1;
}
