// SPDX-License-Identifier: GPL-2.0-only
/* inner.c - file systems that were mounted inside a root before it was added */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include "inner.h"
#include "layer.h"
#include "roots.h"

/* The mount point below all that is mounted there: only the topmost is seen. */
static int find_mount_point(struct wd_inner *inner, struct netlink_ext_ack *extack)
{
	inner->at = inner->path;
	path_get(&inner->at);
	do {
		if (!follow_up(&inner->at))
			break;
	} while (inner->at.dentry == inner->at.mnt->mnt_root);
	if (inner->path.dentry == inner->path.mnt->mnt_root && inner->at.mnt != inner->path.mnt)
		return 0;
	NL_SET_ERR_MSG(extack, "nothing is mounted there");
	return -ENOTBLK;
}

/* In the root itself, or in what is mounted in it and was told before. */
static bool lies_in(const struct wd_inner *inner, const struct wd_root *root)
{
	const struct wd_inner *other;

	if (inner->at.mnt == root->path.mnt)
		return is_subdir(inner->at.dentry, root->path.dentry);
	list_for_each_entry (other, &root->inners, list)
		if (inner->at.mnt == other->path.mnt)
			return true;
	return false;
}

static bool is_known(const struct wd_inner *inner, const struct wd_root *root)
{
	const struct wd_inner *other;

	list_for_each_entry (other, &root->inners, list)
		if (inner->path.mnt == other->path.mnt)
			return true;
	return false;
}

/*
 * A copy of a part of the root is guarded as that; a copy of what the root lies in would
 * guard everything around it; and the kernel's own file systems are never guarded.
 */
static bool cannot_guard(const struct wd_inner *inner, const struct wd_root *root)
{
	struct dentry *shown = inner->path.dentry;

	return wd_root_is_pseudo(shown->d_sb) || is_subdir(shown, root->path.dentry) ||
	       is_subdir(root->path.dentry, shown);
}

static int check(struct wd_inner *inner, struct wd_root *root, struct netlink_ext_ack *extack)
{
	int err = find_mount_point(inner, extack);

	if (err)
		return err;
	if (!lies_in(inner, root)) {
		NL_SET_ERR_MSG(extack, "it is not mounted inside the root");
		return -EXDEV;
	}
	if (is_known(inner, root)) {
		NL_SET_ERR_MSG(extack, "it is guarded already");
		return -EEXIST;
	}
	if (cannot_guard(inner, root))
		inner->mount_only = true;
	return 0;
}

struct wd_inner *wd_inner_create(struct wd_root *root, const char *path, bool mount_only,
				 struct netlink_ext_ack *extack)
{
	struct wd_inner *inner = kzalloc(sizeof(*inner), GFP_KERNEL_ACCOUNT);
	int err;

	if (!inner)
		return ERR_PTR(-ENOMEM);
	inner->root = root;
	INIT_LIST_HEAD(&inner->layers);
	inner->mount_only = mount_only;
	err = kern_path(path, LOOKUP_FOLLOW, &inner->path);
	if (err)
		NL_SET_ERR_MSG(extack, "there is no such path");
	else
		err = check(inner, root, extack);
	if (!err && !inner->mount_only)
		err = wd_layers_learn(&inner->layers, root, &inner->path);
	if (!err)
		return inner;
	wd_inner_free(inner);
	return ERR_PTR(err);
}

void wd_inner_free(struct wd_inner *inner)
{
	if (!inner)
		return;
	wd_layers_free(&inner->layers);
	path_put(&inner->at); /* accepts one never resolved */
	path_put(&inner->path);
	kfree(inner);
}

const struct dentry *wd_inner_hop(const struct wd_root *root, const struct dentry *dentry)
{
	const struct wd_roots *set = wd_roots();
	unsigned int i;

	for (i = 0; i < set->nr_inners; i++)
		if (set->inner[i]->root == root && set->inner[i]->path.dentry == dentry &&
		    !set->inner[i]->mount_only)
			return set->inner[i]->at.dentry;
	return dentry;
}
