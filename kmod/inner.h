/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inner.h - file systems that were mounted inside a root before it was added
 *
 * Which there are only user space can tell: the kernel keeps its mount tree to itself.
 * Each that it names is pinned and becomes part of the root: its content is guarded
 * like the root's, unmounting it is judged. What is mounted later is a change like any.
 *
 * Life: wd_inner_create() -> wd_root_take_inner(), which publishes it; it goes with its
 * root. Inners are never changed once published.
 */
#ifndef WD_INNER_H
#define WD_INNER_H

#include <linux/list.h>
#include <linux/path.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct wd_root;

struct wd_inner {
	struct list_head list; /* root's inners, under policy.c's lock */
	struct wd_root *root;
	struct path path;	 /* pinned: the mount, and what of its file system it shows */
	struct path at;		 /* pinned: where it is mounted, in the root or in another inner */
	bool mount_only;	 /* what it shows is not guarded, only that it is there */
	struct list_head layers; /* layer.h: where what it shows lies on an overlay */
};

/*
 * Under policy.c's lock; path as the caller sees it. ERR_PTR, and says why in extack:
 * ENOTBLK nothing is mounted there, EXDEV not in the root, EEXIST known already.
 */
struct wd_inner *wd_inner_create(struct wd_root *root, const char *path, bool mount_only,
				 struct netlink_ext_ack *extack);
void wd_inner_free(struct wd_inner *inner); /* accepts NULL; after a grace period if published */

/*
 * Where the way up goes on: what is shown by an inner of root is at its mount point. Else
 * dentry itself. Under RCU.
 */
const struct dentry *wd_inner_hop(const struct wd_root *root, const struct dentry *dentry);

#endif /* WD_INNER_H */
