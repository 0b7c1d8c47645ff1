// SPDX-License-Identifier: GPL-2.0-only
/* arm.c - writers from before */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "arm.h"
#include "attach.h"
#include "filter.h"
#include "inner.h"
#include "layer.h"
#include "place.h"
#include "root.h"

/* An inode of a root that had a writer when it was armed. */
struct holder {
	struct list_head list; /* holders */
	struct wd_root *root;  /* outlives us: disarmed before it is freed */
	struct inode *inode;   /* a reference of ours */
};

static void recheck(struct work_struct *work);

static DEFINE_MUTEX(arm_lock); /* protects all below; taken inside policy.c's lock */
static LIST_HEAD(holders);
static unsigned int nr_holders;
static u32 dirty_total; /* sum of the roots' dirty; read without lock */
static const struct wd_hook *write_hook;
static bool write_hook_on;
static DECLARE_DELAYED_WORK(recheck_work, recheck);

/* The kernel writes it. Those that have no name lie in no tree. */
static bool is_quota_file(const struct inode *inode)
{
	return IS_NOQUOTA(inode) && !hlist_empty(&inode->i_dentry);
}

static bool has_writer(const struct inode *inode)
{
	return atomic_read(&inode->i_writecount) > 0 || mapping_writably_mapped(inode->i_mapping) ||
	       is_quota_file(inode);
}

/* An overlay's mappings are of the file below, and it has no other writer when all is closed. */
static bool is_overlay(const struct super_block *sb)
{
	return sb->s_root->d_flags & DCACHE_OP_REAL;
}

static bool has_writer_below(struct inode *inode)
{
	struct dentry *dentry = d_find_alias(inode);
	const struct inode *below = dentry ? d_real_inode(dentry) : NULL;
	bool yes = below && below != inode && has_writer(below);

	dput(dentry);
	return yes;
}

/* May sleep. */
static bool is_written(struct inode *inode)
{
	return has_writer(inode) || (is_overlay(inode->i_sb) && has_writer_below(inode));
}

static bool is_in(struct inode *inode, const struct wd_root *root)
{
	struct wd_place place;
	bool yes;

	rcu_read_lock();
	/* Who writes where one may write is no writer from before: a log stays open for weeks. */
	yes = wd_place_inode(&place, inode) && place.root == root &&
	      !wd_filter_excepts(&place, WD_AIM_OBJECT, 0);
	rcu_read_unlock();
	return yes;
}

static void count(struct wd_root *root, int more)
{
	atomic_add(more, &root->dirty);
	WRITE_ONCE(dirty_total, dirty_total + more);
}

static void drop(struct holder *holder)
{
	list_del(&holder->list);
	nr_holders--;
	count(holder->root, -1);
	iput(holder->inode);
	kfree(holder);
}

/* ---- naming ---- */

static void name_holder(const struct wd_root *root, struct inode *inode)
{
	char *buf = kmalloc(WD_PATH_MAX, GFP_KERNEL);
	struct dentry *dentry = d_find_alias(inode);
	const char *path = buf && dentry ? dentry_path_raw(dentry, buf, WD_PATH_MAX) : NULL;

	pr_notice("root %u: open for writing since before: inode %llu%s%s\n", root->id,
		  (u64)inode->i_ino, IS_ERR_OR_NULL(path) ? "" : ", ",
		  IS_ERR_OR_NULL(path) ? "" : path);
	dput(dentry);
	kfree(buf);
}

/* ---- the scan ---- */

/* Takes over the caller's reference to inode. */
static void hold(struct wd_root *root, struct inode *inode)
{
	struct holder *holder = NULL;

	if (nr_holders < WD_HOLDERS_MAX)
		holder = kmalloc(sizeof(*holder), GFP_KERNEL);
	if (!holder) {
		/* Counted for good then: better that each write is judged for too long. */
		pr_warn_once(
			"too many files are open for writing to watch each; set the mode again when they have closed\n");
		count(root, 1);
		iput(inode);
		return;
	}
	holder->root = root;
	holder->inode = inode;
	list_add_tail(&holder->list, &holders);
	nr_holders++;
	count(root, 1);
	if (atomic_read(&root->dirty) <= WD_HOLDERS_NAMED)
		name_holder(root, inode);
}

/*
 * The list's lock is a spinlock, and a file system may have millions of inodes:
 * it is let go at every find and now and then. The inode we stopped at keeps our
 * reference meanwhile, and with it its place in the list.
 */
static void scan_sb(struct wd_root *root, struct super_block *sb)
{
	bool overlay = is_overlay(sb);
	struct inode *inode, *last = NULL;
	unsigned int n = 0;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry (inode, &sb->s_inodes, i_sb_list) {
		bool maybe = S_ISREG(inode->i_mode) && (overlay || has_writer(inode));

		if (!maybe && ++n % WD_SCAN_BATCH)
			continue;
		if (!igrab(inode))
			continue;
		spin_unlock(&sb->s_inode_list_lock);
		iput(last);
		last = inode;
		if (maybe && is_written(inode) && is_in(inode, root)) {
			ihold(inode);
			hold(root, inode);
		}
		cond_resched();
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(last);
}

/* The file systems of a root, each once. */
struct sbs {
	unsigned int nr;
	struct super_block *sb[1 + WD_INNERS_MAX + WD_LAYERS_MAX];
};

static void add_sb(struct sbs *sbs, struct super_block *sb)
{
	unsigned int i;

	for (i = 0; i < sbs->nr; i++)
		if (sbs->sb[i] == sb)
			return;
	sbs->sb[sbs->nr++] = sb;
}

/* Who has a file of an overlay open has that of a layer open: to be found there, once. */
static void add_shown(struct sbs *sbs, struct super_block *sb, const struct list_head *layers)
{
	const struct wd_layer *layer;

	if (list_empty(layers))
		add_sb(sbs, sb);
	list_for_each_entry (layer, layers, list)
		if (layer->guarded)
			add_sb(sbs, layer->dentry->d_sb);
}

static void scan(struct wd_root *root)
{
	struct sbs *sbs = kzalloc(sizeof(*sbs), GFP_KERNEL | __GFP_NOFAIL);
	const struct wd_inner *inner;
	unsigned int i;

	add_shown(sbs, root->path.dentry->d_sb, &root->layers);
	list_for_each_entry (inner, &root->inners, list)
		if (!inner->mount_only)
			add_shown(sbs, inner->path.dentry->d_sb, &inner->layers);
	for (i = 0; i < sbs->nr; i++)
		scan_sb(root, sbs->sb[i]);
	kfree(sbs);
}

/* ---- the hook ---- */

static void hook_on(void)
{
	int err;

	if (write_hook_on)
		return;
	err = wd_hook_on(write_hook);
	if (err) {
		pr_warn("%s cannot be attached (%d): writes through descriptors from before are not judged\n",
			write_hook->symbol, err);
		return;
	}
	write_hook_on = true;
}

static void hook_off(void)
{
	if (write_hook_on && !wd_hook_off(write_hook))
		write_hook_on = false;
}

static void settle(void)
{
	if (dirty_total)
		hook_on();
	else
		hook_off();
	/* Without memory it may still be there, and cost every read, or still be missing. */
	if (dirty_total || write_hook_on)
		schedule_delayed_work(&recheck_work, msecs_to_jiffies(WD_RECHECK_MS));
}

static void recheck(struct work_struct *work)
{
	struct holder *holder, *next;

	mutex_lock(&arm_lock);
	list_for_each_entry_safe (holder, next, &holders, list)
		if (!is_written(holder->inode))
			drop(holder);
	settle();
	mutex_unlock(&arm_lock);
}

/* ---- the interface ---- */

static void forget(struct wd_root *root)
{
	struct holder *holder, *next;

	list_for_each_entry_safe (holder, next, &holders, list)
		if (holder->root == root)
			drop(holder);
	count(root, -atomic_read(&root->dirty)); /* the ones that were not watched */
}

void wd_arm(struct wd_root *root)
{
	mutex_lock(&arm_lock);
	forget(root);
	scan(root);
	if (atomic_read(&root->dirty))
		pr_notice(
			"root %u: %d files of it are open for writing; their writes are judged one by one until they close\n",
			root->id, atomic_read(&root->dirty));
	settle();
	mutex_unlock(&arm_lock);
}

void wd_disarm(struct wd_root *root)
{
	mutex_lock(&arm_lock);
	forget(root);
	settle();
	mutex_unlock(&arm_lock);
}

u32 wd_arm_dirty(void)
{
	return READ_ONCE(dirty_total);
}

void wd_arm_init(const struct wd_hook *hook)
{
	write_hook = hook;
}

void wd_arm_exit(void)
{
	struct holder *holder, *next;

	cancel_delayed_work_sync(&recheck_work);
	mutex_lock(&arm_lock);
	list_for_each_entry_safe (holder, next, &holders, list)
		drop(holder);
	mutex_unlock(&arm_lock);
}
