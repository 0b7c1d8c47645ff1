// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "lower_fs.h"

struct told {
	void (*each)(void *arg, dev_t dev);
	void *arg;
};

int lower_fs_number(const char *file, dev_t *dev)
{
	unsigned int major, minor;
	FILE *f = fopen(file, "re");
	bool ok = f && fscanf(f, "%u:%u", &major, &minor) == 2;

	if (f)
		fclose(f);
	if (ok)
		*dev = makedev(major, minor);
	return ok ? 0 : -1;
}

/* ---- names of devices ---- */

static bool is_mapped(const char *disk, const char *name)
{
	char path[320], is[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/block/%.255s/dm/name", disk);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(is, sizeof(is), f))
		*is = '\0';
	fclose(f);
	is[strcspn(is, "\n")] = '\0';
	return !strcmp(is, name);
}

static int mapped(const char *name, dev_t *dev)
{
	DIR *d = opendir("/sys/class/block");
	struct dirent *e;
	char path[320] = "";

	while (d && !*path && (e = readdir(d)))
		if (!strncmp(e->d_name, "dm-", 3) && is_mapped(e->d_name, name))
			snprintf(path, sizeof(path), "/sys/class/block/%.255s/dev", e->d_name);
	if (d)
		closedir(d);
	return *path ? lower_fs_number(path, dev) : -1;
}

/* By its file, or, where a service sees no files of disks, by what sysfs calls it. */
static int named(const char *device, dev_t *dev)
{
	const char *name = strrchr(device, '/');
	char path[320];
	struct stat st;

	if (!stat(device, &st) && S_ISBLK(st.st_mode)) {
		*dev = st.st_rdev;
		return 0;
	}
	if (!name)
		return -1;
	snprintf(path, sizeof(path), "/sys/class/block/%.255s/dev", name + 1);
	return lower_fs_number(path, dev) ? mapped(name + 1, dev) : 0;
}

/* ---- btrfs: all disks, of which the mount table knows one ---- */

static int disks_of(const struct btrfs_ioctl_fs_info_args *info, const struct told *t,
		    struct err *err)
{
	char path[640], dir[128] = "/sys/fs/btrfs/";
	size_t n = strlen(dir);
	struct dirent *e;
	dev_t dev;
	DIR *d;

	for (int i = 0; i < BTRFS_FSID_SIZE; i++)
		n += snprintf(dir + n, sizeof(dir) - n, "%s%02x",
			      i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", info->fsid[i]);
	snprintf(dir + n, sizeof(dir) - n, "/devices");
	d = opendir(dir);
	if (!d)
		return err_sys(err, "%s", dir);
	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%.255s/dev", dir, e->d_name);
		if (*e->d_name != '.' && !lower_fs_number(path, &dev))
			t->each(t->arg, dev);
	}
	closedir(d);
	return 0;
}

static int btrfs(const char *path, const struct told *t, struct err *err)
{
	struct btrfs_ioctl_fs_info_args info = {0};
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int rc = fd < 0 ? -1 : ioctl(fd, BTRFS_IOC_FS_INFO, &info);

	if (rc)
		rc = err_sys(err, "the disks of %s", path);
	else
		rc = disks_of(&info, t, err);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* ---- XFS: what the mount's options name ---- */

static int option(const char *options, const char *key, const struct told *t, struct err *err)
{
	const char *at = strstr(options, key);
	char path[4096];
	dev_t dev;

	if (!at || sscanf(at + strlen(key), "%4095[^,]", path) != 1)
		return 0;
	if (named(path, &dev))
		return err_set(err, "%s is not found: mount it by its kernel name (/dev/sdb1)",
			       path);
	t->each(t->arg, dev);
	return 0;
}

static int xfs(const char *options, const struct told *t, struct err *err)
{
	int log = option(options, ",logdev=", t, err);

	return option(options, ",rtdev=", t, err) || log ? -1 : 0;
}

/* ---- ext3, ext4: a journal elsewhere is replayed over the files after a crash ---- */

/* "sda1" for 8:1, to name. */
static int kernel_name(dev_t dev, char name[256])
{
	char path[64], link[512];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return -1;
	link[n] = '\0';
	snprintf(name, 256, "%.255s", strrchr(link, '/') ? strrchr(link, '/') + 1 : link);
	return 0;
}

/*
 * The kernel calls a journal within a file system sda1-8, one elsewhere as its device, and does
 * not say whose it is. So a file system without one within has all that are elsewhere: writing to
 * somebody else's is nothing that a healthy machine does.
 */
static void ext4(dev_t fs, const struct told *t)
{
	char name[256], path[320];
	struct dirent *e;
	bool within = false;
	dev_t dev;
	DIR *d = kernel_name(fs, name) ? NULL : opendir("/proc/fs/jbd2");
	size_t n = d ? strlen(name) : 0;

	while (d && (e = readdir(d)))
		within = within || (!strncmp(e->d_name, name, n) && e->d_name[n] == '-' &&
				    !strchr(e->d_name + n + 1, '-'));
	if (d && !within)
		rewinddir(d);
	while (d && !within && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/sys/class/block/%.255s/dev", e->d_name);
		if (*e->d_name != '.' && !lower_fs_number(path, &dev))
			t->each(t->arg, dev);
	}
	if (d)
		closedir(d);
}

int lower_fs_each(const struct mount *m, const char *path, void (*each)(void *arg, dev_t dev),
		  void *arg, struct err *err)
{
	const struct told t = {each, arg};

	if (!strcmp(m->type, "btrfs"))
		return btrfs(path, &t, err);
	if (!strcmp(m->type, "xfs"))
		return xfs(m->options, &t, err);
	if (!strncmp(m->type, "ext", 3))
		ext4(m->dev, &t);
	return 0;
}
