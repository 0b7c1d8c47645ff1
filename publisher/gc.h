/* SPDX-License-Identifier: Apache-2.0 */
/* gc - drops objects that no kept release needs any more */
#ifndef WD_PUBLISHER_GC_H
#define WD_PUBLISHER_GC_H

#include <stdatomic.h>

#include "engine.h"

void gc_wanted(struct engine *e);
void gc_tick(struct engine *e); /* starts it when nothing is being built or signed */

/* The work itself: objects dropped, or -1. Nothing is dropped unless every root was read. */
struct gc_root {
	struct hash hash;
	uint64_t size;
};
long gc_run(struct depot *d, const struct gc_root *roots, size_t n, const atomic_bool *stop,
	    struct err *err);

#endif
