/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk - from the root of a site down to what is to be looked at, comparing and repairing
 *
 * The one mechanism behind everything: a kernel event walks to one path, a verification
 * walks over all, an apply over the difference of two releases. Going down it enters only
 * what is a directory and is expected to be one, by descriptor and single name; the first
 * thing on the way that is not right is repaired there. It works in steps of a few
 * milliseconds at most, apart from one large file being restored.
 */
#ifndef WD_WALK_H
#define WD_WALK_H

#include "treat.h"

enum walk_flags {
	WALK_BELOW = 1, /* everything below the path as well */
	WALK_SYNC = 2,	/* wait for changes under way there (inspect.h) */
	WALK_QUICK = 4, /* do not read contents */
	WALK_DIFF = 8,	/* only where the release differs from the one before */
	WALK_ADD = 16,	/* first half of an apply: nothing is deleted, directory times come later */
	WALK_TREES = 32,  /* look whether the vault has the trees, and mend it from memory */
	WALK_DETACH = 64, /* give files that somebody has open for writing a new inode */
};

struct walk;

/* path "" is the root; the site must have a release. cause NULL: findings make events themselves.
 */
struct walk *walk_new(const struct walk_place *place, struct site *site, const char *path,
		      unsigned int flags, const char *source, struct incident *cause);
bool walk_step(struct walk *w); /* false: done */
const struct walk_counts *walk_counts(const struct walk *w);
void walk_free(struct walk *w); /* NULL is fine; also in the middle */

#endif
