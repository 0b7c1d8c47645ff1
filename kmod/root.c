// SPDX-License-Identifier: GPL-2.0-only
/* root.c - the protected trees */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/netlink.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "filter.h"
#include "inner.h"
#include "layer.h"
#include "mount.h"
#include "root.h"

/* ---- which directories can be a root ---- */

/*
 * File systems of the kernel itself. Denying there could stop the machine, or
 * stop an administrator from helping it, and there is nothing in them to restore.
 */
bool wd_root_is_pseudo(const struct super_block *sb)
{
	static const unsigned long magics[] = {
		PROC_SUPER_MAGIC,    SYSFS_MAGIC,	 DEBUGFS_MAGIC,	       TRACEFS_MAGIC,
		SECURITYFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,  DEVPTS_SUPER_MAGIC,
		BPF_FS_MAGIC,	     EFIVARFS_MAGIC,	 PSTOREFS_MAGIC,       SELINUX_MAGIC,
		SMACK_MAGIC,	     BINFMTFS_MAGIC,	 SOCKFS_MAGIC,	       PIPEFS_MAGIC,
		ANON_INODE_FS_MAGIC, NSFS_MAGIC,	 RDTGROUP_SUPER_MAGIC,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(magics); i++)
		if (sb->s_magic == magics[i])
			return true;
	return (sb->s_flags & (SB_KERNMOUNT | SB_NOUSER)) ||
	       !strcmp(sb->s_type->name, "devtmpfs") || !strcmp(sb->s_type->name, "configfs") ||
	       !strcmp(sb->s_type->name, "autofs");
}

static int resolve(struct wd_root *root, const char *path, struct netlink_ext_ack *extack)
{
	int err;

	if (path[0] != '/') {
		NL_SET_ERR_MSG(extack, "the path of a root must be absolute");
		return -EINVAL;
	}
	err = kern_path(path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &root->path);
	if (err) {
		if (err == -ENOTDIR)
			NL_SET_ERR_MSG(extack, "a root must be a directory");
		else
			NL_SET_ERR_MSG(extack, "there is no such directory");
		return err;
	}
	if (wd_root_is_pseudo(root->path.dentry->d_sb)) {
		NL_SET_ERR_MSG(extack, "a root cannot be on a file system of the kernel itself");
		return -EINVAL;
	}
	return 0;
}

/* The name is what the caller sees now, without symbolic links. */
static int take_name(struct wd_root *root, struct netlink_ext_ack *extack)
{
	char *buf = kmalloc(WD_PATH_MAX, GFP_KERNEL);
	char *name;

	if (!buf)
		return -ENOMEM;
	name = d_path(&root->path, buf, WD_PATH_MAX);
	if (!IS_ERR(name))
		root->name = kstrdup(name, GFP_KERNEL);
	kfree(buf);
	if (IS_ERR(name)) {
		NL_SET_ERR_MSG(extack, "the path of the root is too long");
		return PTR_ERR(name);
	}
	if (d_unlinked(root->path.dentry)) {
		NL_SET_ERR_MSG(extack, "the directory has been removed");
		return -ENOENT;
	}
	if (!root->name)
		return -ENOMEM;
	root->name_len = strlen(root->name);
	return 0;
}

bool wd_root_name_holds(const struct wd_root *root)
{
	char *buf = kmalloc(WD_PATH_MAX, GFP_KERNEL);
	bool yes = false;

	if (buf) {
		const char *name = d_path(&root->path, buf, WD_PATH_MAX);

		yes = !IS_ERR(name) && !strcmp(name, root->name);
	}
	kfree(buf);
	return yes;
}

/* ---- directories above ---- */

static int add_above(struct wd_root *root, const struct path *path, size_t len)
{
	struct wd_above *grown = krealloc(
		root->above, array_size(root->nr_above + 1, sizeof(*grown)), GFP_KERNEL_ACCOUNT);

	if (!grown)
		return -ENOMEM;
	root->above = grown;
	grown[root->nr_above].path = *path;
	grown[root->nr_above].len = len;
	path_get(path);
	root->nr_above++;
	return 0;
}

/* The length of name without its last component; the root directory keeps its "/". */
static size_t parent_len(const char *name, size_t len)
{
	while (len > 1 && name[len - 1] != '/')
		len--;
	return len > 1 ? len - 1 : len;
}

/*
 * Goes up as a lookup of ".." would, but also notes the directories that mounts
 * cover: renaming or removing a mount point elsewhere takes the mount with it.
 */
static int pin_above(struct wd_root *root, const struct path *from, size_t len)
{
	struct path at = *from;
	int err = 0;

	path_get(&at);
	while (!err) {
		if (at.dentry == at.mnt->mnt_root) {
			if (!follow_up(&at))
				break;
		} else {
			struct dentry *parent = dget_parent(at.dentry);

			dput(at.dentry);
			at.dentry = parent;
			len = parent_len(root->name, len);
		}
		err = add_above(root, &at, len);
	}
	path_put(&at);
	return err;
}

/* ---- symbolic links on the way ---- */

/* The name, with the link that ends at `end` replaced by where it leads. NULL: no memory. */
static char *follow(const char *name, size_t end, const char *target)
{
	size_t dir = end;

	while (dir && name[dir - 1] != '/')
		dir--;
	return kasprintf(GFP_KERNEL, "%.*s%s%s", target[0] == '/' ? 0 : (int)dir, name, target,
			 name + end);
}

static int pin_link(struct wd_root *root, const struct path *link)
{
	struct path parent = {.mnt = link->mnt, .dentry = dget_parent(link->dentry)};
	int err = add_above(root, link, 0) ?: add_above(root, &parent, 0);

	if (!err)
		err = pin_above(root, &parent, 0);
	dput(parent.dentry); /* the mount is the link's */
	return err;
}

/* If the first `end` bytes of *name are a link: pins it and goes on where it leads. 1: it was. */
static int take_link(struct wd_root *root, char **name, size_t end)
{
	DEFINE_DELAYED_CALL(done);
	char *prefix = kstrndup(*name, end, GFP_KERNEL), *next = NULL;
	const char *target;
	struct path path;
	int err = prefix ? kern_path(prefix, 0, &path) : -ENOMEM;

	kfree(prefix);
	if (err)
		return err;
	if (!d_is_symlink(path.dentry)) {
		path_put(&path);
		return 0;
	}
	target = vfs_get_link(path.dentry, &done);
	if (!IS_ERR(target))
		next = follow(*name, end, target);
	do_delayed_call(&done);
	err = IS_ERR(target) ? PTR_ERR(target) : next ? pin_link(root, &path) : -ENOMEM;
	path_put(&path);
	if (err) {
		kfree(next);
		return err;
	}
	kfree(*name);
	*name = next;
	return 1;
}

/*
 * A link that is replaced shows visitors another tree. Each prefix of the name is looked at;
 * behind a link the new name is gone through from its beginning, as the kernel does it.
 */
static int pin_links(struct wd_root *root, const char *path, struct netlink_ext_ack *extack)
{
	char *name = kstrdup(path, GFP_KERNEL);
	unsigned int links = 0;
	size_t end = 0;
	int got = 0;

	if (!name)
		return -ENOMEM;
	while (got >= 0 && name[end]) {
		end += strspn(name + end, "/");
		end += strcspn(name + end, "/");
		got = take_link(root, &name, end);
		if (got > 0) {
			end = 0;
			got = ++links > MAXSYMLINKS ? -ELOOP : 0;
		}
	}
	kfree(name);
	if (got < 0)
		NL_SET_ERR_MSG(extack,
			       "a symbolic link on the way could not be followed; try again");
	return got;
}

static void note_device(struct wd_root *root)
{
	struct block_device *bdev = root->path.dentry->d_sb->s_bdev;

	if (!bdev)
		return;
	root->part = bdev->bd_dev;
	root->disk = disk_devt(bdev->bd_disk);
}

struct wd_root *wd_root_create(const char *path, struct netlink_ext_ack *extack)
{
	struct wd_root *root = kzalloc(sizeof(*root), GFP_KERNEL);
	int err;

	if (!root)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&root->inners);
	INIT_LIST_HEAD(&root->layers);
	xa_init(&root->inodes);
	xa_init(&root->devices);
	init_completion(&root->kobj_released);
	root->mnt_ns = current->nsproxy->mnt_ns;
	err = resolve(root, path, extack);
	if (!err)
		err = take_name(root, extack);
	if (!err)
		err = pin_above(root, &root->path, root->name_len);
	if (!err)
		err = pin_links(root, path, extack);
	if (!err)
		err = wd_layers_learn(&root->layers, root, &root->path);
	if (err) {
		wd_root_free(root);
		return ERR_PTR(err);
	}
	note_device(root);
	wd_mount_learn(&root->path);
	return root;
}

static void free_inners(struct wd_root *root)
{
	struct wd_inner *inner, *next;

	list_for_each_entry_safe (inner, next, &root->inners, list)
		wd_inner_free(inner);
}

void wd_root_free(struct wd_root *root)
{
	unsigned int i;

	if (!root)
		return;
	wd_layers_free(&root->layers);
	free_inners(root);
	for (i = 0; i < root->nr_above; i++)
		path_put(&root->above[i].path);
	kfree(root->above);
	path_put(&root->path); /* accepts one never resolved */
	wd_filters_free(root);
	xa_destroy(&root->devices);
	xa_destroy(&root->inodes);
	kfree(root->name);
	kfree(root);
}

/* ---- registered inodes ---- */

int wd_root_inode_add(struct wd_root *root, u64 ino)
{
	int err;

	if (ino != (unsigned long)ino)
		return -EINVAL;
	if (xa_load(&root->inodes, ino))
		return 0;
	if (atomic_inc_return(&root->nr_inodes) > WD_INODES_MAX) {
		atomic_dec(&root->nr_inodes);
		return -ENOSPC;
	}
	err = xa_err(xa_store(&root->inodes, ino, xa_mk_value(1), GFP_KERNEL));
	if (err)
		atomic_dec(&root->nr_inodes);
	return err;
}

unsigned int wd_root_chars; /* only grows */

static int device_store(struct wd_root *root, unsigned long key, gfp_t gfp)
{
	int err;

	if (xa_load(&root->devices, key))
		return 0;
	if (atomic_inc_return(&root->nr_devices) > WD_DEVICES_MAX) {
		atomic_dec(&root->nr_devices);
		return -ENOSPC;
	}
	err = xa_err(xa_store(&root->devices, key, xa_mk_value(1), gfp));
	if (err)
		atomic_dec(&root->nr_devices);
	return err;
}

int wd_root_device_add(struct wd_root *root, dev_t dev, bool is_char)
{
	int err = device_store(root, is_char ? wd_root_char_key(dev) : dev, GFP_KERNEL);

	if (!err && is_char)
		WRITE_ONCE(wd_root_chars, 1);
	return err;
}

void wd_root_device_grow(struct wd_root *root, dev_t dev)
{
	int err = device_store(root, dev, GFP_ATOMIC);

	if (err)
		pr_warn("root %u: a disk was put below it (%u:%u) that cannot be noted (%d): who writes it is not seen\n",
			root->id, MAJOR(dev), MINOR(dev), err);
}

int wd_root_inode_del(struct wd_root *root, u64 ino)
{
	if (ino != (unsigned long)ino || !xa_erase(&root->inodes, ino))
		return -ENOENT;
	atomic_dec(&root->nr_inodes);
	return 0;
}
