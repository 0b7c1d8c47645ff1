// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "lower.h"
#include "lower_fs.h"

#define LOWER_MAX 256
#define DEPTH_MAX 16 /* of devices upon devices */

struct lower {
	dev_t *v;
	int n;
};

static void add(struct lower *l, dev_t dev, int depth);

/* Each entry of a folder of sysfs is a device. */
static void add_each(struct lower *l, const char *folder, int depth)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[1024];
	dev_t dev;

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s/dev", folder, e->d_name);
		if (e->d_name[0] != '.' && !lower_fs_number(path, &dev))
			add(l, dev, depth);
	}
	if (d)
		closedir(d);
}

static void add(struct lower *l, dev_t dev, int depth)
{
	char path[128];
	dev_t disk;

	for (int i = 0; i < l->n; i++)
		if (l->v[i] == dev)
			return;
	if (l->n == LOWER_MAX || depth > DEPTH_MAX)
		return;
	l->v[l->n++] = dev;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/slaves", major(dev), minor(dev));
	add_each(l, path, depth + 1);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(dev), minor(dev));
	if (access(path, F_OK))
		return;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(dev), minor(dev));
	if (!lower_fs_number(path, &disk))
		add(l, disk, depth + 1);
}

static void add_one(void *arg, dev_t dev)
{
	add(arg, dev, 0);
}

/* Of the mount that this file is seen through: its device alone would not do, for btrfs. Or -1. */
static int mount_id(const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st) ||
	    !(st.stx_mask & STATX_MNT_ID))
		return -1;
	return (int)st.stx_mnt_id;
}

static int mount_disks(struct lower *l, const struct mount *m, const char *path, struct err *err)
{
	char device[64];

	snprintf(device, sizeof(device), "/sys/dev/block/%u:%u", major(m->dev), minor(m->dev));
	if (!access(device, F_OK))
		add(l, m->dev, 0);
	return lower_fs_each(m, path, add_one, l, err);
}

static int devices_of_dir(struct lower *l, const char *dir, struct err *err)
{
	struct mounts mounts = {NULL, 0, 0};
	int rc = mounts_own(&mounts, err), id = mount_id(dir);
	size_t i = 0;

	while (i < mounts.n && mounts.v[i].id != id)
		i++;
	if (i < mounts.n)
		rc = mount_disks(l, &mounts.v[i], dir, err);
	else if (!rc)
		rc = err_set(err, "%s: the mount table does not say where it lies", dir);
	mounts_free(&mounts);
	return rc;
}

/* By any of its mounts; one that is mounted over does not show it. Detached: by its number. */
static int devices_of(struct lower *l, dev_t fs, struct err *err)
{
	const struct mount detached = {.dev = fs, .type = "", .options = ""};
	struct mounts mounts = {NULL, 0, 0};
	const struct mount *m = &detached;
	int rc = mounts_own(&mounts, err);

	for (size_t i = 0; i < mounts.n && m == &detached; i++)
		if (mounts.v[i].dev == fs && mounts.v[i].id == mount_id(mounts.v[i].at))
			m = &mounts.v[i];
	if (mount_disks(l, m, m->at, err))
		rc = -1;
	else if (m != &detached)
		rc = 0;
	mounts_free(&mounts);
	return rc;
}

/* A namespace nvme0n1 has a generic device ng0n1. */
static void add_nvme(struct lower *l, dev_t dev)
{
	char path[128], link[512], generic[640];
	ssize_t n;
	dev_t found;
	char *name;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return;
	link[n] = '\0';
	name = strrchr(link, '/');
	if (!name || strncmp(name, "/nvme", 5))
		return;
	snprintf(generic, sizeof(generic), "/sys/class/nvme-generic/ng%s/dev", name + 5);
	if (l->n < LOWER_MAX && !lower_fs_number(generic, &found))
		l->v[l->n++] = found;
}

/* Each entry of a folder of sysfs, without looking further. */
static void add_raw(struct lower *l, dev_t dev, const char *kind)
{
	char path[128], at[512];
	struct dirent *e;
	dev_t found;
	DIR *d;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/device/%s", major(dev), minor(dev),
		 kind);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		snprintf(at, sizeof(at), "%s/%.255s/dev", path, e->d_name);
		if (e->d_name[0] != '.' && l->n < LOWER_MAX && !lower_fs_number(at, &found))
			l->v[l->n++] = found;
	}
	if (d)
		closedir(d);
}

/* The character devices that take raw commands for these: SCSI generic, bsg, NVMe generic. */
static void add_raws(struct lower *l, const struct lower *disks)
{
	for (int i = 0; i < disks->n; i++) {
		add_raw(l, disks->v[i], "scsi_generic");
		add_raw(l, disks->v[i], "bsg");
		add_nvme(l, disks->v[i]);
	}
}

static int tell(const struct lower *disks, int (*each)(void *arg, dev_t dev, bool is_char),
		void *arg)
{
	dev_t found[LOWER_MAX];
	struct lower raw = {found, 0};

	add_raws(&raw, disks);
	for (int i = 0; i < disks->n; i++)
		if (each(arg, disks->v[i], false))
			return -1;
	for (int i = 0; i < raw.n; i++)
		if (each(arg, raw.v[i], true))
			return -1;
	return 0;
}

int lower_each_of(dev_t fs, int (*each)(void *arg, dev_t dev, bool is_char), void *arg,
		  struct err *err)
{
	dev_t found[LOWER_MAX];
	struct lower l = {found, 0};
	int rc = devices_of(&l, fs, err);

	return tell(&l, each, arg) || rc ? -1 : 0;
}

int lower_each(const char *dir, int (*each)(void *arg, dev_t dev, bool is_char), void *arg,
	       struct err *err)
{
	dev_t found[LOWER_MAX];
	struct lower l = {found, 0};
	int rc = devices_of_dir(&l, dir, err);

	return tell(&l, each, arg) || rc ? -1 : 0;
}
