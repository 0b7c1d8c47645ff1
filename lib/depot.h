/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depot - objects on disk, named by the SHA-256 of their plain content
 *
 *   DIR/ab/cdef...   "WDO" u8 codec (0 plain, 1 zstd), then the bytes so encoded
 *   DIR/tmp/         not yet synced, or HASH.part arriving; all but parts emptied by depot_open()
 *
 * The encoded form is also what travels, so serving is a read and a send. An object is
 * written beside and renamed: it is there whole or not at all. Reading always decodes
 * and compares with the name; a damaged object is reported as such and can be dropped.
 * Decoding never yields more than the caller's bound: a bomb is an error.
 */
#ifndef WD_DEPOT_H
#define WD_DEPOT_H

#include "buf.h"
#include "hash.h"
#include "log.h"

struct depot;

/* Creates DIR if need be. For serving only, `readonly` creates and cleans nothing. */
struct depot *depot_open(const char *dir, bool readonly, struct err *err);
struct depot *depot_open_at(int dirfd, struct err *err); /* read-only, takes dirfd */
void depot_close(struct depot *d);			 /* NULL is fine */

bool depot_has(const struct depot *d, const struct hash *h);
/*
 * What was put or received is at once visible to this depot, but kept in DIR/tmp. depot_sync()
 * makes all of it durable (one syncfs for many objects) and visible to other processes: call it
 * before relying on it (signing a release, recording that everything has arrived).
 */
int depot_sync(struct depot *d, struct err *err);
/* Encodes and keeps n bytes; gives their hash. Present already: fine. */
int depot_put(struct depot *d, const void *p, size_t n, struct hash *h, struct err *err);
/* The same for a whole file, streamed; size as read. ESTALE in errno if it changed meanwhile. */
int depot_put_fd(struct depot *d, int fd, struct hash *h, uint64_t *size, struct err *err);

enum depot_result {
	DEPOT_OK = 0,
	DEPOT_MISSING = -1,
	DEPOT_DAMAGED = -2, /* does not decode, or to something else, or to more than max */
	DEPOT_IO = -3,	    /* err says what: the disk is full, unreadable… */
};
/* Decoded and verified into out (appended); at most max bytes. */
enum depot_result depot_read(const struct depot *d, const struct hash *h, uint64_t max,
			     struct buf *out, struct err *err);
/* Decoded into fd, exactly `size` bytes, verified before it returns DEPOT_OK. */
enum depot_result depot_extract(const struct depot *d, const struct hash *h, uint64_t size, int fd,
				struct err *err);
int depot_drop(struct depot *d, const struct hash *h);

/* Serving: the encoded object, to be sent in pieces. fd owned by the caller; -1: not there. */
int depot_open_encoded(const struct depot *d, const struct hash *h, uint64_t *encoded_size);

/*
 * Receiving: pieces of the encoded form in order, resumable across restarts (the part
 * stays in DIR/tmp). depot_recv_end() verifies and renames. Bound: the plain size must be
 * `plain` exactly; the encoded size may exceed it by no more than DEPOT_OVERHEAD.
 */
#define DEPOT_OVERHEAD (64u << 10)
struct depot_recv;
struct depot_recv *depot_recv_begin(struct depot *d, const struct hash *h, uint64_t plain,
				    struct err *err);
uint64_t depot_recv_offset(const struct depot_recv *r); /* what is there already */
int depot_recv_add(struct depot_recv *r, const void *p, size_t n, struct err *err);
enum depot_result depot_recv_end(struct depot_recv *r, struct err *err); /* frees r */
void depot_recv_abort(struct depot_recv *r, bool keep_part);		 /* frees r; NULL is fine */

/* Calls `each` for every object; a non-zero answer ends it and is returned. */
int depot_each(const struct depot *d, int (*each)(const struct hash *h, void *arg), void *arg);

#endif
