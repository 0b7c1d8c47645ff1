// SPDX-License-Identifier: GPL-2.0-only
/* filter.c - what may change inside a root: excepted directories and files */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/namei.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "filter.h"
#include "inner.h"
#include "layer.h"
#include "place.h"
#include "policy.h"
#include "root.h"

/* ---- globs ---- */

/* One component. The last star only is gone back to: at most np * ns steps. */
static bool matches(const char *p, size_t np, const char *s, size_t ns)
{
	size_t i = 0, k = 0, star = 0, resume = 0;
	bool starred = false;

	while (k < ns) {
		if (i < np && p[i] == '*') {
			starred = true;
			star = ++i;
			resume = k;
		} else if (i < np && (p[i] == '?' || p[i] == s[k])) {
			i++;
			k++;
		} else if (starred) {
			i = star;
			k = ++resume;
		} else {
			return false;
		}
	}
	while (i < np && p[i] == '*')
		i++;
	return i == np;
}

/* Names may change under us (text.c says why this is safe); between excepted ones only. */
static bool name_matches(const char *p, size_t np, const struct dentry *dentry)
{
	const char *name = (const char *)smp_load_acquire(&dentry->d_name.name);

	return matches(p, np, name, strnlen(name, NAME_MAX));
}

/* From the last component upwards, as dentries go. */
static bool path_matches(const char *begin, const char *end, const struct dentry *dentry,
			 const struct wd_root *root)
{
	const struct dentry *top = root->path.dentry;
	const char *slash;

	for (;;) {
		dentry = wd_inner_hop(root, dentry);
		for (slash = end; slash > begin && slash[-1] != '/'; slash--)
			;
		if (!name_matches(slash, end - slash, dentry))
			return false;
		dentry = wd_layer_shown(root, READ_ONCE(dentry->d_parent));
		if (slash == begin)
			return dentry == top;
		if (dentry == top)
			return false;
		end = slash - 1;
	}
}

static bool glob_matches(const char *text, const struct dentry *dentry, const struct wd_root *root)
{
	const char *end = text + strlen(text);

	if (!strchr(text, '/'))
		return name_matches(text, end - text, dentry);
	return path_matches(text + (*text == '/'), end, dentry, root);
}

/* ---- the verdict on one end ---- */

/* In a layer it is known by its place: what shows it has another inode. */
static bool is_layer_of(const struct wd_filter *filter, const struct dentry *dentry,
			const struct wd_root *root)
{
	const char *text = filter->text;

	return !list_empty(&root->layers) && filter->dir.dentry->d_sb != dentry->d_sb &&
	       path_matches(text, text + strlen(text) - 1, dentry, root);
}

static bool is_excepted_dir(const struct wd_filters *set, const struct dentry *dentry,
			    const struct wd_root *root)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (set->at[i]->dir.dentry &&
		    (set->at[i]->dir.dentry == dentry || is_layer_of(set->at[i], dentry, root)))
			return true;
	return false;
}

/* In an excepted directory; the directory itself is not in it. */
static bool lies_in_excepted(const struct wd_filters *set, const struct dentry *dentry,
			     const struct wd_root *root)
{
	while (dentry != root->path.dentry) {
		const struct dentry *parent;

		dentry = wd_inner_hop(root, dentry);
		parent = READ_ONCE(dentry->d_parent);
		if (parent == dentry)
			return false;
		dentry = wd_layer_shown(root, parent);
		if (is_excepted_dir(set, dentry, root))
			return true;
	}
	return false;
}

static bool has_glob(const struct wd_filters *set, const struct dentry *dentry,
		     const struct wd_root *root)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (!set->at[i]->dir.dentry && glob_matches(set->at[i]->text, dentry, root))
			return true;
	return false;
}

static bool is_plain(const struct dentry *dentry, umode_t arriving)
{
	const struct inode *inode = READ_ONCE(dentry->d_inode);

	return (!inode || S_ISREG(inode->i_mode)) && (!arriving || S_ISREG(arriving));
}

/* Another root, or what leads to one, may lie in an excepted directory. */
static bool holds_root(const struct dentry *dentry)
{
	const struct wd_roots *roots = wd_roots();
	unsigned int i, n;

	for (i = 0; i < roots->nr; i++) {
		const struct wd_root *root = roots->root[i];

		if (root->path.dentry == dentry)
			return true;
		for (n = 0; n < root->nr_above; n++)
			if (root->above[n].path.dentry == dentry)
				return true;
	}
	for (i = 0; i < roots->nr_inners; i++)
		if (roots->inner[i]->path.dentry == dentry || roots->inner[i]->at.dentry == dentry)
			return true;
	for (i = 0; i < roots->nr_layers; i++)
		if (wd_layer_leads_to(roots->layer[i], dentry))
			return true;
	return false;
}

static bool excepts_name(const struct wd_root *root, const struct dentry *dentry, umode_t arriving)
{
	const struct wd_filters *set = rcu_dereference(root->filters);

	if (!set || wd_layer_shown(root, dentry) == root->path.dentry ||
	    is_excepted_dir(set, dentry, root) || holds_root(dentry))
		return false;
	if (lies_in_excepted(set, dentry, root))
		return true;
	return is_plain(dentry, arriving) && has_glob(set, dentry, root);
}

static bool is_registered(const struct inode *inode)
{
	const struct wd_roots *roots = wd_roots();
	unsigned int i;

	for (i = 0; i < roots->nr; i++)
		if (roots->root[i]->path.dentry->d_sb == inode->i_sb &&
		    xa_load(&roots->root[i]->inodes, inode->i_ino))
			return true;
	for (i = 0; i < roots->nr_layers; i++)
		if (roots->layer[i]->has_numbers && roots->layer[i]->dentry->d_sb == inode->i_sb &&
		    xa_load(&roots->layer[i]->root->inodes, inode->i_ino))
			return true;
	return false;
}

/*
 * An inode with several names may change if none of them is protected. Names are
 * known only while they are cached: where the attempt came by an excepted name and
 * one of the others is not known, it counts as protected. (An attempt by a name
 * outside is judged by what is known, as without filters.)
 */
static bool excepts_all_names(const struct wd_place *place, struct inode *inode)
{
	unsigned int known = 0;
	struct dentry *alias;
	bool all = true;

	if (is_registered(inode))
		return false;
	spin_lock(&inode->i_lock);
	wd_for_each_alias(alias, inode)
	{
		struct wd_place other;

		if (d_unhashed(alias))
			continue;
		known++;
		if (wd_place_name(&other, alias) && other.mode != WD_MODE_OFF &&
		    !(other.dentry && excepts_name(other.root, other.dentry, 0)))
			all = false;
	}
	spin_unlock(&inode->i_lock);
	return all && (place->via || known >= inode->i_nlink);
}

bool wd_filter_excepts(const struct wd_place *place, enum wd_aim aim, umode_t arriving)
{
	struct inode *inode;

	if (aim == WD_AIM_FIXED || !place->root || !place->dentry ||
	    (place->flags & WD_F_ANCESTOR) || !excepts_name(place->root, place->dentry, arriving))
		return false;
	inode = READ_ONCE(place->dentry->d_inode);
	if (aim == WD_AIM_NAME || !inode || S_ISDIR(inode->i_mode) || inode->i_nlink <= 1)
		return true;
	return excepts_all_names(place, inode);
}

/* ---- texts ---- */

static int refuse(struct netlink_ext_ack *extack, const char *why)
{
	if (extack)
		extack->_msg = why;
	return -EINVAL;
}

static bool is_dot(const char *s, size_t n)
{
	return (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.');
}

/* The same rules as lib/filter.c's: a site's filters come from there. */
static int check_text(const char *text, struct netlink_ext_ack *extack)
{
	bool dir = *text && text[strlen(text) - 1] == '/', literal = false;
	const char *at = text, *s;
	size_t n;

	if (strlen(text) >= WD_FILTER_MAX)
		return refuse(extack, "a filter has at most 255 bytes");
	for (s = text; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f || strchr("[]\\", *s))
			return refuse(extack,
				      "a filter has no control characters, '[', ']' or '\\'");
	if (dir && (*text == '/' || strpbrk(text, "*?")))
		return refuse(
			extack,
			"an excepted directory is named exactly, from the root on: as uploads/");
	for (at += *at == '/'; *at; at += n + (at[n] == '/')) {
		n = strcspn(at, "/");
		if (!n || is_dot(at, n))
			return refuse(extack, "a filter has no empty parts, '.' or '..'");
		literal = strspn(at, "*?") < n;
	}
	if (!literal)
		return refuse(extack,
			      "a glob names part of a file name at least: as *.log, not * alone");
	return 0;
}

static bool is_of(const struct vfsmount *mnt, const struct wd_root *root)
{
	const struct wd_inner *inner;

	if (mnt == root->path.mnt)
		return true;
	list_for_each_entry (inner, &root->inners, list)
		if (mnt == inner->path.mnt && !inner->mount_only)
			return true;
	return false;
}

/* By single steps inside the root, and what is guarded with it: no link, no way up. */
static int find_dir(struct wd_filter *filter, const struct wd_root *root,
		    struct netlink_ext_ack *extack)
{
	char name[WD_FILTER_MAX];
	int err;

	strscpy(name, filter->text, sizeof(name));
	name[strlen(name) - 1] = '\0';
	err = vfs_path_lookup(root->path.dentry, root->path.mnt, name,
			      LOOKUP_DIRECTORY | LOOKUP_NO_SYMLINKS, &filter->dir);
	if (!err && !is_of(filter->dir.mnt, root)) {
		path_put(&filter->dir);
		err = -EXDEV;
	}
	if (err) {
		filter->dir = (struct path){};
		if (err == -ENOENT)
			NL_SET_ERR_MSG(extack, "there is no such directory in the root");
		else
			NL_SET_ERR_MSG(
				extack,
				"an excepted directory is one of the root itself: no link, no mount");
	}
	return err;
}

static void filter_free(struct wd_filter *filter)
{
	if (filter && filter->dir.dentry)
		path_put(&filter->dir);
	kfree(filter);
}

static struct wd_filter *filter_new(const struct wd_root *root, const char *text,
				    struct netlink_ext_ack *extack)
{
	struct wd_filter *filter;
	int err = check_text(text, extack);

	if (err)
		return ERR_PTR(err);
	filter = kzalloc(sizeof(*filter), GFP_KERNEL_ACCOUNT);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	strscpy(filter->text, text, sizeof(filter->text));
	if (text[strlen(text) - 1] == '/')
		err = find_dir(filter, root, extack);
	if (!err)
		return filter;
	filter_free(filter);
	return ERR_PTR(err);
}

/* ---- the set ---- */

const struct wd_filters *wd_filters(const struct wd_root *root)
{
	return rcu_dereference_protected(root->filters, lockdep_is_held(&wd_policy_lock));
}

static int find(const struct wd_filters *set, const char *text)
{
	unsigned int i;

	for (i = 0; set && i < set->nr; i++)
		if (!strcmp(set->at[i]->text, text))
			return i;
	return -1;
}

static void publish(struct wd_root *root, struct wd_filters *set)
{
	const struct wd_filters *old = wd_filters(root);

	rcu_assign_pointer(root->filters, set);
	synchronize_rcu();
	kfree(old);
}

static int refuse_room(const struct wd_filters *old, size_t more, struct netlink_ext_ack *extack)
{
	if (!old || (old->nr < WD_FILTERS_MAX && old->bytes + more <= WD_FILTERS_BYTES))
		return 0;
	NL_SET_ERR_MSG(extack, "the root has as many filters as it can (64, 3840 bytes)");
	return -ENOSPC;
}

int wd_filter_add(struct wd_root *root, const char *text, struct netlink_ext_ack *extack)
{
	const struct wd_filters *old = wd_filters(root);
	struct wd_filter *filter = filter_new(root, text, extack), *replaced = NULL;
	struct wd_filters *set;
	int at = find(old, text), err;

	if (IS_ERR(filter))
		return PTR_ERR(filter);
	err = at < 0 ? refuse_room(old, strlen(text) + 1, extack) : 0;
	if (at >= 0 && old->at[at]->dir.dentry == filter->dir.dentry) {
		filter_free(filter);
		return WD_FILTER_AS_BEFORE;
	}
	set = err ? NULL : kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	if (!set) {
		filter_free(filter);
		return err ?: -ENOMEM;
	}
	if (old)
		*set = *old;
	if (at < 0) {
		set->at[set->nr++] = filter;
		set->bytes += strlen(text) + 1;
	} else {
		replaced = set->at[at];
		set->at[at] = filter;
	}
	publish(root, set);
	filter_free(replaced);
	return 0;
}

int wd_filter_del(struct wd_root *root, const char *text, struct netlink_ext_ack *extack)
{
	const struct wd_filters *old = wd_filters(root);
	int at = find(old, text);
	struct wd_filter *gone;
	struct wd_filters *set;

	if (at < 0) {
		NL_SET_ERR_MSG(extack, "the root has no such filter");
		return -ENOENT;
	}
	gone = old->at[at];
	set = kmemdup(old, sizeof(*old), GFP_KERNEL_ACCOUNT);
	if (!set)
		return -ENOMEM;
	set->bytes -= strlen(text) + 1;
	set->nr--;
	memmove(&set->at[at], &set->at[at + 1], (set->nr - at) * sizeof(set->at[0]));
	publish(root, set);
	filter_free(gone);
	return 0;
}

void wd_filters_free(struct wd_root *root)
{
	struct wd_filters *set = rcu_dereference_raw(root->filters);
	unsigned int i;

	for (i = 0; set && i < set->nr; i++)
		filter_free(set->at[i]);
	kfree(set);
}
