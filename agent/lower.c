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

static int devices_of(dev_t fs, dev_t out[LOWER_MAX])
{
	struct lower l = {out, 0};
	char path[128];
	dev_t dev = fs;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	if (access(path, F_OK) && !mounted_from(fs, &dev))
		return 0;
	add(&l, dev, 0);
	if (dev != fs)
		add_btrfs(&l, dev);
	return l.n;
}

int lower_devices(const char *dir, dev_t out[LOWER_MAX], struct err *err)
{
	struct stat st;

	if (stat(dir, &st))
		return err_sys(err, "%s", dir);
	return devices_of(st.st_dev, out);
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
	if (l->n < LOWER_MAX && read_dev(generic, &found))
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
		if (e->d_name[0] != '.' && l->n < LOWER_MAX && read_dev(at, &found))
			l->v[l->n++] = found;
	}
	if (d)
		closedir(d);
}

int lower_raw(const dev_t *devices, int n, dev_t out[LOWER_MAX])
{
	struct lower l = {out, 0};

	for (int i = 0; i < n; i++) {
		add_raw(&l, devices[i], "scsi_generic");
		add_raw(&l, devices[i], "bsg");
		add_nvme(&l, devices[i]);
	}
	return l.n;
}

int lower_each_of(dev_t fs, int (*each)(void *arg, dev_t dev, bool is_char), void *arg)
{
	dev_t devices[LOWER_MAX], raw[LOWER_MAX];
	int n = devices_of(fs, devices), k = lower_raw(devices, n, raw);

	for (int i = 0; i < n; i++)
		if (each(arg, devices[i], false))
			return -1;
	for (int i = 0; i < k; i++)
		if (each(arg, raw[i], true))
			return -1;
	return 0;
}

int lower_each(const char *dir, int (*each)(void *arg, dev_t dev, bool is_char), void *arg,
	       struct err *err)
{
	struct stat st;

	if (stat(dir, &st))
		return err_sys(err, "%s", dir);
	return lower_each_of(st.st_dev, each, arg);
}
