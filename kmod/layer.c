// SPDX-License-Identifier: GPL-2.0-only
/* layer.c - the directories below a root that lies on an overlay */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "layer.h"
#include "place.h"
#include "root.h"
#include "system.h"

static bool is_overlay(const struct dentry *dentry)
{
	return dentry->d_sb->s_magic == OVERLAYFS_SUPER_MAGIC;
}

/* ---- asking an overlay ---- */

struct seen {
	struct inode *inode;	 /* a reference of ours */
	const struct cred *cred; /* likewise: with which permission was asked */
};

static DEFINE_MUTEX(ask_lock);
static const struct wd_hook *permission_hook;
static bool hook_on; /* as all of these under ask_lock */
static struct {
	const struct task_struct *task; /* hooks compare it with current: only that one goes on */
	const struct cred *own;
	struct seen *seen; /* room for WD_SEEN_MAX */
	unsigned int nr;
	bool cut;
} ask;

static bool is_seen(const struct inode *inode, const struct cred *cred)
{
	unsigned int i;

	for (i = 0; i < ask.nr; i++)
		if (ask.seen[i].inode == inode && ask.seen[i].cred == cred)
			return true;
	return false;
}

int wd_check_inode_permission(const wd_regs *regs)
{
	struct inode *inode = (struct inode *)wd_arg(regs, 0);
	const struct cred *cred = current_cred();

	if (likely(READ_ONCE(ask.task) != current) || cred == ask.own || is_seen(inode, cred))
		return 0;
	if (ask.nr == WD_SEEN_MAX) {
		ask.cut = true;
		return 0;
	}
	ihold(inode); /* overlayfs holds it while it asks */
	ask.seen[ask.nr++] = (struct seen){inode, get_cred(cred)};
	return 0;
}

static void forget_answer(void)
{
	while (ask.nr) {
		ask.nr--;
		iput(ask.seen[ask.nr].inode);
		put_cred(ask.seen[ask.nr].cred);
	}
	ask.cut = false;
}

/* Looks for a name that nobody has: that makes overlayfs look into each layer of dir. */
static void ask_overlay(struct dentry *dir)
{
	struct dentry *found;
	char name[32];

	forget_answer();
	snprintf(name, sizeof(name), ".webdefender-%016llx", get_random_u64());
	ask.own = current_cred();
	WRITE_ONCE(ask.task, current);
	found = wd_lookup(name, dir);
	WRITE_ONCE(ask.task, NULL);
	if (IS_ERR(found))
		return;
	if (d_is_negative(found))
		d_drop(found);
	dput(found);
}

/*
 * Where a layer is itself on an overlay, that one asks below with its own credentials. What
 * is stacked highest was asked for by the overlay we asked.
 */
static const struct cred *asker(void)
{
	const struct cred *cred = NULL;
	int highest = -1;
	unsigned int i;

	for (i = 0; i < ask.nr; i++)
		if (ask.seen[i].inode->i_sb->s_stack_depth > highest) {
			highest = ask.seen[i].inode->i_sb->s_stack_depth;
			cred = ask.seen[i].cred;
		}
	return cred;
}

static int hook(void)
{
	int err = hook_on ? 0 : wd_hook_on(permission_hook);

	hook_on = !err;
	return err;
}

/* Without memory it stays, and costs every lookup a little, until the next one that asks. */
static void unhook(void)
{
	if (hook_on && !wd_hook_off(permission_hook))
		hook_on = false;
}

/* ---- one layer ---- */

static void layer_free(struct wd_layer *layer)
{
	if (!layer)
		return;
	while (layer->nr_above)
		dput(layer->above[--layer->nr_above]);
	kfree(layer->above);
	dput(layer->dentry);
	put_cred(layer->writer);
	kfree(layer);
}

static unsigned int depth_of(const struct dentry *dentry)
{
	unsigned int n = 0;

	rcu_read_lock();
	for (; READ_ONCE(dentry->d_parent) != dentry; dentry = READ_ONCE(dentry->d_parent))
		n++;
	rcu_read_unlock();
	return n;
}

/* Renamed deeper meanwhile: then it is no longer where it was, and looked at again if asked. */
static int pin_above(struct wd_layer *layer)
{
	unsigned int depth = depth_of(layer->dentry);
	struct dentry *at = layer->dentry;

	layer->above = kcalloc(depth + 1, sizeof(*layer->above), GFP_KERNEL_ACCOUNT);
	if (!layer->above)
		return -ENOMEM;
	while (layer->nr_above < depth) {
		at = dget_parent(at);
		layer->above[layer->nr_above++] = at;
	}
	return 0;
}

static void note_device(struct wd_layer *layer)
{
	struct block_device *bdev = layer->dentry->d_sb->s_bdev;

	if (!bdev)
		return;
	layer->part = bdev->bd_dev;
	layer->disk = disk_devt(bdev->bd_disk);
}

static struct wd_layer *layer_new(struct wd_root *root, const struct dentry *at,
				  const struct seen *seen)
{
	struct wd_layer *layer = kzalloc(sizeof(*layer), GFP_KERNEL_ACCOUNT);

	if (!layer)
		return ERR_PTR(-ENOMEM);
	layer->root = root;
	layer->at = at;
	layer->writer = get_cred(seen->cred);
	layer->dentry = d_find_any_alias(seen->inode);
	if (layer->dentry && !pin_above(layer)) {
		note_device(layer);
		return layer;
	}
	layer_free(layer);
	return ERR_PTR(-ENOMEM);
}

/* ---- those of a directory ---- */

static void tell(const struct wd_layer *layer, const char *why)
{
	char *buf = kmalloc(WD_PATH_MAX, GFP_KERNEL);
	const char *path = buf ? dentry_path_raw(layer->dentry, buf, WD_PATH_MAX) : "?";
	const char *name = IS_ERR(path) ? "?" : path;

	if (why)
		pr_warn("%s: its layer %s of %s is not guarded: %s\n", layer->root->name, name,
			layer->dentry->d_sb->s_id, why);
	else
		pr_info("%s: its layer %s of %s is guarded with it\n", layer->root->name, name,
			layer->dentry->d_sb->s_id);
	kfree(buf);
}

static int take(struct list_head *to, struct wd_root *root, const struct dentry *at,
		const struct seen *seen)
{
	struct wd_layer *layer = layer_new(root, at, seen);
	const char *why;

	if (IS_ERR(layer))
		return PTR_ERR(layer);
	why = wd_system_why(layer->dentry);
	tell(layer, why);
	if (why) {
		root->layers_missed++;
		layer_free(layer);
		return 0;
	}
	list_add_tail(&layer->list, to);
	return 0;
}

/* Numbers of files are those of the layers only where all of these are of one file system. */
static void judge_numbers(struct list_head *layers, const struct wd_root *root)
{
	struct wd_layer *layer, *first = list_first_entry(layers, struct wd_layer, list);
	bool same = first->at == root->path.dentry;

	list_for_each_entry (layer, layers, list)
		same &= layer->dentry->d_sb == first->dentry->d_sb;
	list_for_each_entry (layer, layers, list)
		layer->has_numbers = same;
}

static int take_answer(struct list_head *to, struct wd_root *root, const struct dentry *at)
{
	const struct cred *cred = asker();
	unsigned int i;
	int err = 0;

	if (!cred || ask.cut) {
		pr_warn("%s: its overlay did not say %s: who changes those is not seen\n",
			root->name, cred ? "all its layers" : "its layers");
		root->layers_missed++;
	}
	for (i = 0; i < ask.nr && !err; i++)
		if (ask.seen[i].cred == cred)
			err = take(to, root, at, &ask.seen[i]);
	return err;
}

/* And what lies below layers that are themselves on an overlay: the kernel allows two levels. */
static int learn_dir(struct list_head *layers, struct wd_root *root, struct dentry *dir)
{
	struct wd_layer *layer;
	LIST_HEAD(here);
	int err;

	ask_overlay(dir);
	err = take_answer(&here, root, dir);
	if (!list_empty(&here))
		judge_numbers(&here, root);
	list_for_each_entry (layer, &here, list)
		if (!err && is_overlay(layer->dentry))
			err = learn_dir(layers, root, layer->dentry);
	list_splice_tail(&here, layers);
	return err;
}

/* ---- the upper layer has the directory ---- */

static struct dentry *uppermost(struct dentry *dir)
{
	const struct cred *cred;
	unsigned int i;

	ask_overlay(dir);
	cred = asker();
	for (i = 0; i < ask.nr; i++)
		if (ask.seen[i].cred == cred)
			return d_find_any_alias(ask.seen[i].inode);
	return NULL;
}

static bool is_in_upper(struct dentry *dir)
{
	struct dentry *upper = uppermost(dir->d_sb->s_root), *own = uppermost(dir);
	bool yes = upper && own && is_subdir(own, upper);

	dput(own);
	dput(upper);
	return yes;
}

/*
 * Else whoever writes where he may has it made there later, unguarded. Setting nothing but the
 * time of the change copies it up, and changes nothing that a visitor sees.
 */
static int copy_up(const struct path *path)
{
	struct iattr attr = {.ia_valid = ATTR_CTIME};
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	inode_lock(d_inode(path->dentry));
	err = wd_notify_change(path, &attr);
	inode_unlock(d_inode(path->dentry));
	mnt_drop_write(path->mnt);
	return err;
}

static void have_upper(struct wd_root *root, const struct path *path)
{
	int err;

	if (sb_rdonly(path->dentry->d_sb) || is_in_upper(path->dentry))
		return;
	err = copy_up(path);
	if (!err || err == -EROFS)
		return;
	pr_warn("%s: the directory cannot be copied to the upper layer (%d): who makes it there is not seen\n",
		root->name, err);
	root->layers_missed++;
}

int wd_layers_learn(struct list_head *layers, struct wd_root *root, const struct path *path)
{
	int err;

	if (!is_overlay(path->dentry))
		return 0;
	if (!d_is_dir(path->dentry)) {
		pr_warn("%s: a file of an overlay is mounted in it: who changes it in a layer is not seen\n",
			root->name);
		root->layers_missed++;
		return 0;
	}
	mutex_lock(&ask_lock);
	ask.seen = kvcalloc(WD_SEEN_MAX, sizeof(*ask.seen), GFP_KERNEL);
	err = ask.seen ? hook() : -ENOMEM;
	if (!err) {
		have_upper(root, path);
		err = learn_dir(layers, root, path->dentry);
		forget_answer();
		unhook();
	}
	kvfree(ask.seen);
	ask.seen = NULL;
	mutex_unlock(&ask_lock);
	return err;
}

void wd_layers_free(struct list_head *layers)
{
	struct wd_layer *layer, *next;

	list_for_each_entry_safe (layer, next, layers, list) {
		list_del(&layer->list);
		layer_free(layer);
	}
}

/* ---- the overlay's own writes ---- */

/*
 * What it makes a file with is a copy of its credentials, for this one time. A reference is
 * kept until another copy takes its slot, so that nobody gets the same address.
 */
static struct making {
	const struct task_struct *task; /* only compared */
	const struct cred *cred;
	const struct cred *writer; /* only compared */
} makings[WD_MAKINGS];
static DEFINE_RAW_SPINLOCK(makings_lock);

static struct making *making_of(const struct task_struct *task)
{
	return &makings[hash_ptr(task, WD_MAKING_BITS)];
}

static bool is_writer(const struct wd_roots *set, const struct cred *cred)
{
	unsigned int i;

	for (i = 0; i < set->nr_layers; i++)
		if (set->layer[i]->writer == cred)
			return true;
	return false;
}

/* Only overlayfs calls it, before it takes new for current's credentials. */
int wd_check_create_files_as(const wd_regs *regs)
{
	const struct cred *new = (const struct cred *)wd_arg(regs, 4), *old;
	struct making *making = making_of(current);
	unsigned long flags;
	bool ours;

	rcu_read_lock();
	ours = is_writer(wd_roots(), current_cred());
	rcu_read_unlock();
	if (!ours)
		return 0;
	get_cred(new);
	raw_spin_lock_irqsave(&makings_lock, flags);
	old = making->cred;
	WRITE_ONCE(making->task, NULL);
	WRITE_ONCE(making->cred, new);
	WRITE_ONCE(making->writer, current_cred());
	WRITE_ONCE(making->task, current);
	raw_spin_unlock_irqrestore(&makings_lock, flags);
	if (old)
		put_cred(old);
	return 0;
}

/* Somebody else may take the slot while we look, but never with our credentials. */
static const struct cred *making_for(const struct cred *cred)
{
	const struct making *making = making_of(current);

	if (READ_ONCE(making->task) != current || READ_ONCE(making->cred) != cred)
		return NULL;
	return READ_ONCE(making->writer);
}

bool wd_layer_is_own(const struct wd_layer *layer)
{
	const struct cred *cred = current_cred();

	return cred == layer->writer || making_for(cred) == layer->writer;
}

bool wd_layer_is_any_own(const struct wd_roots *set)
{
	unsigned int i;

	for (i = 0; i < set->nr_layers; i++)
		if (wd_layer_is_own(set->layer[i]))
			return true;
	return false;
}

/* ---- for hooks ---- */

const struct dentry *wd_layer_shown(const struct wd_root *root, const struct dentry *dentry)
{
	const struct wd_roots *set = wd_roots();
	unsigned int i = 0;

	/* What shows it is stacked higher each time: this ends. */
	while (i < set->nr_layers)
		if (set->layer[i]->root == root && set->layer[i]->dentry == dentry) {
			dentry = set->layer[i]->at;
			i = 0;
		} else {
			i++;
		}
	return dentry;
}

bool wd_layer_leads_to(const struct wd_layer *layer, const struct dentry *dentry)
{
	unsigned int i;

	for (i = 0; i < layer->nr_above; i++)
		if (layer->above[i] == dentry)
			return true;
	return layer->dentry == dentry;
}

void wd_layers_init(const struct wd_hook *permission)
{
	permission_hook = permission;
}

void wd_layers_exit(void)
{
	unsigned int i;

	for (i = 0; i < WD_MAKINGS; i++)
		if (makings[i].cred)
			put_cred(makings[i].cred);
}
