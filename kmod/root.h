/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * root.h - the protected trees
 *
 * A root pins its directory, every directory above it, and the symbolic links that
 * lead to it by the name it was given with what is above them, so that their dentries
 * and mounts stay valid and comparable by address. The set of roots is immutable:
 * who changes it publishes a new one; hooks read it under RCU without any lock.
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
	struct xarray devices;		  /* numbers of more devices below; RCU, own lock */
	atomic_t nr_devices;		  /* at most WD_DEVICES_MAX */
	struct xarray inodes; /* numbers of inodes with more than one name; RCU, own lock */
	atomic_t nr_inodes;   /* at most WD_INODES_MAX */

	/* sysfs.c's. */
	struct kobject kobj;
	struct completion kobj_released;
};

/* A directory whose tree is guarded: a root's, or that of what is mounted in one. */
struct wd_slot {
	const struct dentry *dentry; /* NULL: free */
	struct wd_root *root;
};

/* What hooks read: under RCU, never changed once published. */
struct wd_roots {
	unsigned int nr;
	unsigned int nr_inners;
	unsigned int nr_sbs;
	struct wd_root *root[WD_ROOTS_MAX];
	struct wd_inner *inner[WD_INNERS_MAX];
	struct super_block
		*sb[WD_ROOTS_MAX + WD_INNERS_MAX]; /* each once: most dentries are on none */
	struct wd_slot slot[1u << WD_SLOT_BITS];   /* open hash by dentry */
	unsigned long sieve; /* has bit wd_sieve_bit() of each of them: most others fall through */
	const struct dentry *only; /* the root's, where there is one root and nothing in it */
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

/* Resolves path as the caller sees it. ERR_PTR; says why in extack. */
struct wd_root *wd_root_create(const char *path, struct netlink_ext_ack *extack);
void wd_root_free(struct wd_root *root); /* accepts NULL; after a grace period if published */

int wd_root_publish(struct wd_root *root, struct netlink_ext_ack *extack);
void wd_root_withdraw(struct wd_root *root); /* returns when no hook can see it any more */

extern const struct wd_roots __rcu *wd_roots_published; /* root.c's; use wd_roots() */

/* Under rcu_read_lock() or rcu_read_lock_sched(); never NULL. */
static inline const struct wd_roots *wd_roots(void)
{
	return rcu_dereference_check(wd_roots_published, rcu_read_lock_sched_held());
}

struct wd_root *wd_root_find(u32 id);	    /* under policy.c's lock */
struct wd_root *wd_root_at(unsigned int i); /* likewise; NULL behind the last */

/* Whether it is still reached by the name it was added under. */
bool wd_root_name_holds(const struct wd_root *root);

/* Whether it is a file system of the kernel itself, which is never guarded. */
bool wd_root_is_pseudo(const struct super_block *sb);

/* Publishes inner as part of its root, and takes it over if there is room. */
int wd_root_take_inner(struct wd_inner *inner, struct netlink_ext_ack *extack);

int wd_root_inode_add(struct wd_root *root, u64 ino);
int wd_root_inode_del(struct wd_root *root, u64 ino);

/*
 * One more block device below the root: of a volume group, an array, a btrfs. Or a
 * character device that takes raw commands for one.
 */
int wd_root_device_add(struct wd_root *root, dev_t dev, bool is_char);

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
