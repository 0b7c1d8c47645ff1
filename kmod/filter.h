/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filter.h - what may change inside a root: excepted directories and files
 *
 * A filter is a text. One that ends in '/' names a directory by its path below the
 * root; the directory's inode is looked up once and pinned, what lies below it may
 * change, it itself may not. Any other text is a glob for regular files: '*' stands
 * for any bytes and '?' for one, neither for '/'; a glob with a '/' is matched from
 * the root downwards, one without against the file's name, wherever it lies.
 *
 * Everything is judged on each end by itself, so that no filter is a way to a
 * protected name: see wd_filter_excepts().
 */
#ifndef WD_FILTER_H
#define WD_FILTER_H

#include <linux/path.h>
#include <linux/types.h>

#include "limits.h"

struct netlink_ext_ack;
struct wd_place;
struct wd_root;

struct wd_filter {
	struct path dir; /* pinned; without a dentry it is a glob */
	char text[WD_FILTER_MAX];
};

/* Read by hooks under RCU, never changed once published. */
struct wd_filters {
	unsigned int nr;
	size_t bytes; /* of all texts, each with one byte more */
	struct wd_filter *at[WD_FILTERS_MAX];
};

/* What an attempt aims at. Zero, the default, is never excepted: mounts, devices. */
enum wd_aim {
	WD_AIM_FIXED,
	WD_AIM_NAME,   /* an entry of a directory: it comes, goes, or is exchanged */
	WD_AIM_OBJECT, /* the inode that the name stands for, and all its names */
};

/*
 * Whether one end of an attempt may change. arriving is the type (S_IFMT) of what
 * would bear the name afterwards, 0 for nothing: a file's glob is no licence to put
 * a directory, a link or a device there. In hooks: any context, rcu_read_lock().
 */
bool wd_filter_excepts(const struct wd_place *place, enum wd_aim aim, umode_t arriving);

/*
 * All under policy.c's lock. Adding what is there already looks its directory up again;
 * WD_FILTER_AS_BEFORE if nothing has changed by that.
 */
#define WD_FILTER_AS_BEFORE 1
int wd_filter_add(struct wd_root *root, const char *text, struct netlink_ext_ack *extack);
int wd_filter_del(struct wd_root *root, const char *text, struct netlink_ext_ack *extack);
const struct wd_filters *wd_filters(const struct wd_root *root); /* NULL: none */

void wd_filters_free(struct wd_root *root); /* with the root */

#endif /* WD_FILTER_H */
