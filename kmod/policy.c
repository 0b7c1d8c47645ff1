// SPDX-License-Identifier: GPL-2.0-only
/* policy.c - what is guarded, and how strictly */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "arm.h"
#include "filter.h"
#include "inner.h"
#include "policy.h"
#include "seal.h"
#include "sysfs.h"

DEFINE_MUTEX(wd_policy_lock);

static u8 default_mode = WD_MODE_ENFORCE; /* written under wd_policy_lock */
static DECLARE_BITMAP(ops_on, WD_OP_MAX + 1);

const char *const wd_mode_names[] = {
	[WD_MODE_OFF] = "off",
	[WD_MODE_AUDIT] = "audit",
	[WD_MODE_ENFORCE] = "enforce",
	NULL,
};

const char *const wd_op_names[] = {
	[WD_OP_UNSPEC] = "unspec",
	[WD_OP_OPEN] = "open",
	[WD_OP_WRITE] = "write",
	[WD_OP_MMAP] = "mmap",
	[WD_OP_TRUNCATE] = "truncate",
	[WD_OP_CREATE] = "create",
	[WD_OP_UNLINK] = "unlink",
	[WD_OP_MKDIR] = "mkdir",
	[WD_OP_RMDIR] = "rmdir",
	[WD_OP_RENAME] = "rename",
	[WD_OP_LINK] = "link",
	[WD_OP_SYMLINK] = "symlink",
	[WD_OP_MKNOD] = "mknod",
	[WD_OP_CHMOD] = "chmod",
	[WD_OP_CHOWN] = "chown",
	[WD_OP_UTIMES] = "utimes",
	[WD_OP_SETXATTR] = "setxattr",
	[WD_OP_REMOVEXATTR] = "removexattr",
	[WD_OP_ACL] = "acl",
	[WD_OP_IOCTL] = "ioctl",
	[WD_OP_MOUNT] = "mount",
	[WD_OP_UMOUNT] = "umount",
	[WD_OP_DEVICE] = "device",
	[WD_OP_PTRACE] = "ptrace",
	[WD_OP_KILL] = "kill",
	[WD_OP_UNLOAD] = "unload",
	[WD_OP_POLICY] = "policy",
	[WD_OP_KERNEL] = "kernel",
	NULL,
};
static_assert(ARRAY_SIZE(wd_op_names) == WD_OP_MAX + 2);

/* ---- modes ---- */

u8 wd_policy_mode(void)
{
	return READ_ONCE(default_mode);
}

static void set_mode(struct wd_root *root, u8 mode)
{
	lockdep_assert_held(&wd_policy_lock);
	if (root->mode == mode)
		return;
	WRITE_ONCE(root->mode, mode);
	if (mode == WD_MODE_OFF)
		wd_disarm(root);
	else
		wd_arm(root);
}

void wd_policy_set_mode(u8 mode)
{
	struct wd_root *root;
	unsigned int i;

	mutex_lock(&wd_policy_lock);
	WRITE_ONCE(default_mode, mode);
	for (i = 0; (root = wd_root_at(i)); i++)
		set_mode(root, mode);
	mutex_unlock(&wd_policy_lock);
}

static struct wd_root *find(u32 id, struct netlink_ext_ack *extack)
{
	struct wd_root *root = wd_root_find(id);

	if (!root)
		NL_SET_ERR_MSG(extack, "there is no root of this number");
	return root;
}

int wd_policy_set_root_mode(u32 id, u8 mode, struct netlink_ext_ack *extack)
{
	struct wd_root *root;

	mutex_lock(&wd_policy_lock);
	root = find(id, extack);
	if (root)
		set_mode(root, mode);
	mutex_unlock(&wd_policy_lock);
	return root ? 0 : -ENOENT;
}

/* ---- roots ---- */

/*
 * From publishing on nobody can rename a directory above (but in audit mode):
 * now is the time to see whether somebody did while we were pinning them.
 */
static int publish(struct wd_root *root, struct netlink_ext_ack *extack)
{
	int err = wd_root_publish(root, extack);

	if (err)
		return err;
	if (!wd_root_name_holds(root)) {
		NL_SET_ERR_MSG(extack, "the directory was renamed meanwhile; try again");
		err = -EAGAIN;
	}
	if (!err)
		err = wd_sysfs_add_root(root);
	if (err)
		wd_root_withdraw(root);
	return err;
}

int wd_policy_add_root(const char *path, int mode, u32 *id, struct netlink_ext_ack *extack)
{
	struct wd_root *root = wd_root_create(path, extack);
	int err;

	if (IS_ERR(root))
		return PTR_ERR(root);
	mutex_lock(&wd_policy_lock);
	root->mode = mode == WD_MODE_DEFAULT ? default_mode : mode;
	err = publish(root, extack);
	if (!err) {
		*id = root->id;
		if (root->mode != WD_MODE_OFF)
			wd_arm(root);
		pr_info("root %u: %s, %s\n", root->id, root->name, wd_mode_names[root->mode]);
	}
	mutex_unlock(&wd_policy_lock);
	if (err)
		wd_root_free(root);
	return err;
}

static int add_inner(struct wd_root *root, const char *path, bool *mount_only,
		     struct netlink_ext_ack *extack)
{
	struct wd_inner *inner = wd_inner_create(root, path, *mount_only, extack);
	int err;

	if (IS_ERR(inner))
		return PTR_ERR(inner);
	err = wd_root_take_inner(inner, extack);
	if (err) {
		wd_inner_free(inner);
		return err;
	}
	pr_info("root %u: %s is mounted in it, %s\n", root->id, path,
		inner->mount_only ? "and must stay" : "and guarded with it");
	*mount_only = inner->mount_only;
	return 0;
}

int wd_policy_add_inner(u32 id, const char *path, bool *mount_only, struct netlink_ext_ack *extack)
{
	struct wd_root *root;
	int err = -ENOENT;

	mutex_lock(&wd_policy_lock);
	root = find(id, extack);
	if (root)
		err = add_inner(root, path, mount_only, extack);
	if (!err && root->mode != WD_MODE_OFF)
		wd_arm(root);
	mutex_unlock(&wd_policy_lock);
	return err;
}

/* The caller has withdrawn it and holds no lock. */
static void bury(struct wd_root *root)
{
	wd_sysfs_del_root(root);
	pr_info("root %u: %s, no longer guarded\n", root->id, root->name);
	wd_root_free(root);
}

int wd_policy_del_root(u32 id, struct netlink_ext_ack *extack)
{
	struct wd_root *root;

	mutex_lock(&wd_policy_lock);
	root = find(id, extack);
	if (root) {
		wd_root_withdraw(root);
		wd_disarm(root);
	}
	mutex_unlock(&wd_policy_lock);
	if (!root)
		return -ENOENT;
	bury(root);
	return 0;
}

/* ---- filters ---- */

typedef int (*filter_fn)(struct wd_root *root, const char *text, struct netlink_ext_ack *extack);

/* Writers from before may now be excepted, or no longer be: look again. */
static int change_filters(u32 id, filter_fn change, const char *text, const char *said,
			  struct netlink_ext_ack *extack)
{
	struct wd_root *root;
	int err = -ENOENT;

	mutex_lock(&wd_policy_lock);
	root = find(id, extack);
	if (root)
		err = change(root, text, extack);
	if (err == WD_FILTER_AS_BEFORE) {
		err = 0;
	} else if (!err) {
		pr_info("root %u: %s %s\n", root->id, text, said);
		if (root->mode != WD_MODE_OFF)
			wd_arm(root);
	}
	mutex_unlock(&wd_policy_lock);
	return err;
}

int wd_policy_add_filter(u32 id, const char *text, struct netlink_ext_ack *extack)
{
	return change_filters(id, wd_filter_add, text, "may change from now on", extack);
}

int wd_policy_del_filter(u32 id, const char *text, struct netlink_ext_ack *extack)
{
	return change_filters(id, wd_filter_del, text, "may no longer change", extack);
}

/* ---- operations ---- */

/* What defends the seal itself has no switch while it holds. */
bool wd_policy_op(enum wd_op op)
{
	return test_bit(op, ops_on) || (op >= WD_OP_PTRACE && op <= WD_OP_KERNEL && wd_sealed());
}

void wd_policy_set_op(enum wd_op op, bool on)
{
	if (on)
		set_bit(op, ops_on);
	else
		clear_bit(op, ops_on);
}

/*
 * An administrator must be able to restart the agent and to unload the module
 * as long as the module is not sealed.
 */
static void default_ops(void)
{
	bitmap_fill(ops_on, WD_OP_MAX + 1);
	clear_bit(WD_OP_PTRACE, ops_on);
	clear_bit(WD_OP_KILL, ops_on);
	clear_bit(WD_OP_UNLOAD, ops_on);
}

int wd_policy_init(const char *mode)
{
	int i = match_string(wd_mode_names, -1, mode);

	if (i < 0) {
		pr_err("cannot load: mode=%s is none of off, audit, enforce\n", mode);
		return -EINVAL;
	}
	default_mode = i;
	default_ops();
	return 0;
}

void wd_policy_exit(void)
{
	for (;;) {
		struct wd_root *root;

		mutex_lock(&wd_policy_lock);
		root = wd_root_at(0);
		if (root) {
			wd_root_withdraw(root);
			wd_disarm(root);
		}
		mutex_unlock(&wd_policy_lock);
		if (!root)
			return;
		wd_sysfs_del_root(root);
		wd_root_free(root);
	}
}
