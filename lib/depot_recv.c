// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "depot_parts.h"
#include "fsx.h"

struct depot_recv {
	struct depot *depot;
	struct hash hash;
	uint64_t plain, got;
	int part;	 /* -1 while small enough for memory */
	struct buf held; /* all of it so far, while part is -1 */
};

static int part_open(struct depot_recv *r, struct err *err)
{
	struct depot_name n = depot_tmp_name(&r->hash, ".part");

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
	buf_init(&r->held, DEPOT_SMALL + DEPOT_OVERHEAD);
	if (fstatat(d->tmp, depot_tmp_name(h, ".part").text, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (part_open(r, err) < 0 ||
		    (r->got = lseek(r->part, 0, SEEK_END)) == (uint64_t)-1) {
			depot_recv_abort(r, false);
			return NULL;
		}
	} else if (plain > DEPOT_SMALL && part_open(r, err) < 0) {
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
	enum depot_result x = depot_decode(-1, r->held.data, r->held.len, &r->hash, r->plain, true,
					   NULL, NULL, err);
	int fd, w = 0;

	if (x != DEPOT_OK)
		return x;
	fd = depot_tmp_create(r->depot, &r->hash, err);
	if (fd < 0)
		return DEPOT_IO;
	if (fsx_write_all(fd, r->held.data, r->held.len) < 0)
		w = err_sys(err, "cannot write an object");
	return depot_tmp_finish(r->depot, &r->hash, fd, w, err) < 0 ? DEPOT_IO : DEPOT_OK;
}

static enum depot_result accept_part(struct depot_recv *r, struct err *err)
{
	enum depot_result x;

	if (lseek(r->part, 0, SEEK_SET) < 0) {
		err_sys(err, "cannot read an arrived object");
		return DEPOT_IO;
	}
	x = depot_decode(r->part, NULL, 0, &r->hash, r->plain, true, NULL, NULL, err);
	if (x != DEPOT_OK)
		return x;
	if (renameat(r->depot->tmp, depot_tmp_name(&r->hash, ".part").text, r->depot->tmp,
		     depot_tmp_name(&r->hash, "").text) < 0) {
		err_sys(err, "cannot keep an arrived object");
		return DEPOT_IO;
	}
	return depot_remember(r->depot, &r->hash, err) < 0 ? DEPOT_IO : DEPOT_OK;
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
			unlinkat(r->depot->tmp, depot_tmp_name(&r->hash, ".part").text, 0);
	}
	buf_free(&r->held);
	free(r);
}
