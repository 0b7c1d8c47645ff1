/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * root.h - the protected trees
 *
 * A root pins its directory, every directory above it, and the symbolic links that
 * lead to it by the name it was given with what is above them, so that their dentries
 * and mounts stay valid and comparable by address.
 *
 * Life of a root: wd_root_create() -> wd_root_publish() -> wd_root_withdraw()
 * -> wd_root_free(). All but create and free need policy.c's lock.
 */
#ifndef WD_ROOT_H
#define WD_ROOT_H

#include <linux/atomic.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/completion.h>
#include <linux/path.h>
#include <linux/rcupdate.h>
#include <linux/xarray.h>

#include "limits.h"

struct netlink_ext_ack;
struct wd_filters;
struct wd_inner;

/* A directory above a root. */
struct wd_above {
	struct path path; /* pinned */
	size_t len;	  /* so much of the root's name is the name of this one */
};

struct wd_root {
	/* Fixed from wd_root_create() to wd_root_free(). */
	u32 id;		  /* never used twice */
	struct path path; /* pinned */
	char *name;	  /* absolute path as seen by who added it */
	size_t name_len;
	dev_t part; /* the block device below and the whole disk it is on; 0 = none */
	dev_t disk;
	const void *mnt_ns;	/* of who added it: only compared, never followed */
	struct wd_above *above; /* from the parent upwards */
	unsigned int nr_above;	/* of them */

	/* Written under policy.c's lock, read by hooks with READ_ONCE(). */
	u8 mode; /* enum wd_mode */
	bool published;

	/* Lock-free. */
	atomic64_t denied;
	atomic64_t reported;
	atomic_t dirty;			  /* arm.c: inodes with a writer from before arming */
	struct wd_filters __rcu *filters; /* what may change; written under policy.c's lock */
	struct list_head inners;	  /* inner.h; under policy.c's lock */
	struct list_head layers;	  /* layer.h; likewise */
	u32 layers_missed;		  /* likewise, once it is published */
	struct xarray devices;		  /* numbers of more devices below; RCU, own lock */
	atomic_t nr_devices;		  /* at most WD_DEVICES_MAX */
	struct xarray inodes; /* numbers of inodes with more than one name; RCU, own lock */
	atomic_t nr_inodes;   /* at most WD_INODES_MAX */

	/* sysfs.c's. */
	struct kobject kobj;
	struct completion kobj_released;
};

/* Resolves path as the caller sees it. ERR_PTR; says why in extack. */
struct wd_root *wd_root_create(const char *path, struct netlink_ext_ack *extack);
void wd_root_free(struct wd_root *root); /* accepts NULL; after a grace period if published */

/* Whether it is still reached by the name it was added under. */
bool wd_root_name_holds(const struct wd_root *root);

/* Whether it is a file system of the kernel itself, which is never guarded. */
bool wd_root_is_pseudo(const struct super_block *sb);

int wd_root_inode_add(struct wd_root *root, u64 ino);
int wd_root_inode_del(struct wd_root *root, u64 ino);

/*
 * One more block device below the root: of a volume group, an array, a btrfs. Or a
 * character device that takes raw commands for one.
 */
int wd_root_device_add(struct wd_root *root, dev_t dev, bool is_char);

/* The same from a hook, which cannot wait for memory: says in the log if it failed. */
void wd_root_device_grow(struct wd_root *root, dev_t dev);

#define WD_CHAR_KEY BIT(40) /* block and character devices have the same numbers */

static inline unsigned long wd_root_char_key(dev_t dev)
{
	return dev | WD_CHAR_KEY;
}

extern unsigned int wd_root_chars; /* ever registered; use wd_root_char_devices() */

/* Whether there may be any: opening one is common, and these are few. */
static inline bool wd_root_char_devices(void)
{
	return READ_ONCE(wd_root_chars);
}

#endif /* WD_ROOT_H */
