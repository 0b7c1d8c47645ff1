// SPDX-License-Identifier: GPL-2.0-only
/* roots.c - the set of all roots, as hooks see it */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/lockdep.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "inner.h"
#include "policy.h"
#include "report.h"
#include "roots.h"

#define SLOTS (1u << WD_SLOT_BITS)

static const struct wd_roots no_roots;
const struct wd_roots __rcu *wd_roots_published = (const struct wd_roots __rcu __force *)&no_roots;
static u32 last_id; /* under policy.c's lock */

static const struct wd_roots *current_set(void)
{
	return rcu_dereference_protected(wd_roots_published, lockdep_is_held(&wd_policy_lock));
}

struct wd_root *wd_root_at(unsigned int i)
{
	const struct wd_roots *set = current_set();

	return i < set->nr ? set->root[i] : NULL;
}

struct wd_root *wd_root_find(u32 id)
{
	struct wd_root *root;
	unsigned int i;

	for (i = 0; (root = wd_root_at(i)); i++)
		if (root->id == id)
			return root;
	return NULL;
}

/* ---- publishing ---- */

static void add_sb(struct wd_roots *set, struct super_block *sb)
{
	unsigned int i;

	for (i = 0; i < set->nr_sbs; i++)
		if (set->sb[i] == sb)
			return;
	set->sb[set->nr_sbs++] = sb;
}

/* Where two roots have the same directory mounted in them, the inmost one has the longest name. */
static void add_slot(struct wd_roots *set, const struct dentry *dentry, struct wd_root *root)
{
	unsigned int i = hash_ptr(dentry, WD_SLOT_BITS);
	struct wd_slot *slot;

	add_sb(set, dentry->d_sb);
	while ((slot = &set->slot[i])->root && slot->dentry != dentry)
		i = (i + 1) % SLOTS;
	/* A root of its own is that before it is part of another one. */
	if (slot->root &&
	    (slot->root->path.dentry == dentry || slot->root->name_len > root->name_len))
		return;
	*slot = (struct wd_slot){.dentry = dentry, .root = root};
	set->sieve |= wd_sieve_bit(dentry);
}

static void add_root(struct wd_roots *set, struct wd_root *root)
{
	set->root[set->nr++] = root;
	add_slot(set, root->path.dentry, root);
}

/* When all roots are there. */
static void add_inners(struct wd_roots *set)
{
	struct wd_inner *inner;
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		list_for_each_entry (inner, &set->root[i]->inners, list) {
			set->inner[set->nr_inners++] = inner;
			if (!inner->mount_only)
				add_slot(set, inner->path.dentry, inner->root);
		}
	set->only = set->nr == 1 && !set->nr_inners ? set->root[0]->path.dentry : NULL;
}

/* Without one of the old ones (NULL: with all), and with a new one (likewise: without). */
static void fill(struct wd_roots *set, const struct wd_root *without, struct wd_root *with)
{
	const struct wd_roots *old = current_set();
	unsigned int i;

	for (i = 0; i < old->nr; i++)
		if (old->root[i] != without)
			add_root(set, old->root[i]);
	if (with)
		add_root(set, with);
	add_inners(set);
}

static void publish(const struct wd_roots *set)
{
	const struct wd_roots *old = current_set();

	rcu_assign_pointer(wd_roots_published, set);
	synchronize_rcu();
	if (old != &no_roots)
		kfree(old);
}

static int refuse_publish(const struct wd_root *root, struct netlink_ext_ack *extack)
{
	const struct wd_roots *old = current_set();
	unsigned int i;

	for (i = 0; i < old->nr; i++)
		if (old->root[i]->path.dentry == root->path.dentry) {
			NL_SET_ERR_MSG(extack, "this directory is a root already");
			return -EEXIST;
		}
	if (old->nr == WD_ROOTS_MAX) {
		NL_SET_ERR_MSG(extack, "there are as many roots as there can be");
		return -ENOSPC;
	}
	return 0;
}

int wd_root_publish(struct wd_root *root, struct netlink_ext_ack *extack)
{
	struct wd_roots *set;
	int err = refuse_publish(root, extack);

	if (err)
		return err;
	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	fill(set, NULL, root);
	root->id = ++last_id;
	root->published = true;
	publish(set);
	return 0;
}

void wd_root_withdraw(struct wd_root *root)
{
	const struct wd_roots *old = current_set();
	struct wd_roots *set = NULL;

	root->published = false;
	if (old->nr > 1)
		/* Small, and going back must not fail. */
		set = kzalloc(sizeof(*set), GFP_KERNEL | __GFP_NOFAIL);
	if (set)
		fill(set, root, NULL);
	publish(set ?: &no_roots);
	wd_report_forget(root);
}

int wd_root_take_inner(struct wd_inner *inner, struct netlink_ext_ack *extack)
{
	struct wd_roots *set = NULL;

	if (current_set()->nr_inners == WD_INNERS_MAX) {
		NL_SET_ERR_MSG(extack, "as many file systems inside roots are guarded as can be");
		return -ENOSPC;
	}
	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	list_add_tail(&inner->list, &inner->root->inners);
	fill(set, NULL, NULL);
	publish(set);
	return 0;
}
