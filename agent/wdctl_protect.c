// SPDX-License-Identifier: Apache-2.0
/* With the module alone: neither daemon nor publisher is needed. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf.h"
#include "inner.h"
#include "kernel.h"
#include "layers.h"
#include "lower.h"
#include "sysdir.h"
#include "wdctl.h"

enum { OPT_FORCE = 256 };

struct args {
	const char *dir;
	int mode;
	bool force;
};

static const struct argp_option options[] = {
	{"mode", 'm', "MODE", 0, "off, audit or enforce (the module's default)", 0},
	{"force", OPT_FORCE, NULL, 0, "also one of the system's own directories", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	switch (key) {
	case 'm':
		a->mode = conf_mode_parse(arg);
		if (a->mode < 0)
			argp_error(as, "mode is off, audit or enforce, not \"%s\"", arg);
		break;
	case OPT_FORCE:
		a->force = true;
		break;
	case ARGP_KEY_ARG:
		if (a->dir)
			argp_error(as, "one directory at a time");
		a->dir = arg;
		break;
	case ARGP_KEY_END:
		if (!a->dir)
			argp_error(as, "which directory?");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp protect_argp = {
	options,
	parse,
	"DIR",
	"Protects DIR and all below it. In mode enforce nobody but a registered agent "
	"may write there; without one, nobody.",
	NULL,
	NULL,
	NULL};
static const struct argp unprotect_argp = {NULL, parse, "DIR", "No longer protects DIR.",
					   NULL, NULL,	NULL};

/* ---- what the module has to be told of a root ---- */

struct cover {
	struct kernel *k;
	uint32_t number;
	unsigned int inodes;
	struct err err;
};

static struct cover cover; /* nftw() hands nothing through */

/* A name elsewhere is as good as this one to write by, before it has been looked up. */
static int register_inode(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path;
	(void)at;
	if (type != FTW_F || !S_ISREG(st->st_mode) || st->st_nlink < 2)
		return 0;
	if (kernel_inode_add(cover.k, cover.number, st->st_ino, &cover.err))
		return errno == EPERM ? 2 : 1; /* the agent lives: it sees to this itself */
	cover.inodes++;
	return 0;
}

static void register_inodes(const char *dir)
{
	int rc = nftw(dir, register_inode, 64, FTW_PHYS | FTW_MOUNT);

	if (rc == 1 || rc < 0)
		wdctl_fail("files with several names are guarded by all of them only once those "
			   "have been looked up: %s",
			   rc < 0 ? strerror(errno) : cover.err.text);
	else if (cover.inodes)
		printf("%u files in it have other names; they are guarded by those too\n",
		       cover.inodes);
}

static int register_device(void *arg, dev_t dev, bool is_char)
{
	(void)arg;
	return kernel_device_add(cover.k, cover.number, dev, is_char, &cover.err);
}

static void register_devices(const char *dir)
{
	if (lower_each(dir, register_device, NULL, &cover.err))
		wdctl_fail("not all disks below are guarded: %s", cover.err.text);
}

static void register_inner(void *arg, const char *path, const char *why)
{
	bool mount_only = why;

	(void)arg;
	if (kernel_inner_add(cover.k, cover.number, path, &mount_only, &cover.err) &&
	    errno != EEXIST) {
		if (errno == ENOTBLK || errno == ENOENT)
			return; /* hidden below another one, or gone since */
		wdctl_fail("%s is mounted in it and NOT protected: %s", path, cover.err.text);
		return;
	}
	if (mount_only) {
		printf("%s is mounted in it and must stay; what is in it is NOT protected: %s\n",
		       path, why ? why : INNER_CANNOT);
		return;
	}
	printf("%s is mounted in it and protected with it\n", path);
	register_devices(path);
}

static void register_inners(const char *dir)
{
	if (inner_mounts(dir, register_inner, NULL, &cover.err))
		wdctl_fail("not all that is mounted in it is protected: %s", cover.err.text);
}

/* After what is mounted in it, which may lie on an overlay too. */
static void cover_layers(const char *path)
{
	struct kernel_root r;
	bool good;

	if (layers_each_device(cover.number, register_device, NULL, &cover.err))
		wdctl_fail("not all disks below its layers are guarded: %s", cover.err.text);
	if (kernel_root_find(cover.k, path, &r, &cover.err) ||
	    (!r.layers && !r.layers_missed && !layers_below(path)))
		return;
	printf("%s: %s\n", path, layers_words(r.layers, r.layers_missed, &good));
}

static void cover_root(struct kernel *k, const struct kernel_root *r)
{
	cover = (struct cover){.k = k, .number = r->number};
	register_devices(r->path);
	register_inodes(r->path);
	register_inners(r->path);
	cover_layers(r->path);
}

/* As it was said: the links in it are guarded with the directory. NULL: out of memory. */
static char *absolute(const char *dir)
{
	char *cwd = dir[0] == '/' ? NULL : getcwd(NULL, 0), *path = NULL;

	if (dir[0] == '/')
		return strdup(dir);
	if (cwd && asprintf(&path, "%s/%s", cwd, dir) < 0)
		path = NULL;
	free(cwd);
	return path;
}

static int protect(const char *dir, const struct args *a, struct kernel *k)
{
	struct kernel_root r;
	struct err err = {""};
	uint32_t number;
	char *name = absolute(a->dir);
	int rc = name ? kernel_root_add(k, name, a->mode, &number, &err) : -1;

	free(name);
	if (!name)
		return wdctl_fail("%s: %s", a->dir, strerror(errno));
	if (rc) {
		if (errno != EEXIST || a->mode < 0 || kernel_root_find(k, dir, &r, &err) ||
		    kernel_root_set(k, r.number, a->mode, &err))
			return wdctl_fail("%s", err.text);
	}
	if (kernel_root_find(k, dir, &r, &err))
		return wdctl_fail("%s", err.text);
	printf("%s is protected, mode %s\n", r.path, conf_mode_name(r.mode));
	cover_root(k, &r);
	if (r.armed_dirty)
		printf("%u files in it were open for writing: their writers go on until they close them\n",
		       r.armed_dirty);
	return WDCTL_OK;
}

int cmd_protect(struct wdctl *w, int argc, char **argv)
{
	struct args a = {.mode = -1};
	struct err err = {""};
	struct kernel *k;
	char *dir;
	int rc;

	(void)w;
	argp_parse(&protect_argp, argc, argv, 0, NULL, &a);
	dir = realpath(a.dir, NULL);
	if (!dir)
		return wdctl_fail("%s: %s", a.dir, strerror(errno));
	if (!a.force && sysdir_check(dir, &err)) {
		free(dir);
		return wdctl_fail(
			"%s; protecting it would stop the system from working (--force if you must)",
			err.text);
	}
	k = kernel_open(&err);
	rc = k ? protect(dir, &a, k) : wdctl_fail("%s", err.text);
	kernel_close(k);
	free(dir);
	return rc;
}

/* What has been protected may since have been renamed: the words as given count as well. */
static int find(struct kernel *k, const char *dir, struct kernel_root *r, struct err *err)
{
	char *real = realpath(dir, NULL);
	int rc = kernel_root_find(k, real ? real : dir, r, err);

	free(real);
	return rc && errno == ENOENT ? kernel_root_find(k, dir, r, err) : rc;
}

int cmd_unprotect(struct wdctl *w, int argc, char **argv)
{
	struct args a = {.mode = -1};
	struct kernel_root r;
	struct err err = {""};
	struct kernel *k;
	int rc;

	argp_parse(&unprotect_argp, argc, argv, 0, NULL, &a);
	k = kernel_open(&err);
	if (!k)
		return wdctl_fail("%s", err.text);
	rc = find(k, a.dir, &r, &err) || kernel_root_del(k, r.number, &err);
	kernel_close(k);
	if (rc)
		return wdctl_fail("%s", err.text);
	printf("%s is no longer protected\n", r.path);
	if (wdctl_daemon(w))
		puts("webdefenderd still restores its sites: take the site out of agent.conf and restart it");
	return WDCTL_OK;
}
