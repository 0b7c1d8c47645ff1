// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zstd.h>
#include "depot.h"
#include "fsx.h"

#define HEADER 4
#define CODEC_PLAIN 0
#define CODEC_ZSTD 1
#define LEVEL 3		   /* zstd: beyond it HTML gains little and costs twice */
#define SMALL (1u << 20)   /* handled in memory, in one go */
#define BLOCK (128u << 10) /* of larger ones */
#define WORTH_TRYING 64	   /* bytes; smaller ones only grow */

static const uint8_t magic[3] = {'W', 'D', 'O'};

struct depot {
	int dir, tmp; /* tmp is -1 in a read-only depot */
	bool readonly;
	struct hash *pending; /* put, in tmp/, not yet synced */
	size_t n_pending, cap_pending;
	mode_t umask; /* of this process, looked at once: writing is many small files */
};

struct name {
	char text[HASH_HEX + 8];
};

static struct name final_name(const struct hash *h)
{
	char hex[HASH_HEX];
	struct name n;

	hash_hex(h, hex);
	snprintf(n.text, sizeof(n.text), "%.2s/%s", hex, hex + 2);
	return n;
}

static struct name tmp_name(const struct hash *h, const char *suffix)
{
	char hex[HASH_HEX];
	struct name n;

	snprintf(n.text, sizeof(n.text), "%s%s", hash_hex(h, hex), suffix);
	return n;
}

/* Everything in tmp/ but parts: what a crash left, never relied on by anybody. */
static void sweep(int tmp)
{
	DIR *d = fdopendir(dup(tmp));
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);

		if (e->d_name[0] != '.' && (n < 5 || strcmp(e->d_name + n - 5, ".part") != 0))
			unlinkat(tmp, e->d_name, 0);
	}
	if (d)
		closedir(d);
}

struct depot *depot_open(const char *path, bool readonly, struct err *err)
{
	struct depot *d;
	int dir;

	if (!readonly && fsx_mkdirs(path, 0755, err) < 0)
		return NULL;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		err_sys(err, "%s", path);
		return NULL;
	}
	d = depot_open_at(dir, err);
	if (!d || readonly)
		return d;
	d->readonly = false;
	umask(d->umask = umask(0));
	fchmod(dir, 0755);
	if ((mkdirat(dir, "tmp", 0700) < 0 && errno != EEXIST) ||
	    (d->tmp = openat(dir, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0) {
		err_sys(err, "%s/tmp", path);
		depot_close(d);
		return NULL;
	}
	sweep(d->tmp);
	return d;
}

struct depot *depot_open_at(int dirfd, struct err *err)
{
	struct depot *d = malloc(sizeof(*d));

	if (!d) {
		err_set(err, "no memory");
		close(dirfd);
		return NULL;
	}
	*d = (struct depot){.dir = dirfd, .tmp = -1, .readonly = true};
	return d;
}

void depot_close(struct depot *d)
{
	if (!d)
		return;
	if (d->n_pending)
		depot_sync(d, NULL);
	if (d->tmp >= 0)
		close(d->tmp);
	close(d->dir);
	free(d->pending);
	free(d);
}

/* The encoded object, synced or not; -1 with errno. */
static int open_any(const struct depot *d, const struct hash *h)
{
	int fd = openat(d->dir, final_name(h).text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && d->tmp >= 0)
		fd = openat(d->tmp, tmp_name(h, "").text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

bool depot_has(const struct depot *d, const struct hash *h)
{
	struct stat st;

	if (fstatat(d->dir, final_name(h).text, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISREG(st.st_mode) && st.st_size >= HEADER;
	return d->tmp >= 0 &&
	       fstatat(d->tmp, tmp_name(h, "").text, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_size >= HEADER;
}

int depot_sync(struct depot *d, struct err *err)
{
	if (!d->n_pending)
		return 0;
	if (syncfs(d->tmp) < 0)
		return err_sys(err, "cannot sync the object store");
	for (size_t i = 0; i < d->n_pending; i++) {
		struct name from = tmp_name(&d->pending[i], ""), to = final_name(&d->pending[i]);
		char fan[3] = {to.text[0], to.text[1], 0};

		if (renameat(d->tmp, from.text, d->dir, to.text) == 0)
			continue;
		if (errno == ENOENT && mkdirat(d->dir, fan, 0755) == 0 &&
		    fchmodat(d->dir, fan, 0755, 0) == 0 &&
		    renameat(d->tmp, from.text, d->dir, to.text) == 0)
			continue;
		/* Dropped meanwhile: not there to be kept. */
		if (errno == ENOENT && faccessat(d->tmp, from.text, F_OK, 0) < 0)
			continue;
		return err_sys(err, "cannot keep object %s", from.text);
	}
	d->n_pending = 0;
	if (syncfs(d->dir) < 0)
		return err_sys(err, "cannot sync the object store");
	return 0;
}

static int remember(struct depot *d, const struct hash *h, struct err *err)
{
	if (d->n_pending == d->cap_pending) {
		size_t cap = d->cap_pending ? 2 * d->cap_pending : 256;
		struct hash *more = reallocarray(d->pending, cap, sizeof(*more));

		if (!more)
			return err_set(err, "no memory");
		d->pending = more;
		d->cap_pending = cap;
	}
	d->pending[d->n_pending++] = *h;
	return 0;
}

/* ---- decoding ---- */

/* Takes decoded bytes; non-zero (with err set) stops. */
typedef int sink(void *arg, const void *p, size_t n, struct err *err);

struct decoding {
	uint64_t max, done;
	struct hasher *hasher;
	sink *sink;
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
	static uint8_t block[BLOCK];
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
	static uint8_t block[BLOCK];
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
			if (n < HEADER || memcmp(p, magic, 3) != 0 || p[3] > CODEC_ZSTD) {
				err_set(err, "object without its header");
				return DEPOT_DAMAGED;
			}
			plain = p[3] == CODEC_PLAIN;
			p += HEADER;
			n -= HEADER;
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

static enum depot_result decode(int fd, const uint8_t *p, size_t n, const struct hash *want,
				uint64_t max, bool exact, sink *to, void *arg, struct err *err)
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
	int fd = open_any(d, h);

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
	r = decode(fd, NULL, 0, h, max, false, to_buf, out, err);
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
	r = decode(fd, NULL, 0, h, size, true, to_fd, &to, err);
	close(fd);
	return r;
}

int depot_drop(struct depot *d, const struct hash *h)
{
	int gone = unlinkat(d->dir, final_name(h).text, 0);

	if (d->tmp >= 0 && unlinkat(d->tmp, tmp_name(h, "").text, 0) == 0)
		gone = 0;
	return gone;
}

int depot_open_encoded(const struct depot *d, const struct hash *h, uint64_t *size)
{
	int fd = open_any(d, h);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < HEADER) {
		close(fd);
		return -1;
	}
	*size = st.st_size;
	return fd;
}

/* ---- putting ---- */

/* A new file in tmp/ for the object h. */
static int tmp_create(struct depot *d, const struct hash *h, struct err *err)
{
	struct name n = tmp_name(h, "");
	int fd;

	if (d->readonly)
		return err_set(err, "the object store was opened for reading only");
	fd = openat(d->tmp, n.text, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	/* Readable for the role that serves it, whatever the umask. */
	if (fd < 0 || (d->umask & 0044 && fchmod(fd, 0644) < 0))
		err_sys(err, "cannot write object %.16s...", n.text);
	return fd;
}

/* Closes fd; on failure the object is gone again. */
static int tmp_finish(struct depot *d, const struct hash *h, int fd, int r, struct err *err)
{
	close(fd);
	if (r == 0)
		r = remember(d, h, err);
	if (r < 0)
		unlinkat(d->tmp, tmp_name(h, "").text, 0);
	return r;
}

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
	uint8_t head[HEADER] = {magic[0], magic[1], magic[2], codec};
	int fd = tmp_create(d, h, err), r = 0;

	if (fd < 0)
		return -1;
	if (write_two(fd, head, HEADER, p, n) < 0)
		r = err_sys(err, "cannot write an object");
	return tmp_finish(d, h, fd, r, err);
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
	static uint8_t in[BLOCK], out[BLOCK + (BLOCK >> 4)];
	uint8_t head[HEADER] = {magic[0], magic[1], magic[2], CODEC_ZSTD};
	ZSTD_CCtx *ctx;
	struct hasher *hasher = hasher_new();
	ssize_t n = pread(fd, in, sizeof(in), 0);
	bool pack = n > 0 && squeeze(in, n, out, sizeof(out)) > 0;
	int r = 0;

	*size = 0;
	ctx = compressor();
	head[3] = pack ? CODEC_ZSTD : CODEC_PLAIN;
	if (!ctx || fsx_write_all(to, head, HEADER) < 0)
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
	to = tmp_create(d, h, err);
	if (to < 0)
		return -1;
	r = encode_stream(fd, to, &again, size, err);
	if (r == 0 && !hash_eq(h, &again)) {
		r = err_set(err, "changed while it was read");
		errno = ESTALE;
	}
	return tmp_finish(d, h, to, r, err);
}

int depot_put_fd(struct depot *d, int fd, struct hash *h, uint64_t *size, struct err *err)
{
	struct stat before, after;
	int r;

	if (fstat(fd, &before) < 0)
		return err_sys(err, "fstat");
	if (before.st_size < SMALL)
		r = put_small(d, fd, before.st_size, h, size, err);
	else
		r = put_large(d, fd, h, size, err);
	if (r == 0 && (fstat(fd, &after) < 0 || !same_moment(&before, &after))) {
		r = err_set(err, "changed while it was read");
		errno = ESTALE;
	}
	return r;
}

/* ---- receiving ---- */

struct depot_recv {
	struct depot *depot;
	struct hash hash;
	uint64_t plain, got;
	int part;	 /* -1 while small enough for memory */
	struct buf held; /* all of it so far, while part is -1 */
};

static int part_open(struct depot_recv *r, struct err *err)
{
	struct name n = tmp_name(&r->hash, ".part");

	r->part = openat(r->depot->tmp, n.text, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	return r->part < 0 ? err_sys(err, "cannot write %s", n.text) : 0;
}

struct depot_recv *depot_recv_begin(struct depot *d, const struct hash *h, uint64_t plain,
				    struct err *err)
{
	struct depot_recv *r = calloc(1, sizeof(*r));
	struct stat st;

	if (!r || d->readonly) {
		err_set(err, r ? "the object store was opened for reading only" : "no memory");
		free(r);
		return NULL;
	}
	*r = (struct depot_recv){.depot = d, .hash = *h, .plain = plain, .part = -1};
	buf_init(&r->held, SMALL + DEPOT_OVERHEAD);
	if (fstatat(d->tmp, tmp_name(h, ".part").text, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (part_open(r, err) < 0 ||
		    (r->got = lseek(r->part, 0, SEEK_END)) == (uint64_t)-1) {
			depot_recv_abort(r, false);
			return NULL;
		}
	} else if (plain > SMALL && part_open(r, err) < 0) {
		depot_recv_abort(r, false);
		return NULL;
	}
	return r;
}

uint64_t depot_recv_offset(const struct depot_recv *r)
{
	return r->got;
}

int depot_recv_add(struct depot_recv *r, const void *p, size_t n, struct err *err)
{
	if (n > r->plain + DEPOT_OVERHEAD || r->got > r->plain + DEPOT_OVERHEAD - n)
		return err_set(err, "an object of %llu bytes came with far more",
			       (unsigned long long)r->plain);
	if (r->part >= 0) {
		if (fsx_write_all(r->part, p, n) < 0)
			return err_sys(err, "cannot write an arriving object");
	} else {
		buf_put(&r->held, p, n);
		if (!buf_ok(&r->held))
			return err_set(err, "no memory for an arriving object");
	}
	r->got += n;
	return 0;
}

static enum depot_result accept_held(struct depot_recv *r, struct err *err)
{
	enum depot_result x =
		decode(-1, r->held.data, r->held.len, &r->hash, r->plain, true, NULL, NULL, err);
	int fd, w = 0;

	if (x != DEPOT_OK)
		return x;
	fd = tmp_create(r->depot, &r->hash, err);
	if (fd < 0)
		return DEPOT_IO;
	if (fsx_write_all(fd, r->held.data, r->held.len) < 0)
		w = err_sys(err, "cannot write an object");
	return tmp_finish(r->depot, &r->hash, fd, w, err) < 0 ? DEPOT_IO : DEPOT_OK;
}

static enum depot_result accept_part(struct depot_recv *r, struct err *err)
{
	enum depot_result x;

	if (lseek(r->part, 0, SEEK_SET) < 0) {
		err_sys(err, "cannot read an arrived object");
		return DEPOT_IO;
	}
	x = decode(r->part, NULL, 0, &r->hash, r->plain, true, NULL, NULL, err);
	if (x != DEPOT_OK)
		return x;
	if (renameat(r->depot->tmp, tmp_name(&r->hash, ".part").text, r->depot->tmp,
		     tmp_name(&r->hash, "").text) < 0) {
		err_sys(err, "cannot keep an arrived object");
		return DEPOT_IO;
	}
	return remember(r->depot, &r->hash, err) < 0 ? DEPOT_IO : DEPOT_OK;
}

enum depot_result depot_recv_end(struct depot_recv *r, struct err *err)
{
	enum depot_result x = r->part >= 0 ? accept_part(r, err) : accept_held(r, err);

	/* What proved wrong must not be resumed. */
	depot_recv_abort(r, x == DEPOT_IO);
	return x;
}

void depot_recv_abort(struct depot_recv *r, bool keep_part)
{
	if (!r)
		return;
	if (r->part >= 0) {
		close(r->part);
		if (!keep_part)
			unlinkat(r->depot->tmp, tmp_name(&r->hash, ".part").text, 0);
	}
	buf_free(&r->held);
	free(r);
}

/* ---- listing ---- */

static int each_in(int dir, const char *prefix, int (*each)(const struct hash *h, void *arg),
		   void *arg)
{
	DIR *d = fdopendir(dir);
	struct dirent *e;
	struct hash h;
	char hex[HASH_HEX + 256];
	int r = 0;

	if (!d) {
		close(dir);
		return 0;
	}
	while (r == 0 && (e = readdir(d)) != NULL) {
		snprintf(hex, sizeof(hex), "%s%s", prefix, e->d_name);
		if (hash_parse(hex, &h) == 0)
			r = each(&h, arg);
	}
	closedir(d);
	return r;
}

int depot_each(const struct depot *d, int (*each)(const struct hash *h, void *arg), void *arg)
{
	char fan[3];
	int fd, r = 0;

	for (int i = 0; i < 256 && r == 0; i++) {
		snprintf(fan, sizeof(fan), "%02x", i);
		fd = openat(d->dir, fan, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			r = each_in(fd, fan, each, arg);
	}
	if (r == 0 && d->tmp >= 0) {
		fd = openat(d->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			r = each_in(fd, "", each, arg);
	}
	return r;
}
