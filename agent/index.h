/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index - find things by their key: tsearch(3) behind names of our own
 *
 * (<search.h> has a `struct entry`, and so has a tree.)
 */
#ifndef WD_INDEX_H
#define WD_INDEX_H

typedef int index_order(const void *a, const void *b);

/* Finds what compares equal to key, or NULL. */
void *index_find(void *const *index, const void *key, index_order *order);
int index_add(void **index, void *thing, index_order *order); /* -1: no memory */
void index_remove(void **index, const void *thing, index_order *order);

#endif
