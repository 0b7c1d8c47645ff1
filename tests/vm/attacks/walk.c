// SPDX-License-Identifier: Apache-2.0
/*
 * walk.c - everything that can be seen of the tree, as text to compare
 *
 * Shares no code with what is tested. For each object: path, device, inode, type and mode,
 * owner, links, size, the three times, rdev, inode flags and generation, project, link
 * target, extended attributes with their values (ACLs among them), a hash of the content.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

static FILE *out;

static uint64_t hash(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len--)
		h = (h ^ *p++) * 0x100000001b3;
	return h;
}

static void see_content(const char *path, bool file)
{
	static unsigned char buf[65536];
	uint64_t h = 0xcbf29ce484222325;
	unsigned int flags = 0, generation = 0;
	struct fsxattr fsx = {0};
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_NOATIME | O_NONBLOCK | O_NOFOLLOW);

	if (fd < 0) {
		fprintf(out, " unreadable:%d", errno);
		return;
	}
	while (file && (n = read(fd, buf, sizeof(buf))) > 0)
		h = hash(h, buf, n);
	if (n < 0)
		fprintf(out, " unreadable:%d", errno);
	ioctl(fd, FS_IOC_GETFLAGS, &flags);
	ioctl(fd, FS_IOC_GETVERSION, &generation);
	ioctl(fd, FS_IOC_FSGETXATTR, &fsx);
	fprintf(out, " flags=%x/%x project=%u generation=%u hash=%016jx", flags & ~FS_EXTENT_FL,
		fsx.fsx_xflags & ~FS_XFLAG_HASATTR, fsx.fsx_projid, generation, (uintmax_t)h);
	close(fd);
}

static void see_xattrs(const char *path)
{
	static char names[65536];
	static unsigned char value[65536];
	ssize_t len = llistxattr(path, names, sizeof(names)), i, n;
	uint64_t sum = 0; /* in any order */

	for (i = 0; i < len; i += strlen(names + i) + 1) {
		n = lgetxattr(path, names + i, value, sizeof(value));
		sum += hash(hash(1, names + i, strlen(names + i)), value, n > 0 ? n : 0);
		fprintf(out, " %s", names + i);
	}
	fprintf(out, " xattrs=%016jx", (uintmax_t)sum);
}

static void see(const char *path);

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* By a descriptor that leaves the access time alone; scandir() would open another one. */
static size_t list(const char *path, char ***names)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOATIME);
	struct statfs fs;
	struct dirent *entry;
	DIR *dir = fd < 0 || fstatfs(fd, &fs) || fs.f_type == PROC_SUPER_MAGIC ? NULL : fdopendir(fd);
	size_t n = 0;

	*names = NULL;
	while (dir && (entry = readdir(dir)))
		if (!is_dots(entry->d_name)) {
			*names = reallocarray(*names, n + 1, sizeof(**names));
			(*names)[n++] = strdup(entry->d_name);
		}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	if (n)
		qsort(*names, n, sizeof(**names), by_name);
	return n;
}

static void see_below(const char *dir)
{
	char path[8192], **names;
	size_t n = list(dir, &names), i;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		see(path);
		free(names[i]);
	}
	free(names);
}

static void see(const char *path)
{
	struct stat st;
	char target[4096];
	ssize_t n;

	if (lstat(path, &st)) {
		fprintf(out, "%s missing:%d\n", path, errno);
		return;
	}
	fprintf(out, "%s %jx:%ju %06o %u:%u links=%ju size=%jd a=%jd.%09ld m=%jd.%09ld c=%jd.%09ld rdev=%jx",
		path, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino, st.st_mode, st.st_uid, st.st_gid,
		(uintmax_t)st.st_nlink, (intmax_t)st.st_size, (intmax_t)st.st_atime,
		st.st_atim.tv_nsec, (intmax_t)st.st_mtime, st.st_mtim.tv_nsec,
		(intmax_t)st.st_ctime, st.st_ctim.tv_nsec, (uintmax_t)st.st_rdev);
	if (S_ISLNK(st.st_mode)) {
		n = readlink(path, target, sizeof(target));
		fprintf(out, " -> %.*s", n > 0 ? (int)n : 0, target);
	}
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		see_content(path, S_ISREG(st.st_mode));
	see_xattrs(path);
	fputc('\n', out);
	if (S_ISDIR(st.st_mode))
		see_below(path);
}

/* Of what is above: which directory it is, and who may go through it. */
static void see_above(const char *path)
{
	struct stat st;
	char acl[1024];
	ssize_t n = lgetxattr(path, "system.posix_acl_access", acl, sizeof(acl));

	if (lstat(path, &st))
		fprintf(out, "above %s missing:%d\n", path, errno);
	else
		fprintf(out, "above %s %jx:%ju %06o %u:%u acl=%016jx\n", path,
			(uintmax_t)st.st_dev, (uintmax_t)st.st_ino, st.st_mode, st.st_uid,
			st.st_gid, (uintmax_t)hash(0, acl, n > 0 ? n : 0));
}

/* Of the whole file system: how a boot finds it. */
static void see_label(void)
{
	char label[FSLABEL_MAX] = "";
	int fd = open(WWW, O_RDONLY | O_NOATIME);

	if (fd >= 0 && !ioctl(fd, FS_IOC_GETFSLABEL, label))
		fprintf(out, "label %.256s\n", label);
	if (fd >= 0)
		close(fd);
}

char *walk(const char *seen)
{
	char *text, *slash, above[sizeof(world_www)];
	size_t size;

	out = open_memstream(&text, &size);
	snprintf(above, sizeof(above), "%s", WWW);
	while ((slash = strrchr(above, '/')) && slash != above) {
		*slash = 0;
		see_above(above);
	}
	see(WWW);
	see_label();
	if (seen)
		see(at(seen));
	fclose(out);
	return text;
}
