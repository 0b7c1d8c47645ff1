/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build - a backup directory becomes objects: blobs, and trees from the leaves up
 *
 * Only changed files are read (cache.h), each once, straight into the depot. Nothing is
 * followed: every directory is opened by its parent with O_NOFOLLOW, so whoever can write
 * to the backup cannot make the publisher read elsewhere.
 *
 * Refused, with the path: links that lead out of the site, sockets, devices, pipes, names
 * that a tree cannot hold, deeper nesting than TREE_DEPTH_MAX, what cannot be read.
 *
 * A file that somebody has open for writing (a read lease is refused), or that changes
 * while it is read, is busy. Busy files make the result incomplete, unless `keep_busy`:
 * then they stay as the previous release has them, or out if it does not.
 */
#ifndef WD_PUBLISHER_BUILD_H
#define WD_PUBLISHER_BUILD_H

#include <stdatomic.h>

#include "cache.h"
#include "depot.h"
#include "release.h"

struct build_input {
	const char *dir;
	char *const *excludes;	       /* globs, NULL-ended, may be NULL; besides the fixed ones */
	const struct filters *filters; /* may be NULL; what they name is not published */
	struct depot *depot;
	struct cache *cache;
	const struct release *previous; /* NULL: none */
	bool keep_busy;
	int quiet;		 /* ms a file must be old where leases do not work */
	const atomic_bool *stop; /* may be NULL */
};

struct build_result {
	struct hash root;
	uint64_t root_size;
	uint16_t root_mode;
	int64_t root_mtime;
	uint64_t files, dirs, links, bytes;
	uint64_t read_files, read_bytes; /* not known from the cache */
	uint64_t busy;
	char busy_path[4096]; /* one of them */
};

/* Is this entry of a site left out? dir ends the match of globs that end in '/'. */
bool build_excluded(char *const *excludes, const char *path, bool dir);
/* What is always left out, for the manual and `site list`; NULL-ended. */
extern const char *const build_default_excludes[];

int build_site(const struct build_input *in, struct build_result *out, struct err *err);

#endif
