// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "buf.h"

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

bool buf_ok(const struct buf *b)
{
	return !b->failed;
}

static bool grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *data;

	if (b->failed || n > b->max || b->len > b->max - n)
		return false;
	if (b->len + n <= b->cap)
		return true;
	while (cap < b->len + n)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	data = realloc(b->data, cap);
	if (!data)
		return false;
	b->data = data;
	b->cap = cap;
	return true;
}

void *buf_room(struct buf *b, size_t n)
{
	void *at;

	/* One byte at least, so that a zero-length room is a valid pointer too. */
	if (!grow(b, n) || (!b->data && !(b->data = malloc(1)))) {
		b->failed = true;
		return NULL;
	}
	at = b->data + b->len;
	b->len += n;
	return at;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	void *at = buf_room(b, n);

	if (at && n)
		memcpy(at, p, n);
}

static void put_be(struct buf *b, uint64_t v, int bytes)
{
	uint8_t *at = buf_room(b, bytes);

	for (int i = 0; at && i < bytes; i++)
		at[i] = v >> (8 * (bytes - 1 - i));
}

void buf_put_u8(struct buf *b, uint8_t v)
{
	put_be(b, v, 1);
}

void buf_put_u16(struct buf *b, uint16_t v)
{
	put_be(b, v, 2);
}

void buf_put_u32(struct buf *b, uint32_t v)
{
	put_be(b, v, 4);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	put_be(b, v, 8);
}

void buf_put_i64(struct buf *b, int64_t v)
{
	put_be(b, (uint64_t)v, 8);
}

void buf_put_str(struct buf *b, const char *s)
{
	size_t n = strlen(s);

	if (n > UINT16_MAX) {
		b->failed = true;
		return;
	}
	buf_put_u16(b, n);
	buf_put(b, s, n);
}

void buf_put_blob(struct buf *b, const void *p, size_t n)
{
	if (n > UINT32_MAX) {
		b->failed = true;
		return;
	}
	buf_put_u32(b, n);
	buf_put(b, p, n);
}

struct rd rd_over(const void *p, size_t n)
{
	return (struct rd){.p = p, .left = n};
}

const uint8_t *rd_get(struct rd *r, size_t n)
{
	const uint8_t *at = r->p;

	if (r->failed || n > r->left) {
		r->failed = true;
		return NULL;
	}
	if (n) {
		r->p += n;
		r->left -= n;
	}
	return at;
}

void rd_copy(struct rd *r, void *to, size_t n)
{
	const uint8_t *at = rd_get(r, n);

	if (!at)
		memset(to, 0, n);
	else if (n)
		memcpy(to, at, n);
}

static uint64_t get_be(struct rd *r, int bytes)
{
	const uint8_t *at = rd_get(r, bytes);
	uint64_t v = 0;

	for (int i = 0; at && i < bytes; i++)
		v = v << 8 | at[i];
	return v;
}

uint8_t rd_u8(struct rd *r)
{
	return get_be(r, 1);
}

uint16_t rd_u16(struct rd *r)
{
	return get_be(r, 2);
}

uint32_t rd_u32(struct rd *r)
{
	return get_be(r, 4);
}

uint64_t rd_u64(struct rd *r)
{
	return get_be(r, 8);
}

int64_t rd_i64(struct rd *r)
{
	return (int64_t)get_be(r, 8);
}

void rd_str(struct rd *r, char *to, size_t cap)
{
	size_t n = rd_u16(r);
	const uint8_t *at = rd_get(r, n);

	to[0] = 0;
	if (!at)
		return;
	if (n >= cap || (n && memchr(at, 0, n))) {
		r->failed = true;
		return;
	}
	if (n)
		memcpy(to, at, n);
	to[n] = 0;
}

const uint8_t *rd_blob(struct rd *r, size_t max, size_t *n)
{
	const uint8_t *at;

	*n = rd_u32(r);
	if (*n > max)
		r->failed = true;
	at = rd_get(r, *n);
	if (!at)
		*n = 0;
	return at;
}

bool rd_end(const struct rd *r)
{
	return !r->failed && r->left == 0;
}
