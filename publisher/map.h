/* SPDX-License-Identifier: Apache-2.0 */
/* map - pointers by 64-bit number; owns no values */
#ifndef WD_MAP_H
#define WD_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
	struct map_slot {
		uint64_t key;
		void *value; /* NULL: free slot */
	} * v;
	size_t cap, n;
};

void *map_get(const struct map *m, uint64_t key);
int map_put(struct map *m, uint64_t key, void *value); /* replaces; -1: no memory */
void *map_del(struct map *m, uint64_t key);	       /* what was there, or NULL */
void map_free(struct map *m);			       /* empty again */
/* All values: size_t i = 0; while ((v = map_next(m, &i))) ... ; no put or del meanwhile. */
void *map_next(const struct map *m, size_t *i);

#endif
