// SPDX-License-Identifier: GPL-2.0-only
/* mount.c - which unmounting takes a root's mount away */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dcache.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/path.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "mount.h"

/* The beginning of struct mount in fs/mount.h. */
struct mount_head {
	struct hlist_node hash;
	struct mount_head *parent;
	struct dentry *mountpoint;
	struct vfsmount mnt;
};

static bool layout_known;

static const struct mount_head *head_of(const struct vfsmount *mnt)
{
	return container_of(mnt, struct mount_head, mnt);
}

/* Returns false for the topmost mount, which is on itself and tells nothing. */
static bool learn(const struct path *path)
{
	struct path at = {.mnt = path->mnt, .dentry = path->mnt->mnt_root};
	const struct mount_head *head = head_of(path->mnt);
	bool told;

	path_get(&at);
	told = follow_up(&at);
	if (told)
		WRITE_ONCE(layout_known,
			   head->mountpoint == at.dentry && head->parent == head_of(at.mnt));
	path_put(&at);
	return told;
}

void wd_mount_learn(const struct path *root)
{
	static const char *const others[] = {"/proc", "/sys", "/dev", "/run"};
	bool told = learn(root);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others) && !told; i++) {
		struct path path;

		if (kern_path(others[i], LOOKUP_FOLLOW, &path))
			continue;
		told = learn(&path);
		path_put(&path);
	}
	if (!READ_ONCE(layout_known))
		pr_warn("where mounts are mounted cannot be told on this kernel: unmounting any copy of a root's file system is refused\n");
}

/* Since 6.17 another field says so, in a place that is not public. */
static bool is_shared(const struct vfsmount *mnt)
{
#ifdef MNT_SHARED
	return READ_ONCE(mnt->mnt_flags) & MNT_SHARED;
#else
	return true;
#endif
}

static bool is_at_or_below(const struct dentry *dentry, const struct dentry *top)
{
	const struct dentry *parent;

	while (dentry != top && (parent = READ_ONCE(dentry->d_parent)) != dentry)
		dentry = parent;
	return dentry == top;
}

bool wd_mount_takes(const struct vfsmount *gone, bool detach, const struct vfsmount *pinned)
{
	const struct mount_head *at = head_of(gone), *pin = head_of(pinned);
	const struct dentry *mountpoint;

	if (gone == pinned)
		return true;
	if (!READ_ONCE(layout_known))
		return gone->mnt_root == pinned->mnt_root;
	mountpoint = READ_ONCE(pin->mountpoint);
	/*
	 * A copy: the same content at the same place. It may tell its peers, or be what a
	 * service in a mount namespace of its own sees. (A container leaves the file systems
	 * of the machine by unmounting the one they are on.)
	 */
	if (gone->mnt_root == pinned->mnt_root && READ_ONCE(at->mountpoint) == mountpoint)
		return true;
	/* A copy of what it is mounted on, with a copy of it. The topmost is on itself. */
	return detach && READ_ONCE(pin->parent) != pin && is_shared(gone) &&
	       is_at_or_below(mountpoint, gone->mnt_root);
}

/* Its threads are the caller itself. A namespace that is only held open has nobody to see it. */
static bool lives_alone(void)
{
	const struct mnt_namespace *own = current->nsproxy->mnt_ns;
	struct task_struct *process, *thread;
	bool alone = true;

	for_each_process_thread(process, thread)
	{
		if (same_thread_group(thread, current))
			continue;
		task_lock(thread);
		alone = !thread->nsproxy || thread->nsproxy->mnt_ns != own;
		task_unlock(thread);
		if (!alone)
			goto out;
	}
out:
	return alone;
}

bool wd_mount_is_own(const struct vfsmount *mnt)
{
	return !is_shared(mnt) && lives_alone();
}
