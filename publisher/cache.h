/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache - what a file's content was when it had these attributes
 *
 * Lets a build read only what changed. It is a shortcut, never a source of truth: an entry
 * counts only while device, inode, size, mtime and ctime are all the same, and a file that
 * changed so shortly before it was read that its times might not tell a further change is
 * not remembered. Belongs to the worker thread.
 */
#ifndef WD_PUBLISHER_CACHE_H
#define WD_PUBLISHER_CACHE_H

#include <sys/stat.h>

#include "hash.h"
#include "map.h"
#include "store.h"

struct cache {
	struct store *store; /* NULL: memory only */
	char site[64];
	struct map files;
	unsigned round; /* of the build under way: entries not met in it are dropped */
};

struct store *cache_open(const char *path, struct err *err);
/* Reads what is known of the site. A store that fails is a slower start, not an error. */
void cache_load(struct cache *c, struct store *store, const char *site);
void cache_free(struct cache *c);

void cache_begin(struct cache *c);
/* True: *h is the hash of the content. */
bool cache_find(struct cache *c, const struct stat *st, struct hash *h);
void cache_keep(struct cache *c, const struct stat *st, const struct hash *h);
/*
 * A directory counts as unchanged while the hash of its tree is the same, whatever its
 * mtime says: gives the mtime it had when that hash was first met.
 */
int64_t cache_dir_mtime(struct cache *c, const struct stat *st, const struct hash *h);
/* Drops what was not met since cache_begin() and writes the changes down. */
void cache_end(struct cache *c);

int64_t stat_mtime(const struct stat *st); /* ns */
int64_t stat_ctime(const struct stat *st);

#endif
