/* SPDX-License-Identifier: Apache-2.0 */
/* gc - drops from the vault what neither the current nor the next release of any site needs */
#ifndef WD_GC_H
#define WD_GC_H

#include "expect.h"
#include "release.h"
#include "sched.h"

struct gc;
struct gc *gc_new(struct sched *sched, struct depot *vault, struct expect *expect);
void gc_free(struct gc *g); /* NULL is fine */
/* From the start, with these as what lives. A tree that cannot be read ends it: nothing is dropped.
 */
void gc_start(struct gc *g, const struct release *const *live, int n);
void gc_stop(struct gc *g); /* new objects are coming: what is in the vault is not known to be
			       needless */

#endif
