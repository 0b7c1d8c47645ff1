// SPDX-License-Identifier: GPL-2.0-only
/* roots.c - the set of all roots, as hooks see it */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "inner.h"
#include "layer.h"
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

/* Several overlays may share a layer, and it may be a root as well: all of them are asked. */
static void add_layer(struct wd_roots *set, struct wd_layer *layer)
{
	unsigned int i = hash_ptr(layer->dentry, WD_SLOT_BITS);

	layer->guarded = set->nr_layers < WD_LAYERS_MAX;
	if (!layer->guarded)
		return;
	set->layer[set->nr_layers++] = layer;
	add_sb(set, layer->dentry->d_sb);
	set->sieve |= wd_sieve_bit(layer->dentry);
	while (set->slot[i].root)
		i = (i + 1) % SLOTS;
	set->slot[i] = (struct wd_slot){layer->dentry, layer->root, layer};
}

static void add_layers(struct wd_roots *set, const struct list_head *layers)
{
	struct wd_layer *layer;

	list_for_each_entry (layer, layers, list)
		add_layer(set, layer);
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
}

/* When all of those are there: the layers have the last of the slots of a directory. */
static void add_all_layers(struct wd_roots *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		add_layers(set, &set->root[i]->layers);
	for (i = 0; i < set->nr_inners; i++)
		add_layers(set, &set->inner[i]->layers);
	set->only = set->nr == 1 && !set->nr_inners && !set->nr_layers ? set->root[0]->path.dentry
								       : NULL;
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
	add_all_layers(set);
}

/* Of a size that memory in one piece may be short of. */
static struct wd_roots *set_new(void)
{
	return kvzalloc(sizeof(struct wd_roots), GFP_KERNEL);
}

/* Going back must not fail. */
static struct wd_roots *set_new_surely(void)
{
	struct wd_roots *set;

	while (!(set = set_new()))
		schedule_timeout_uninterruptible(1);
	return set;
}

static void publish(const struct wd_roots *set)
{
	const struct wd_roots *old = current_set();

	rcu_assign_pointer(wd_roots_published, set);
	synchronize_rcu();
	if (old != &no_roots)
		kvfree(old);
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
	set = set_new();
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
	if (old->nr > 1) {
		set = set_new_surely();
		fill(set, root, NULL);
	}
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
	set = set_new();
	if (!set)
		return -ENOMEM;
	list_add_tail(&inner->list, &inner->root->inners);
	fill(set, NULL, NULL);
	publish(set);
	return 0;
}

static void count_layers(const struct list_head *layers, unsigned int *guarded,
			 unsigned int *missed)
{
	const struct wd_layer *layer;

	list_for_each_entry (layer, layers, list)
		layer->guarded ? ++*guarded : ++*missed;
}

unsigned int wd_root_layers(const struct wd_root *root, unsigned int *missed)
{
	const struct wd_inner *inner;
	unsigned int guarded = 0;

	*missed = root->layers_missed;
	count_layers(&root->layers, &guarded, missed);
	list_for_each_entry (inner, &root->inners, list)
		count_layers(&inner->layers, &guarded, missed);
	return guarded;
}
