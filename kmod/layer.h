/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * layer.h - the directories below a root that lies on an overlay
 *
 * What an overlay (overlayfs) shows is made of directories of other file systems, its
 * layers. Who changes one of those by its own path changes what visitors see. So each
 * directory that a root is made of is guarded with it, as a part of it.
 *
 * Which these are no path can tell (a layer may have been moved, unmounted, or mounted in
 * another namespace since): the overlay is asked. A name that is not there is looked up in
 * the root's directory, and the permission that overlayfs asks for in each layer is watched.
 *
 * overlayfs itself writes in its layers what it was asked for above, where that was judged.
 * It does so with credentials of its own, an object that nobody else can have: to those the
 * layers are not guarded, so that what may change in the root may, and one attempt is one
 * event. Another overlay over the same directory has other credentials.
 *
 * Life: wd_layers_learn() -> published with the root (roots.c) -> wd_layers_free(). Layers
 * are never changed once published.
 */
#ifndef WD_LAYER_H
#define WD_LAYER_H

#include <linux/list.h>
#include <linux/path.h>
#include <linux/types.h>

#include "attach.h"

struct cred;
struct wd_hook;
struct wd_root;
struct wd_roots;

struct wd_layer {
	struct list_head list; /* root's or inner's layers, under policy.c's lock */
	struct wd_root *root;
	struct dentry *dentry;	 /* pinned; the overlay keeps its file system */
	const struct dentry *at; /* what shows it: the root's, an inner's or a layer's directory */
	const struct cred *writer; /* a reference: the overlay's own */
	struct dentry **above;	   /* pinned: from the parent to the top of the file system */
	unsigned int nr_above;
	dev_t part, disk; /* as in struct wd_root */
	bool has_numbers; /* its inodes have the numbers that the overlay shows */
	bool guarded;	  /* there was room for it; under policy.c's lock */
};

/*
 * Those of path, which is the root's directory or that of an inner, if it lies on an overlay.
 * So that the uppermost layer has the directory it is copied up. What cannot be guarded is
 * said in the kernel log and counted in root->layers_missed. -ENOMEM; may sleep.
 */
int wd_layers_learn(struct list_head *layers, struct wd_root *root, const struct path *path);
void wd_layers_free(struct list_head *layers); /* after a grace period if published */

/* Whether current is the overlay itself, at work in its layer. Hooks: any context. */
bool wd_layer_is_own(const struct wd_layer *layer);

/* Likewise in any layer there is. */
bool wd_layer_is_any_own(const struct wd_roots *set);

/* A layer's directory is the one that shows it; else dentry itself. Under RCU. */
const struct dentry *wd_layer_shown(const struct wd_root *root, const struct dentry *dentry);

/* Whether dentry is the directory of a layer, or one above. Under RCU. */
bool wd_layer_leads_to(const struct wd_layer *layer, const struct dentry *dentry);

/* Watches what the overlay asks for; attached only while one is asked. */
int wd_check_inode_permission(const wd_regs *regs);
/* Takes note of the credentials with which the overlay is about to make a file. */
int wd_check_create_files_as(const wd_regs *regs);

void wd_layers_init(const struct wd_hook *permission);
void wd_layers_exit(void); /* when no hook runs any more */

#endif /* WD_LAYER_H */
