/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect - brings into the vault all objects of a release that it lacks
 *
 * From the root down: a tree must be here before it can be known what it holds. Subtrees that
 * the release before has as well are skipped, so the cost grows with the change.
 */
#ifndef WD_COLLECT_H
#define WD_COLLECT_H

#include "expect.h"
#include "fetch.h"
#include "release.h"
#include "sched.h"

struct collect;

struct collect_counts {
	uint64_t objects, wanted; /* here by now, of those that were not */
};

/* why NULL: all is here. Called once; the collection may be freed in it. */
typedef void collect_done(void *arg, const char *why);

/* old NULL: look at everything. */
struct collect *collect_new(struct sched *sched, struct depot *vault, struct expect *expect,
			    struct fetch *fetch, const struct release *want,
			    const struct release *old, collect_done *done, void *arg);
void collect_free(struct collect *c); /* NULL is fine; also in the middle */
const struct collect_counts *collect_counts(const struct collect *c);

#endif
