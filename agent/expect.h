/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect - what directories must hold: the vault's trees, decoded when needed and kept a while
 *
 * A branch is counted: whoever walks over it holds it, the cache may forget it meanwhile.
 */
#ifndef WD_EXPECT_H
#define WD_EXPECT_H

#include "depot.h"
#include "tree.h"

struct branch {
	struct hash hash;
	const struct tree *tree;
};

struct expect;
struct expect *expect_new(struct depot *vault); /* borrows it */
void expect_free(struct expect *x);

/* NULL: not to be had now, *why says what is wrong with the vault's copy. */
const struct branch *expect_get(struct expect *x, const struct hash *h, uint64_t size,
				enum depot_result *why);
const struct branch *expect_nothing(struct expect *x); /* an empty directory; counted as well */
const struct branch *expect_hold(const struct branch *b);
void expect_put(const struct branch *b); /* NULL is fine */
/*
 * Looks whether the vault still has the tree, past the cache. A copy in memory mends it: the
 * hash proves that it is the same. DEPOT_OK, or what is wrong.
 */
enum depot_result expect_intact(struct expect *x, const struct hash *h, uint64_t size);

#endif
