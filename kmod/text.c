// SPDX-License-Identifier: GPL-2.0-only
/* text.c - a text that grows towards its front, as a path does on the way up */
#include <linux/dcache.h>
#include <linux/limits.h>
#include <linux/mount.h>
#include <linux/string.h>

#include "inner.h"
#include "layer.h"
#include "place.h"
#include "root.h"
#include "text.h"

void wd_text_init(struct wd_text *text, char *buf, size_t size)
{
	text->buf = buf;
	text->start = buf + size - 1;
	*text->start = '\0';
	text->cut = false;
}

void wd_text_prepend(struct wd_text *text, const char *s, size_t len)
{
	size_t room = text->start - text->buf;

	if (len > room) {
		text->cut = true;
		s += len - room;
		len = room;
	}
	text->start -= len;
	memcpy(text->start, s, len);
}

/* A rename may change name and length under us, but the bytes end with a NUL and stay. */
static void prepend_name(struct wd_text *text, const struct dentry *dentry)
{
	const char *name = (const char *)smp_load_acquire(&dentry->d_name.name);

	wd_text_prepend(text, name, strnlen(name, NAME_MAX));
	wd_text_prepend(text, "/", 1);
}

/* "/" as a prefix adds nothing: each component brings its own. */
static void prepend_prefix(struct wd_text *text, const char *name, size_t len)
{
	if (len > 1 || *text->start == '\0')
		wd_text_prepend(text, name, len);
}

static size_t above_len(const struct wd_root *root, const struct dentry *dentry)
{
	unsigned int i;

	for (i = 0; i < root->nr_above; i++)
		if (root->above[i].path.dentry == dentry)
			return root->above[i].len;
	return 0;
}

/* Up to the root, or to the top of its mount: names outside are below that at least, mostly. */
static const struct dentry *walk(struct wd_text *text, const struct dentry *dentry,
				 const struct wd_root *root)
{
	for (;;) {
		const struct dentry *parent;

		dentry = wd_layer_shown(root, dentry);
		if (dentry == root->path.dentry || dentry == root->path.mnt->mnt_root || text->cut)
			return dentry;
		dentry = wd_inner_hop(root, dentry);
		parent = READ_ONCE(dentry->d_parent);
		if (parent == dentry)
			return dentry;
		prepend_name(text, dentry);
		dentry = parent;
	}
}

void wd_text_place(struct wd_text *text, const struct wd_place *place, const struct wd_root *root)
{
	const struct dentry *top;

	if (!place->dentry) {
		wd_text_prepend(text, root->name, root->name_len);
		return;
	}
	top = walk(text, place->dentry, root);
	if (top == root->path.dentry)
		prepend_prefix(text, root->name, root->name_len);
	else
		prepend_prefix(text, root->name, above_len(root, top));
}

void wd_text_via(struct wd_text *text, const struct wd_place *place)
{
	const struct wd_root *root = place->root;
	const struct wd_place name = {.dentry = place->via};

	wd_text_place(text, &name, root);
}
