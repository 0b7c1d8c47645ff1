/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf - bytes going out, bytes coming in; nothing above this touches raw offsets
 *
 * Integers are big-endian. Both halves are sticky: after the first failure every
 * further call does nothing (puts) or gives zeros (gets), and the caller asks once
 * at the end: buf_ok() or rd_end().
 */
#ifndef WD_BUF_H
#define WD_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing buffer that refuses to pass `max` bytes. */
struct buf {
	uint8_t *data;
	size_t len, cap, max;
	bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);
void buf_reset(struct buf *b); /* empty again, memory kept */
bool buf_ok(const struct buf *b);

void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_i64(struct buf *b, int64_t v);
void buf_put(struct buf *b, const void *p, size_t n);
/* u16 length and the bytes; at most 65,535. */
void buf_put_str(struct buf *b, const char *s);
/* u32 length and the bytes. */
void buf_put_blob(struct buf *b, const void *p, size_t n);
/* Room for n more bytes to be written by the caller, or NULL; counts as put. */
void *buf_room(struct buf *b, size_t n);

/* A reader; owns nothing. */
struct rd {
	const uint8_t *p;
	size_t left;
	bool failed;
};

struct rd rd_over(const void *p, size_t n);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
int64_t rd_i64(struct rd *r);
/* n bytes in place, or NULL. */
const uint8_t *rd_get(struct rd *r, size_t n);
void rd_copy(struct rd *r, void *to, size_t n);
/* Copies a string and ends it with NUL. Fails if it holds a NUL or does not fit in cap. */
void rd_str(struct rd *r, char *to, size_t cap);
/* Bytes in place; fails when longer than max. */
const uint8_t *rd_blob(struct rd *r, size_t max, size_t *n);
/* True if nothing failed and every byte was used: call it last, always. */
bool rd_end(const struct rd *r);

#endif
