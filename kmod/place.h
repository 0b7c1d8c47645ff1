/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * place.h - where something lies: in which root, by which name
 *
 * Identity is the inode and its place in the tree, not a path string: bind
 * mounts, other namespaces, /proc/PID/root and handles lead to the same dentry,
 * hard links to the same inode.
 *
 * All of it runs in hooks: any context, the caller holds rcu_read_lock(); for
 * wd_place_may_guard() rcu_read_lock_sched() does as well.
 */
#ifndef WD_PLACE_H
#define WD_PLACE_H

#include <linux/dcache.h>
#include <linux/fs.h>

#include "roots.h"

struct wd_place {
	struct wd_root *root;	     /* NULL: in no root, and then mode is off */
	const struct dentry *dentry; /* the name; NULL: the root as a whole */
	const struct dentry *via;    /* WD_F_ALIAS: the name outside that was used, or NULL */
	u32 flags;		     /* WD_F_ALIAS, WD_F_ANCESTOR, WD_F_LAYER */
	u8 mode;		     /* the root's at this moment */
};

/*
 * The name itself, for what changes a directory. Each of these says whether a
 * root was found; where none was, place holds the name and no root.
 */
bool wd_place_name(struct wd_place *place, const struct dentry *dentry);

/* A name, or a directory above a root, which must stay where it is. */
bool wd_place_dir(struct wd_place *place, const struct dentry *dentry);

/* An object, or a directory or link above a root, whose attributes decide who sees the root. */
bool wd_place_visible(struct wd_place *place, const struct dentry *dentry);

/* The same, for what names it by its inode. */
bool wd_place_visible_inode(struct wd_place *place, struct inode *inode);

/* What the name stands for, whatever its other names. */
bool wd_place_object(struct wd_place *place, const struct dentry *dentry);

/* What is open: also the block device below a root. *device says so. */
bool wd_place_file(struct wd_place *place, const struct file *file, bool *device);

/* A block device that something in the kernel opens; mounting it again is nothing new. */
bool wd_place_device(struct wd_place *place, dev_t dev, const void *holder);

/* It becomes a part of that disk: of each root that lies on the disk, one more device. */
void wd_place_grow(dev_t disk, dev_t part);

/* An inode that has no name to go by; used by the scan too. */
bool wd_place_inode(struct wd_place *place, struct inode *inode);

/* Anything of this file system: the strictest root on it. */
bool wd_place_sb(struct wd_place *place, const struct super_block *sb);

/* A mount that a root was added through: taking it away would hide the root. */
bool wd_place_mount(struct wd_place *place, const struct vfsmount *mnt);

/* Unmounting it, lazily with all that is on it: also where that unmounts a peer. */
bool wd_place_umount(struct wd_place *place, const struct vfsmount *mnt, bool detach);

/* Moving any mount in the mount namespace of a root. */
bool wd_place_namespace(struct wd_place *place, const void *mnt_ns);

/* ---- the short way out, for what every process does all the time ---- */

/* A file handle's dentry whose place is not known (yet). */
static inline bool wd_place_is_adrift(const struct dentry *top)
{
	return top != top->d_sb->s_root && (top->d_flags & DCACHE_DISCONNECTED);
}

/* Whether a root is met on the way up, or the way leads nowhere. */
bool wd_place_climb(const struct wd_roots *set, const struct dentry *dentry);

static inline bool wd_place_climb_one(const struct dentry *root, const struct dentry *dentry)
{
	const struct dentry *parent;

	while (dentry != root && (parent = READ_ONCE(dentry->d_parent)) != dentry)
		dentry = parent;
	return dentry == root || wd_place_is_adrift(dentry);
}

/*
 * Whether wd_place_file() can find a root at all: false for nearly everything that
 * is opened on a machine, in about 6 instructions a directory; true promises nothing.
 */
static inline bool wd_place_may_guard(const struct file *file)
{
	const struct wd_roots *set = wd_roots();
	const struct inode *inode = file_inode(file);
	const struct dentry *dentry = file->f_path.dentry;
	bool is_dir = S_ISDIR(inode->i_mode);

	if (likely(!wd_roots_guard(set, inode->i_sb)) ||
	    !(is_dir || S_ISREG(inode->i_mode) || S_ISFIFO(inode->i_mode)))
		return S_ISBLK(inode->i_mode) || (S_ISCHR(inode->i_mode) && wd_root_char_devices());
	if (READ_ONCE(dentry->d_inode) != inode || (!is_dir && inode->i_nlink > 1))
		return true;
	return likely(set->only) ? wd_place_climb_one(set->only, dentry)
				 : wd_place_climb(set, dentry);
}

#endif /* WD_PLACE_H */
