// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zstd.h>
#include "depot_parts.h"
#include "fsx.h"

#define LEVEL 3		/* zstd: beyond it HTML gains little and costs twice */
#define WORTH_TRYING 64 /* bytes; smaller ones only grow */

/* Both in one call, as a rule. */
static int write_two(int fd, const void *a, size_t an, const void *b, size_t bn)
{
	const struct iovec v[2] = {{(void *)a, an}, {(void *)b, bn}};
	ssize_t done = writev(fd, v, 2);

	if (done == (ssize_t)(an + bn))
		return 0;
	if (done < 0 || (size_t)done < an)
		return lseek(fd, 0, SEEK_SET) < 0 || fsx_write_all(fd, a, an) < 0
			       ? -1
			       : fsx_write_all(fd, b, bn);
	return fsx_write_all(fd, (const char *)b + (done - an), bn - (done - an));
}

static int write_encoded(struct depot *d, const struct hash *h, uint8_t codec, const void *p,
			 size_t n, struct err *err)
{
	uint8_t head[DEPOT_HEADER] = {DEPOT_MAGIC[0], DEPOT_MAGIC[1], DEPOT_MAGIC[2], codec};
	int fd = depot_tmp_create(d, h, err), r = 0;

	if (fd < 0)
		return -1;
	if (write_two(fd, head, DEPOT_HEADER, p, n) < 0)
		r = err_sys(err, "cannot write an object");
	return depot_tmp_finish(d, h, fd, r, err);
}

static ZSTD_CCtx *compressor(void)
{
	static ZSTD_CCtx *ctx;

	if (!ctx)
		ctx = ZSTD_createCCtx();
	if (ctx) {
		ZSTD_CCtx_reset(ctx, ZSTD_reset_session_and_parameters);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, LEVEL);
	}
	return ctx;
}

/* Compressed size if that saves at least a sixteenth, else 0. */
static size_t squeeze(const void *p, size_t n, void *to, size_t cap)
{
	ZSTD_CCtx *ctx = compressor();
	size_t size;

	if (!ctx || n < WORTH_TRYING)
		return 0;
	size = ZSTD_compress2(ctx, to, cap, p, n);
	return !ZSTD_isError(size) && size < n - n / 16 ? size : 0;
}

int depot_put(struct depot *d, const void *p, size_t n, struct hash *h, struct err *err)
{
	size_t cap = ZSTD_compressBound(n), size;
	void *packed;
	int r;

	*h = hash_of(p, n);
	if (depot_has(d, h))
		return 0;
	packed = malloc(cap);
	if (!packed)
		return err_set(err, "no memory for an object of %zu bytes", n);
	size = squeeze(p, n, packed, cap);
	if (size)
		r = write_encoded(d, h, CODEC_ZSTD, packed, size, err);
	else
		r = write_encoded(d, h, CODEC_PLAIN, p, n, err);
	free(packed);
	return r;
}

/* Encodes fd into to, hashing what was really read. */
static int encode_stream(int fd, int to, struct hash *got, uint64_t *size, struct err *err)
{
	static uint8_t in[DEPOT_BLOCK], out[DEPOT_BLOCK + (DEPOT_BLOCK >> 4)];
	uint8_t head[DEPOT_HEADER] = {DEPOT_MAGIC[0], DEPOT_MAGIC[1], DEPOT_MAGIC[2], CODEC_ZSTD};
	ZSTD_CCtx *ctx;
	struct hasher *hasher = hasher_new();
	ssize_t n = pread(fd, in, sizeof(in), 0);
	bool pack = n > 0 && squeeze(in, n, out, sizeof(out)) > 0;
	int r = 0;

	*size = 0;
	ctx = compressor();
	head[3] = pack ? CODEC_ZSTD : CODEC_PLAIN;
	if (!ctx || fsx_write_all(to, head, DEPOT_HEADER) < 0)
		goto failed;
	for (;;) {
		n = pread(fd, in, sizeof(in), (off_t)*size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			goto failed;
		hasher_add(hasher, in, n);
		*size += n;
		if (!pack) {
			if (fsx_write_all(to, in, n) < 0)
				goto failed;
		} else {
			ZSTD_inBuffer src = {in, n, 0};
			size_t left;

			do {
				ZSTD_outBuffer dst = {out, sizeof(out), 0};

				left = ZSTD_compressStream2(ctx, &dst, &src,
							    n ? ZSTD_e_continue : ZSTD_e_end);
				if (ZSTD_isError(left) || fsx_write_all(to, out, dst.pos) < 0)
					goto failed;
			} while (n ? src.pos < src.size : left != 0);
		}
		if (n == 0)
			break;
	}
	*got = hasher_end(hasher);
	return 0;
failed:
	r = err_sys(err, "cannot keep a large object");
	hasher_free(hasher);
	return r;
}

static bool same_moment(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int put_small(struct depot *d, int fd, uint64_t want, struct hash *h, uint64_t *size,
		     struct err *err)
{
	uint8_t *all = malloc(want + 1); /* one more: to see whether it grew */
	size_t got = 0;
	int r = -1;

	while (all && got < want + 1) {
		ssize_t n = pread(fd, all + got, want + 1 - got, (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_sys(err, "cannot read");
			goto out;
		}
		if (n == 0)
			break;
		got += n;
	}
	if (!all) {
		err_set(err, "no memory");
	} else if (got != want) {
		err_set(err, "changed while it was read");
		errno = ESTALE;
	} else {
		*size = got;
		r = depot_put(d, all, got, h, err);
	}
out:
	free(all);
	return r;
}

static int put_large(struct depot *d, int fd, struct hash *h, uint64_t *size, struct err *err)
{
	struct hash again;
	int to, r;

	if (hash_fd(fd, h, size) < 0)
		return err_sys(err, "cannot read");
	if (depot_has(d, h))
		return 0;
	to = depot_tmp_create(d, h, err);
	if (to < 0)
		return -1;
	r = encode_stream(fd, to, &again, size, err);
	if (r == 0 && !hash_eq(h, &again)) {
		r = err_set(err, "changed while it was read");
		errno = ESTALE;
	}
	return depot_tmp_finish(d, h, to, r, err);
}

int depot_put_fd(struct depot *d, int fd, struct hash *h, uint64_t *size, struct err *err)
{
	struct stat before, after;
	int r;

	if (fstat(fd, &before) < 0)
		return err_sys(err, "fstat");
	if (before.st_size < DEPOT_SMALL)
		r = put_small(d, fd, before.st_size, h, size, err);
	else
		r = put_large(d, fd, h, size, err);
	if (r == 0 && (fstat(fd, &after) < 0 || !same_moment(&before, &after))) {
		r = err_set(err, "changed while it was read");
		errno = ESTALE;
	}
	return r;
}
