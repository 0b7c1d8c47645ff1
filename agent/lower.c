// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "lower.h"

#define DEPTH_MAX 16 /* of devices upon devices */

struct lower {
	dev_t *v;
	int n;
};

static void add(struct lower *l, dev_t dev, int depth);

static bool read_dev(const char *path, dev_t *dev)
{
	unsigned int major, minor;
	FILE *f = fopen(path, "re");
	bool ok = f && fscanf(f, "%u:%u", &major, &minor) == 2;

	if (f)
		fclose(f);
	if (ok)
		*dev = makedev(major, minor);
	return ok;
}

/* Each entry of a folder of sysfs is a device. */
static void add_each(struct lower *l, const char *folder, int depth)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[1024];
	dev_t dev;

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s/dev", folder, e->d_name);
		if (e->d_name[0] != '.' && read_dev(path, &dev))
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
	if (read_dev(path, &disk))
		add(l, disk, depth + 1);
}

/* A btrfs says a number of no device for its files: the mount table knows one of its disks. */
static bool mounted_from(dev_t of, dev_t *dev)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[8192], source[4096];
	unsigned int major, minor;
	bool found = false;
	struct stat st;
	char *rest;

	while (!found && f && fgets(line, sizeof(line), f)) {
		rest = strstr(line, " - ");
		if (!rest || sscanf(line, "%*d %*d %u:%u", &major, &minor) != 2 ||
		    makedev(major, minor) != of || sscanf(rest, " - %*s %4095s", source) != 1)
			continue;
		found = !stat(source, &st) && S_ISBLK(st.st_mode);
	}
	if (f)
		fclose(f);
	if (found)
		*dev = st.st_rdev;
	return found;
}

/* All disks of the btrfs that has this one. */
static void add_btrfs(struct lower *l, dev_t dev)
{
	DIR *d = opendir("/sys/fs/btrfs");
	struct dirent *e;
	char path[512];

	while (d && (e = readdir(d))) {
		dev_t disks[LOWER_MAX];
		struct lower own = {disks, 0};

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/fs/btrfs/%.255s/devices", e->d_name);
		add_each(&own, path, 0);
		for (int i = 0; i < own.n; i++) {
			if (disks[i] != dev)
				continue;
			for (int k = 0; k < own.n; k++)
				add(l, disks[k], 0);
		}
	}
	if (d)
		closedir(d);
}

int lower_devices(const char *dir, dev_t out[LOWER_MAX], struct err *err)
{
	struct lower l = {out, 0};
	char path[128];
	struct stat st;
	dev_t dev;

	if (stat(dir, &st))
		return err_sys(err, "%s", dir);
	dev = st.st_dev;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	if (access(path, F_OK) && !mounted_from(st.st_dev, &dev))
		return 0;
	add(&l, dev, 0);
	if (dev != st.st_dev)
		add_btrfs(&l, dev);
	return l.n;
}
