// SPDX-License-Identifier: GPL-2.0-only
/* sysfs.c - /sys/kernel/webdefender, see doc/sysfs-webdefender */
#include <linux/capability.h>
#include <linux/dcache.h>
#include <linux/kobject.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "agent.h"
#include "filter.h"
#include "inner.h"
#include "layer.h"
#include "hooks.h"
#include "policy.h"
#include "report.h"
#include "root.h"
#include "seal.h"
#include "sysfs.h"
#include "version.h"

static struct kobject *top;
static struct kobject *roots_dir;

/*
 * Root in a container may own the file's mode bits, but not this. Where it answers 0
 * the seal stays as it is until leave().
 */
static int enter(const char *what)
{
	if (!capable(CAP_SYS_ADMIN)) {
		wd_hooks_policy_refused();
		return -EPERM;
	}
	if (!wd_seal_try_hold())
		return restart_syscall(); /* it is being sealed or unsealed just now */
	if (!wd_sealed())
		return 0;
	wd_seal_release();
	wd_hooks_seal_refused(what);
	return -EPERM;
}

static void leave(void)
{
	wd_seal_release();
}

/* ---- the top ---- */

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", wd_mode_names[wd_policy_mode()]);
}

static ssize_t mode_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t count)
{
	int mode = __sysfs_match_string(wd_mode_names, -1, buf);
	int err = enter("mode");

	if (err)
		return err;
	if (mode >= 0)
		wd_policy_set_mode(mode);
	leave();
	return mode < 0 ? -EINVAL : count;
}

static ssize_t sealed_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", wd_sealed());
}

static ssize_t agent_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", wd_agent_pid());
}

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", WD_MODULE_VERSION);
}

static struct kobj_attribute mode_attr = __ATTR(mode, 0600, mode_show, mode_store);
static struct kobj_attribute sealed_attr = __ATTR(sealed, 0400, sealed_show, NULL);
static struct kobj_attribute agent_attr = __ATTR(agent, 0400, agent_show, NULL);
static struct kobj_attribute version_attr = __ATTR(version, 0400, version_show, NULL);

static struct attribute *top_attrs[] = {
	&mode_attr.attr, &sealed_attr.attr, &agent_attr.attr, &version_attr.attr, NULL,
};
static const struct attribute_group top_group = {.attrs = top_attrs};

/* ---- ops/NAME: one attribute for each operation, by its number ---- */

static struct kobj_attribute op_attr[WD_OP_MAX + 1];
static struct attribute *op_attrs[WD_OP_MAX + 1];
static const struct attribute_group ops_group = {.name = "ops", .attrs = op_attrs};

static ssize_t op_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", wd_policy_op(attr - op_attr));
}

static ssize_t op_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			size_t count)
{
	unsigned int on;
	int err = enter("ops");

	if (err)
		return err;
	err = kstrtouint(buf, 10, &on);
	if (!err && on > 1)
		err = -EINVAL;
	if (!err)
		wd_policy_set_op(attr - op_attr, on);
	leave();
	return err ?: count;
}

static void init_op_attrs(void)
{
	unsigned int op;

	for (op = WD_OP_UNSPEC + 1; op <= WD_OP_MAX; op++) {
		sysfs_attr_init(&op_attr[op].attr);
		op_attr[op] = (struct kobj_attribute){
			.attr = {.name = wd_op_names[op], .mode = 0600},
			.show = op_show,
			.store = op_store,
		};
		op_attrs[op - 1] = &op_attr[op].attr;
	}
}

/* ---- stats/NAME, likewise ---- */

static const char *const stat_names[WD_STAT_NR] = {
	[WD_STAT_EVENTS] = "events",   [WD_STAT_DELIVERED] = "delivered",
	[WD_STAT_UNHEARD] = "unheard", [WD_STAT_DROPPED] = "dropped",
	[WD_STAT_DENIED] = "denied",   [WD_STAT_REPORTED] = "reported",
	[WD_STAT_FOLDED] = "folded",
};
static struct kobj_attribute stat_attr[WD_STAT_NR];
static struct attribute *stat_attrs[WD_STAT_NR + 1];
static const struct attribute_group stats_group = {.name = "stats", .attrs = stat_attrs};

static ssize_t stat_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", wd_report_stat(attr - stat_attr));
}

static void init_stat_attrs(void)
{
	unsigned int stat;

	for (stat = 0; stat < WD_STAT_NR; stat++) {
		sysfs_attr_init(&stat_attr[stat].attr);
		stat_attr[stat] = (struct kobj_attribute){
			.attr = {.name = stat_names[stat], .mode = 0400},
			.show = stat_show,
		};
		stat_attrs[stat] = &stat_attr[stat].attr;
	}
}

/* ---- roots/N ---- */

static struct wd_root *root_of(struct kobject *kobj)
{
	return container_of(kobj, struct wd_root, kobj);
}

static ssize_t path_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", root_of(kobj)->name);
}

static ssize_t root_mode_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", wd_mode_names[READ_ONCE(root_of(kobj)->mode)]);
}

static ssize_t root_mode_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			       size_t count)
{
	int mode = __sysfs_match_string(wd_mode_names, -1, buf);
	int err = enter("mode of a root");

	if (err)
		return err;
	err = mode < 0 ? -EINVAL : wd_policy_set_root_mode(root_of(kobj)->id, mode, NULL);
	leave();
	return err ?: count;
}

static ssize_t denied_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lld\n", atomic64_read(&root_of(kobj)->denied));
}

static ssize_t reported_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lld\n", atomic64_read(&root_of(kobj)->reported));
}

static ssize_t armed_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const struct wd_root *root = root_of(kobj);
	int dirty = atomic_read(&root->dirty);

	if (READ_ONCE(root->mode) == WD_MODE_OFF)
		return sysfs_emit(buf, "no\n");
	return dirty ? sysfs_emit(buf, "dirty %d\n", dirty) : sysfs_emit(buf, "yes\n");
}

static ssize_t filters_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const struct wd_filters *set;
	ssize_t len = 0;
	unsigned int i;

	mutex_lock(&wd_policy_lock);
	set = wd_filters(root_of(kobj));
	for (i = 0; set && i < set->nr; i++)
		len += sysfs_emit_at(buf, len, "%s\n", set->at[i]->text);
	mutex_unlock(&wd_policy_lock);
	return len;
}

/* What is mounted in it: one a line, and a word when only that it is there is guarded. */
static ssize_t inner_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct wd_inner *inner;
	char *room = kmalloc(WD_PATH_MAX, GFP_KERNEL);
	ssize_t len = 0;

	if (!room)
		return -ENOMEM;
	mutex_lock(&wd_policy_lock);
	list_for_each_entry (inner, &root_of(kobj)->inners, list) {
		const char *path = d_path(&inner->path, room, WD_PATH_MAX);

		len += sysfs_emit_at(buf, len, "%s%s\n", IS_ERR(path) ? "?" : path,
				     inner->mount_only ? " mount" : "");
	}
	mutex_unlock(&wd_policy_lock);
	kfree(room);
	return len;
}

static ssize_t show_layers(const struct list_head *layers, char *room, char *buf, ssize_t len)
{
	const struct wd_layer *layer;

	list_for_each_entry (layer, layers, list) {
		const struct super_block *sb = layer->dentry->d_sb;
		char *path = dentry_path_raw(layer->dentry, room, WD_PATH_MAX);

		if (!IS_ERR(path))
			strreplace(path, '\n', '?'); /* one layer is one line */
		if (layer->guarded)
			len += sysfs_emit_at(buf, len, "%u:%u %s\n", MAJOR(sb->s_dev),
					     MINOR(sb->s_dev), IS_ERR(path) ? "?" : path);
	}
	return len;
}

/* Directories of an overlay's layers: number of the file system, and the path from its top. */
static ssize_t layers_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const struct wd_root *root = root_of(kobj);
	char *room = kmalloc(WD_PATH_MAX, GFP_KERNEL);
	struct wd_inner *inner;
	ssize_t len = 0;

	if (!room)
		return -ENOMEM;
	mutex_lock(&wd_policy_lock);
	len = show_layers(&root->layers, room, buf, len);
	list_for_each_entry (inner, &root->inners, list)
		len = show_layers(&inner->layers, room, buf, len);
	mutex_unlock(&wd_policy_lock);
	kfree(room);
	return len;
}

/* "+PATTERN" adds, "-PATTERN" removes. */
static int change_filter(struct wd_root *root, const char *buf, size_t count)
{
	char text[WD_FILTER_MAX];
	size_t n = count && buf[count - 1] == '\n' ? count - 1 : count;

	if (n < 2 || n > sizeof(text) || strlen(buf) < n)
		return -EINVAL;
	memcpy(text, buf + 1, n - 1);
	text[n - 1] = '\0';
	if (buf[0] == '+')
		return wd_policy_add_filter(root->id, text, NULL);
	if (buf[0] == '-')
		return wd_policy_del_filter(root->id, text, NULL);
	return -EINVAL;
}

static ssize_t filters_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			     size_t count)
{
	int err = enter("filters of a root");

	if (err)
		return err;
	err = change_filter(root_of(kobj), buf, count);
	leave();
	return err ?: count;
}

static struct kobj_attribute path_attr = __ATTR(path, 0400, path_show, NULL);
static struct kobj_attribute root_mode_attr = __ATTR(mode, 0600, root_mode_show, root_mode_store);
static struct kobj_attribute denied_attr = __ATTR(denied, 0400, denied_show, NULL);
static struct kobj_attribute reported_attr = __ATTR(reported, 0400, reported_show, NULL);
static struct kobj_attribute armed_attr = __ATTR(armed, 0400, armed_show, NULL);
static struct kobj_attribute filters_attr = __ATTR(filters, 0600, filters_show, filters_store);

static struct kobj_attribute inner_attr = __ATTR(inner, 0400, inner_show, NULL);
static struct kobj_attribute layers_attr = __ATTR(layers, 0400, layers_show, NULL);

static struct attribute *root_attrs[] = {
	&path_attr.attr,     &root_mode_attr.attr, &denied_attr.attr,
	&reported_attr.attr, &armed_attr.attr,	   &filters_attr.attr,
	&inner_attr.attr,    &layers_attr.attr,	   NULL,
};
static const struct attribute_group root_group = {.attrs = root_attrs};
static const struct attribute_group *root_groups[] = {&root_group, NULL};

static void root_released(struct kobject *kobj)
{
	complete(&root_of(kobj)->kobj_released);
}

static struct kobj_type root_ktype = {
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = root_groups,
	.release = root_released,
};

int wd_sysfs_add_root(struct wd_root *root)
{
	int err = kobject_init_and_add(&root->kobj, &root_ktype, roots_dir, "%u", root->id);

	if (err)
		wd_sysfs_del_root(root);
	return err;
}

void wd_sysfs_del_root(struct wd_root *root)
{
	kobject_put(&root->kobj);
	wait_for_completion(&root->kobj_released);
}

/* ---- the whole ---- */

static int create(void)
{
	static const struct attribute_group *groups[] = {
		&top_group,
		&ops_group,
		&stats_group,
		NULL,
	};

	init_op_attrs();
	init_stat_attrs();
	roots_dir = kobject_create_and_add("roots", top);
	return roots_dir ? sysfs_create_groups(top, groups) : -ENOMEM;
}

int wd_sysfs_init(void)
{
	int err;

	top = kobject_create_and_add("webdefender", kernel_kobj);
	if (!top)
		return -ENOMEM;
	err = create();
	if (err)
		wd_sysfs_exit();
	return err;
}

void wd_sysfs_exit(void)
{
	kobject_put(roots_dir);
	kobject_put(top);
}
