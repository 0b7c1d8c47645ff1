// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "depot_parts.h"
#include "fsx.h"

struct decoding {
	uint64_t max, done;
	struct hasher *hasher;
	depot_sink *sink;
	void *arg;
};

static enum depot_result deliver(struct decoding *x, const void *p, size_t n, struct err *err)
{
	if (n > x->max - x->done) {
		err_set(err, "object decodes to more than its %llu bytes",
			(unsigned long long)x->max);
		return DEPOT_DAMAGED;
	}
	x->done += n;
	hasher_add(x->hasher, p, n);
	return x->sink && x->sink(x->arg, p, n, err) != 0 ? DEPOT_IO : DEPOT_OK;
}

static enum depot_result inflate(struct decoding *x, ZSTD_DCtx *ctx, const void *p, size_t n,
				 bool *frame_done, struct err *err)
{
	static uint8_t block[DEPOT_BLOCK];
	ZSTD_inBuffer in = {p, n, 0};

	while (in.pos < in.size) {
		ZSTD_outBuffer out = {block, sizeof(block), 0};
		size_t left;
		enum depot_result r;

		if (*frame_done) {
			err_set(err, "bytes behind the end of a compressed object");
			return DEPOT_DAMAGED;
		}
		do {
			out.pos = 0;
			left = ZSTD_decompressStream(ctx, &out, &in);
			if (ZSTD_isError(left)) {
				err_set(err, "object does not decompress: %s",
					ZSTD_getErrorName(left));
				return DEPOT_DAMAGED;
			}
			r = deliver(x, block, out.pos, err);
			if (r != DEPOT_OK)
				return r;
			/* Asked once more, a finished frame would be the start of another. */
		} while (left != 0 && out.pos == out.size);
		*frame_done = left == 0;
	}
	return DEPOT_OK;
}

/* Encoded bytes come from fd, or from memory when fd is -1. */
static enum depot_result decode_body(struct decoding *x, ZSTD_DCtx *ctx, int fd, const uint8_t *p,
				     size_t n, struct err *err)
{
	static uint8_t block[DEPOT_BLOCK];
	bool first = true, plain = true, frame_done = false;
	enum depot_result r;

	for (;;) {
		if (fd >= 0) {
			ssize_t got = fsx_read_full(fd, block, sizeof(block));

			if (got < 0) {
				err_sys(err, "cannot read an object");
				return DEPOT_IO;
			}
			p = block;
			n = got;
		}
		if (first) {
			if (n < DEPOT_HEADER || memcmp(p, DEPOT_MAGIC, 3) != 0 ||
			    p[3] > CODEC_ZSTD) {
				err_set(err, "object without its header");
				return DEPOT_DAMAGED;
			}
			plain = p[3] == CODEC_PLAIN;
			p += DEPOT_HEADER;
			n -= DEPOT_HEADER;
			first = false;
		} else if (n == 0) {
			break;
		}
		r = plain ? deliver(x, p, n, err) : inflate(x, ctx, p, n, &frame_done, err);
		if (r != DEPOT_OK)
			return r;
		if (fd < 0)
			break;
	}
	if (!plain && !frame_done) {
		err_set(err, "compressed object is cut short");
		return DEPOT_DAMAGED;
	}
	return DEPOT_OK;
}

enum depot_result depot_decode(int fd, const uint8_t *p, size_t n, const struct hash *want,
			       uint64_t max, bool exact, depot_sink *to, void *arg, struct err *err)
{
	static ZSTD_DCtx *ctx;
	struct decoding x = {.max = max, .hasher = hasher_new(), .sink = to, .arg = arg};
	char hex[HASH_HEX];
	struct hash got;
	enum depot_result r;

	if (!ctx && !(ctx = ZSTD_createDCtx())) {
		hasher_free(x.hasher);
		err_set(err, "no memory");
		return DEPOT_IO;
	}
	ZSTD_DCtx_reset(ctx, ZSTD_reset_session_only);
	r = decode_body(&x, ctx, fd, p, n, err);
	got = hasher_end(x.hasher);
	if (r != DEPOT_OK)
		return r;
	if (!hash_eq(&got, want)) {
		err_set(err, "object %.16s... does not have the content its name promises",
			hash_hex(want, hex));
		return DEPOT_DAMAGED;
	}
	if (exact && x.done != max) {
		err_set(err, "object %.16s... has %llu bytes, not %llu", hash_hex(want, hex),
			(unsigned long long)x.done, (unsigned long long)max);
		return DEPOT_DAMAGED;
	}
	return DEPOT_OK;
}

static int open_to_read(const struct depot *d, const struct hash *h, enum depot_result *r,
			struct err *err)
{
	char hex[HASH_HEX];
	int fd = depot_open_any(d, h);

	if (fd >= 0)
		return fd;
	*r = errno == ENOENT ? DEPOT_MISSING : errno == ELOOP ? DEPOT_DAMAGED : DEPOT_IO;
	err_sys(err, "object %.16s...", hash_hex(h, hex));
	return -1;
}

static int to_buf(void *arg, const void *p, size_t n, struct err *err)
{
	struct buf *out = arg;

	buf_put(out, p, n);
	return buf_ok(out) ? 0 : err_set(err, "object does not fit in its buffer");
}

enum depot_result depot_read(const struct depot *d, const struct hash *h, uint64_t max,
			     struct buf *out, struct err *err)
{
	enum depot_result r;
	int fd = open_to_read(d, h, &r, err);

	if (fd < 0)
		return r;
	r = depot_decode(fd, NULL, 0, h, max, false, to_buf, out, err);
	close(fd);
	return r;
}

static int to_fd(void *arg, const void *p, size_t n, struct err *err)
{
	return fsx_write_all(*(int *)arg, p, n) < 0 ? err_sys(err, "cannot write") : 0;
}

enum depot_result depot_extract(const struct depot *d, const struct hash *h, uint64_t size, int to,
				struct err *err)
{
	enum depot_result r;
	int fd = open_to_read(d, h, &r, err);

	if (fd < 0)
		return r;
	r = depot_decode(fd, NULL, 0, h, size, true, to_fd, &to, err);
	close(fd);
	return r;
}

int depot_open_encoded(const struct depot *d, const struct hash *h, uint64_t *size)
{
	int fd = depot_open_any(d, h);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < DEPOT_HEADER) {
		close(fd);
		return -1;
	}
	*size = st.st_size;
	return fd;
}
