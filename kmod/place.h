/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * place.h - where something lies: in which root, by which name
 *
 * Identity is the inode and its place in the tree, not a path string: bind
 * mounts, other namespaces, /proc/PID/root and handles lead to the same dentry,
 * hard links to the same inode.
 *
 * All of it runs in hooks: any context, the caller holds rcu_read_lock().
 */
#ifndef WD_PLACE_H
#define WD_PLACE_H

#include <linux/types.h>

struct dentry;
struct file;
struct inode;
struct super_block;
struct vfsmount;
struct wd_root;

struct wd_place {
	struct wd_root *root;	     /* NULL: in no root, and then mode is off */
	const struct dentry *dentry; /* the name; NULL: the root as a whole */
	const struct dentry *via;    /* WD_F_ALIAS: the name outside that was used, or NULL */
	u32 flags;		     /* WD_F_ALIAS, WD_F_ANCESTOR */
	u8 mode;		     /* the root's at this moment */
};

/*
 * The name itself, for what changes a directory. Each of these says whether a
 * root was found; where none was, place holds the name and no root.
 */
bool wd_place_name(struct wd_place *place, const struct dentry *dentry);

/* A name, or a directory above a root, which must stay where it is. */
bool wd_place_dir(struct wd_place *place, const struct dentry *dentry);

/* What the name stands for, whatever its other names. */
bool wd_place_object(struct wd_place *place, const struct dentry *dentry);

/* What is open: also the block device below a root. *device says so. */
bool wd_place_file(struct wd_place *place, const struct file *file, bool *device);

/* An inode that has no name to go by; used by the scan too. */
bool wd_place_inode(struct wd_place *place, struct inode *inode);

/* Anything of this file system: the strictest root on it. */
bool wd_place_sb(struct wd_place *place, const struct super_block *sb);

/* A mount that a root was added through: taking it away would hide the root. */
bool wd_place_mount(struct wd_place *place, const struct vfsmount *mnt);

/* Moving any mount in the mount namespace of a root. */
bool wd_place_namespace(struct wd_place *place, const void *mnt_ns);

#endif /* WD_PLACE_H */
