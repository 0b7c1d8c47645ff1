// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "event_block.h"

static void put_dense(struct buf *b, const uint16_t *v, unsigned n)
{
	uint8_t *bits = buf_room(b, EVENT_SPAN / 8);

	if (!bits)
		return;
	memset(bits, 0, EVENT_SPAN / 8);
	for (unsigned i = 0; i < n; i++)
		bits[v[i] / 8] |= 1u << v[i] % 8;
}

void event_block_put(struct buf *b, const char *term, size_t len, const uint16_t *v, unsigned n)
{
	buf_put_u8(b, len);
	buf_put(b, term, len);
	if (n > EVENT_SPAN / 16) { /* then bits are shorter */
		buf_put_u16(b, EVENT_DENSE);
		put_dense(b, v, n);
		return;
	}
	buf_put_u16(b, n);
	for (unsigned i = 0; i < n; i++)
		buf_put_u16(b, v[i]);
}

static void take_dense(struct rd *r, struct event_bits *to)
{
	const uint8_t *bits = rd_get(r, EVENT_SPAN / 8);

	for (unsigned i = 0; bits && i < EVENT_SPAN / 64; i++)
		for (unsigned j = 0; j < 8; j++)
			to->w[i] |= (uint64_t)bits[i * 8 + j] << 8 * j;
}

static int take_list(struct rd *r, unsigned n, struct event_bits *to)
{
	while (n-- && !r->failed) {
		unsigned v = rd_u16(r);

		if (v >= EVENT_SPAN)
			return -1;
		event_bits_set(to, v);
	}
	return 0;
}

static int entry(struct rd *r, const char *prefix, size_t len, struct event_bits *to)
{
	uint8_t size = rd_u8(r);
	const uint8_t *term = size && size <= EVENT_TERM_MAX ? rd_get(r, size) : NULL;
	unsigned n = rd_u16(r);

	if (!term || !n || (n > EVENT_SPAN && n != EVENT_DENSE))
		return -1;
	if (size < len || memcmp(term, prefix, len)) {
		rd_get(r, n == EVENT_DENSE ? EVENT_SPAN / 8 : 2 * n);
		return 0;
	}
	if (n == EVENT_DENSE)
		take_dense(r, to);
	else
		return take_list(r, n, to);
	return 0;
}

int event_block_read(const void *block, size_t n, const char *prefix, size_t len,
		     struct event_bits *to)
{
	struct rd r = rd_over(block, n);

	while (r.left && !r.failed)
		if (entry(&r, prefix, len, to))
			return -1;
	return rd_end(&r) ? 0 : -1;
}
