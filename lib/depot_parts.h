/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depot_parts - what the files of depot share, and nobody else
 *
 *   depot.c       the store: its names, what is there, making it durable, listing
 *   depot_read.c  decoding, always with the comparison of content and name
 *   depot_put.c   encoding
 *   depot_recv.c  objects that arrive in pieces
 */
#ifndef WD_DEPOT_PARTS_H
#define WD_DEPOT_PARTS_H

#include <sys/types.h>
#include "depot.h"

#define DEPOT_MAGIC "WDO"
#define DEPOT_HEADER 4
#define CODEC_PLAIN 0
#define CODEC_ZSTD 1
#define DEPOT_SMALL (1u << 20)	 /* handled in memory, in one go */
#define DEPOT_BLOCK (128u << 10) /* of larger ones */

struct depot {
	int dir, tmp; /* tmp is -1 in a read-only depot */
	bool readonly;
	struct hash *pending; /* put, in tmp/, not yet synced */
	size_t n_pending, cap_pending;
	mode_t umask; /* of this process, looked at once: writing is many small files */
};

struct depot_name {
	char text[HASH_HEX + 8];
};
struct depot_name depot_tmp_name(const struct hash *h, const char *suffix);

/* The encoded object, synced or not; -1 with errno. */
int depot_open_any(const struct depot *d, const struct hash *h);
/* A new file in tmp/ for the object h. */
int depot_tmp_create(struct depot *d, const struct hash *h, struct err *err);
/* Closes fd; r < 0: it failed, and the object is gone again. */
int depot_tmp_finish(struct depot *d, const struct hash *h, int fd, int r, struct err *err);
/* In tmp/, to be made durable by depot_sync(). */
int depot_remember(struct depot *d, const struct hash *h, struct err *err);

/* Takes decoded bytes; non-zero (with err set) stops. */
typedef int depot_sink(void *arg, const void *p, size_t n, struct err *err);
/* Encoded bytes come from fd, or from memory when fd is -1; exact: max is the size, not a bound. */
enum depot_result depot_decode(int fd, const uint8_t *p, size_t n, const struct hash *want,
			       uint64_t max, bool exact, depot_sink *to, void *arg,
			       struct err *err);

#endif
