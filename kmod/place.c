// SPDX-License-Identifier: GPL-2.0-only
/* place.c - where something lies: in which root, by which name */
#include <linux/blkdev.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/mount.h>

#include "compat.h"
#include "inner.h"
#include "layer.h"
#include "mount.h"
#include "place.h"
#include "root.h"

static bool found(struct wd_place *place, struct wd_root *root, const struct dentry *dentry,
		  u32 flags)
{
	place->root = root;
	place->dentry = dentry;
	place->via = NULL;
	place->flags = flags;
	place->mode = READ_ONCE(root->mode);
	return true;
}

/* Several roots may be concerned: the strictest counts. Returns true, for "any = ". */
static bool found_too(struct wd_place *place, bool any, struct wd_root *root,
		      const struct dentry *dentry, u32 flags)
{
	if (any && READ_ONCE(root->mode) <= place->mode)
		return true;
	return found(place, root, dentry, flags);
}

static bool found_none(struct wd_place *place, const struct dentry *dentry)
{
	*place = (struct wd_place){.dentry = dentry};
	return false;
}

/* The next slot of dentry from the i-th on; not a layer's to the overlay that made it. */
static inline const struct wd_slot *slot_from(const struct wd_roots *set,
					      const struct dentry *dentry, unsigned int i)
{
	const struct wd_slot *slot;

	while ((slot = &set->slot[i])->root) {
		if (slot->dentry == dentry && !(slot->layer && wd_layer_is_own(slot->layer)))
			return slot;
		i = (i + 1) % (1u << WD_SLOT_BITS);
	}
	return NULL;
}

static inline const struct wd_slot *slot_at(const struct wd_roots *set, const struct dentry *dentry)
{
	return slot_from(set, dentry, hash_ptr(dentry, WD_SLOT_BITS));
}

static const struct wd_slot *slot_behind(const struct wd_roots *set, const struct wd_slot *slot)
{
	return slot_from(set, slot->dentry, (slot - set->slot + 1) % (1u << WD_SLOT_BITS));
}

static bool found_slot(struct wd_place *place, bool any, const struct wd_roots *set,
		       const struct wd_slot *slot, const struct dentry *dentry, u32 flags)
{
	for (; slot; slot = slot_behind(set, slot))
		any = found_too(place, any, slot->root, dentry,
				flags | (slot->layer ? WD_F_LAYER : 0));
	return any;
}

/*
 * The innermost root around dentry; else NULL, and *top is where the way up ended.
 * A concurrent rename cannot lead us astray: one that crosses a root's border is
 * denied, and dentries live until after the RCU section.
 */
static const struct wd_slot *slot_around(const struct wd_roots *set, const struct dentry *dentry,
					 const struct dentry **top)
{
	for (;;) {
		const struct dentry *parent = READ_ONCE(dentry->d_parent);

		if (unlikely(set->sieve & wd_sieve_bit(dentry))) {
			const struct wd_slot *slot = slot_at(set, dentry);

			if (slot)
				return slot;
		}
		if (parent == dentry)
			break;
		dentry = parent;
	}
	*top = dentry;
	return NULL;
}

/* The name of a root inside another root is the outer one's to guard as well. */
static bool with_outer(struct wd_place *place, const struct wd_roots *set,
		       const struct wd_slot *slot, const struct dentry *dentry)
{
	const struct dentry *parent = READ_ONCE(dentry->d_parent), *top;

	if (slot->dentry != dentry || parent == dentry)
		return true;
	return found_slot(place, true, set, slot_around(set, parent, &top), dentry, 0);
}

/* Something of this file system, but where it lies is not known: the strictest root. */
static bool by_sb(struct wd_place *place, const struct wd_roots *set, const struct super_block *sb)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (set->root[i]->path.dentry->d_sb == sb)
			any = found_too(place, any, set->root[i], NULL, WD_F_ALIAS);
	for (i = 0; i < set->nr_inners; i++)
		if (!set->inner[i]->mount_only && set->inner[i]->path.dentry->d_sb == sb)
			any = found_too(place, any, set->inner[i]->root, NULL, WD_F_ALIAS);
	for (i = 0; i < set->nr_layers; i++)
		if (set->layer[i]->dentry->d_sb == sb && !wd_layer_is_own(set->layer[i]))
			any = found_too(place, any, set->layer[i]->root, NULL,
					WD_F_ALIAS | WD_F_LAYER);
	return any;
}

bool wd_place_name(struct wd_place *place, const struct dentry *dentry)
{
	const struct wd_roots *set = wd_roots();
	const struct wd_slot *slot;
	const struct dentry *top;

	if (!wd_roots_guard(set, dentry->d_sb))
		return found_none(place, dentry);
	slot = slot_around(set, dentry, &top);
	if (slot)
		return found_slot(place, false, set, slot, dentry, 0) &&
		       with_outer(place, set, slot, dentry);
	if (wd_place_is_adrift(top))
		return by_sb(place, set, dentry->d_sb);
	return found_none(place, dentry);
}

static bool or_above(struct wd_place *place, bool any, const struct dentry *dentry)
{
	const struct wd_roots *set = wd_roots();
	unsigned int i, n;

	for (i = 0; i < set->nr; i++) {
		struct wd_root *root = set->root[i];

		for (n = 0; n < root->nr_above; n++)
			if (root->above[n].path.dentry == dentry)
				any = found_too(place, any, root, dentry, WD_F_ANCESTOR);
	}
	for (i = 0; i < set->nr_layers; i++)
		for (n = 0; n < set->layer[i]->nr_above; n++)
			if (set->layer[i]->above[n] == dentry && !wd_layer_is_own(set->layer[i]))
				any = found_too(place, any, set->layer[i]->root, dentry,
						WD_F_ANCESTOR | WD_F_LAYER);
	return any;
}

bool wd_place_dir(struct wd_place *place, const struct dentry *dentry)
{
	return or_above(place, wd_place_name(place, dentry), dentry);
}

bool wd_place_visible(struct wd_place *place, const struct dentry *dentry)
{
	return or_above(place, wd_place_object(place, dentry), dentry);
}

bool wd_place_visible_inode(struct wd_place *place, struct inode *inode)
{
	bool any = wd_place_inode(place, inode);
	struct dentry *alias;

	spin_lock(&inode->i_lock);
	wd_for_each_alias(alias, inode) any = or_above(place, any, alias);
	spin_unlock(&inode->i_lock);
	return any;
}

/* Its names as far as they are cached; *adrift: none of them says where it lies. */
static bool by_alias(struct wd_place *place, const struct wd_roots *set, struct inode *inode,
		     bool *adrift)
{
	const struct wd_slot *slot = NULL;
	const struct dentry *top;
	struct dentry *alias;

	*adrift = true;
	spin_lock(&inode->i_lock);
	wd_for_each_alias(alias, inode)
	{
		slot = slot_around(set, alias, &top);
		if (slot) {
			found_slot(place, false, set, slot, alias, WD_F_ALIAS);
			break;
		}
		if (!wd_place_is_adrift(top))
			*adrift = false;
	}
	spin_unlock(&inode->i_lock);
	return slot;
}

static bool has_number(const struct wd_layer *layer, const struct inode *inode)
{
	return layer->has_numbers && layer->dentry->d_sb == inode->i_sb &&
	       xa_load(&layer->root->inodes, inode->i_ino) && !wd_layer_is_own(layer);
}

static bool by_number(struct wd_place *place, const struct wd_roots *set, const struct inode *inode)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (set->root[i]->path.dentry->d_sb == inode->i_sb &&
		    xa_load(&set->root[i]->inodes, inode->i_ino))
			return found(place, set->root[i], NULL, WD_F_ALIAS);
	for (i = 0; i < set->nr_layers; i++)
		if (has_number(set->layer[i], inode))
			return found(place, set->layer[i]->root, NULL, WD_F_ALIAS | WD_F_LAYER);
	return false;
}

bool wd_place_inode(struct wd_place *place, struct inode *inode)
{
	const struct wd_roots *set = wd_roots();
	bool adrift;

	if (!wd_roots_guard(set, inode->i_sb))
		return found_none(place, NULL);
	if (by_alias(place, set, inode, &adrift) || by_number(place, set, inode))
		return true;
	if (adrift)
		return by_sb(place, set, inode->i_sb);
	return found_none(place, NULL);
}

bool wd_place_object(struct wd_place *place, const struct dentry *dentry)
{
	const struct wd_roots *set = wd_roots();
	struct inode *inode = READ_ONCE(dentry->d_inode);
	const struct wd_slot *slot;
	const struct dentry *top;

	if (!wd_roots_guard(set, dentry->d_sb))
		return found_none(place, dentry);
	slot = slot_around(set, dentry, &top);
	if (slot)
		return found_slot(place, false, set, slot, dentry, 0);
	if (inode && ((!S_ISDIR(inode->i_mode) && inode->i_nlink > 1) || wd_place_is_adrift(top)) &&
	    wd_place_inode(place, inode)) {
		place->via = dentry;
		return true;
	}
	return found_none(place, dentry);
}

bool wd_place_sb(struct wd_place *place, const struct super_block *sb)
{
	return by_sb(place, wd_roots(), sb) || found_none(place, NULL);
}

/* The disk of a block device that is open; 0 while it is being opened. */
static dev_t disk_of(const struct file *file)
{
	struct inode *host = file->f_mapping->host;

	return host == file_inode(file) ? 0 : disk_devt(I_BDEV(host)->bd_disk);
}

/* A partition may lie over a file system that has the whole disk. */
static bool is_below(dev_t part, dev_t whole, dev_t dev, dev_t disk)
{
	return part && (dev == part || dev == whole || (disk == whole && part == whole));
}

static bool by_device(struct wd_place *place, dev_t dev, dev_t disk)
{
	const struct wd_roots *set = wd_roots();
	bool any = false;
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		struct wd_root *root = set->root[i];

		if (is_below(root->part, root->disk, dev, disk) || xa_load(&root->devices, dev))
			any = found_too(place, any, root, NULL, 0);
	}
	for (i = 0; i < set->nr_layers; i++)
		if (is_below(set->layer[i]->part, set->layer[i]->disk, dev, disk))
			any = found_too(place, any, set->layer[i]->root, NULL, WD_F_LAYER);
	return any;
}

/* Until 6.4 a file system's type holds its disk. Of btrfs that tells nothing: see s_bdev. */
static bool is_mounting(const struct wd_roots *set, const void *holder)
{
	unsigned int i;

	for (i = 0; i < set->nr_sbs; i++)
		if (set->sb[i]->s_type == holder && set->sb[i]->s_bdev)
			return true;
	return false;
}

bool wd_place_device(struct wd_place *place, dev_t dev, const void *holder)
{
	return (by_device(place, dev, 0) && !is_mounting(wd_roots(), holder)) ||
	       found_none(place, NULL);
}

void wd_place_grow(dev_t disk, dev_t part)
{
	const struct wd_roots *set = wd_roots();
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		struct wd_root *root = set->root[i];

		if (is_below(root->part, root->disk, disk, 0) || xa_load(&root->devices, disk))
			wd_root_device_grow(root, part);
	}
	for (i = 0; i < set->nr_layers; i++)
		if (is_below(set->layer[i]->part, set->layer[i]->disk, disk, 0))
			wd_root_device_grow(set->layer[i]->root, part);
}

/* Raw commands to a disk below: SCSI generic, NVMe generic. */
static bool by_char_device(struct wd_place *place, dev_t dev)
{
	const struct wd_roots *set = wd_roots();
	bool any = false;
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (xa_load(&set->root[i]->devices, wd_root_char_key(dev)))
			any = found_too(place, any, set->root[i], NULL, 0);
	return any;
}

bool wd_place_climb(const struct wd_roots *set, const struct dentry *dentry)
{
	const struct dentry *top;

	return slot_around(set, dentry, &top) || wd_place_is_adrift(top);
}

bool wd_place_file(struct wd_place *place, const struct file *file, bool *device)
{
	struct inode *inode = file_inode(file);
	const struct dentry *dentry = file->f_path.dentry;

	*device = S_ISBLK(inode->i_mode) || S_ISCHR(inode->i_mode);
	if (S_ISBLK(inode->i_mode))
		return by_device(place, inode->i_rdev, disk_of(file)) || found_none(place, dentry);
	if (S_ISCHR(inode->i_mode))
		return by_char_device(place, inode->i_rdev) || found_none(place, dentry);
	/* Writing a fifo moves its times; a terminal or socket is not changed. */
	if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode) && !S_ISFIFO(inode->i_mode))
		return found_none(place, dentry);
	/* overlayfs opens the real inode under the name in the overlay (until 6.5) */
	if (unlikely(READ_ONCE(dentry->d_inode) != inode))
		return wd_place_inode(place, inode);
	return wd_place_object(place, dentry);
}

static bool takes(const struct wd_root *root, const struct vfsmount *mnt, bool gone, bool detach)
{
	const struct vfsmount *last = root->path.mnt;
	unsigned int i;

	if (last == mnt || (gone && wd_mount_takes(mnt, detach, last)))
		return true;
	for (i = 0; i < root->nr_above; i++) {
		const struct vfsmount *pinned = root->above[i].path.mnt;

		if (pinned == last)
			continue;
		last = pinned;
		if (last == mnt || (gone && wd_mount_takes(mnt, detach, last)))
			return true;
	}
	return false;
}

static bool by_mount(struct wd_place *place, const struct vfsmount *mnt, bool gone, bool detach)
{
	const struct wd_roots *set = wd_roots();
	bool any = false;
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (takes(set->root[i], mnt, gone, detach))
			any = found_too(place, any, set->root[i], NULL, 0);
	for (i = 0; i < set->nr_inners; i++) {
		const struct wd_inner *inner = set->inner[i];

		if (inner->path.mnt == mnt ||
		    (gone && wd_mount_takes(mnt, detach, inner->path.mnt)))
			any = found_too(place, any, inner->root, inner->at.dentry, 0);
	}
	return any || found_none(place, NULL);
}

bool wd_place_mount(struct wd_place *place, const struct vfsmount *mnt)
{
	return by_mount(place, mnt, false, false);
}

bool wd_place_umount(struct wd_place *place, const struct vfsmount *mnt, bool detach)
{
	return by_mount(place, mnt, true, detach);
}

bool wd_place_namespace(struct wd_place *place, const void *mnt_ns)
{
	const struct wd_roots *set = wd_roots();
	bool any = false;
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (set->root[i]->mnt_ns == mnt_ns)
			any = found_too(place, any, set->root[i], NULL, 0);
	return any || found_none(place, NULL);
}
