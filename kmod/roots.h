/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * roots.h - the set of all roots, as hooks see it
 *
 * The set is immutable: who changes it publishes a new one; hooks read it under RCU
 * without any lock.
 */
#ifndef WD_ROOTS_H
#define WD_ROOTS_H

#include <linux/bits.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/rcupdate.h>

#include "root.h"

struct wd_inner;
struct wd_layer;

/* A directory whose tree is guarded: a root's, that of what is mounted in one, or of a layer. */
struct wd_slot {
	const struct dentry *dentry; /* NULL: free */
	struct wd_root *root;
	const struct wd_layer *layer; /* or NULL; of one directory there may be several then */
};

/* What hooks read: under RCU, never changed once published. */
struct wd_roots {
	unsigned int nr;
	unsigned int nr_inners;
	unsigned int nr_layers;
	unsigned int nr_sbs;
	struct wd_root *root[WD_ROOTS_MAX];
	struct wd_inner *inner[WD_INNERS_MAX];
	struct wd_layer *layer[WD_LAYERS_MAX];
	struct super_block *sb[WD_ROOTS_MAX + WD_INNERS_MAX +
			       WD_LAYERS_MAX];	 /* each once: most dentries are on none */
	struct wd_slot slot[1u << WD_SLOT_BITS]; /* open hash by dentry */
	unsigned long sieve; /* has bit wd_sieve_bit() of each of them: most others fall through */
	const struct dentry *only; /* the root's, where there is one root, nothing in it or below */
};

static inline bool wd_roots_guard(const struct wd_roots *set, const struct super_block *sb)
{
	unsigned int i;

	for (i = 0; i < set->nr_sbs; i++)
		if (set->sb[i] == sb)
			return true;
	return false;
}

/* Dentries lie on cache lines. */
static inline unsigned long wd_sieve_bit(const struct dentry *dentry)
{
	return 1ul << (((unsigned long)dentry >> 6) % BITS_PER_LONG);
}

int wd_root_publish(struct wd_root *root, struct netlink_ext_ack *extack);
void wd_root_withdraw(struct wd_root *root); /* returns when no hook can see it any more */

extern const struct wd_roots __rcu *wd_roots_published; /* roots.c's; use wd_roots() */

/* Under rcu_read_lock() or rcu_read_lock_sched(); never NULL. */
static inline const struct wd_roots *wd_roots(void)
{
	return rcu_dereference_check(wd_roots_published, rcu_read_lock_sched_held());
}

struct wd_root *wd_root_find(u32 id);	    /* under policy.c's lock */
struct wd_root *wd_root_at(unsigned int i); /* likewise; NULL behind the last */

/* How many layers are guarded with it, under policy.c's lock. *missed: how many are not. */
unsigned int wd_root_layers(const struct wd_root *root, unsigned int *missed);

/* Publishes inner as part of its root, and takes it over if there is room. */
int wd_root_take_inner(struct wd_inner *inner, struct netlink_ext_ack *extack);

#endif /* WD_ROOTS_H */
