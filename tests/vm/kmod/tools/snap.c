// SPDX-License-Identifier: Apache-2.0
/*
 * snap - everything that can be changed about a tree, as text to compare
 *
 * usage: snap DIR
 *
 * A line for each object: path, type and mode, owner, size, modification time,
 * device, inode flags, link target, extended attributes (ACLs are among them), and
 * a 64-bit FNV-1a over the content. Shares no code with what is tested.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static uint64_t fnv(uint64_t hash, const unsigned char *data, size_t len)
{
	while (len--)
		hash = (hash ^ *data++) * 0x100000001b3;
	return hash;
}

static void print_file(const char *path)
{
	static unsigned char buf[65536];
	uint64_t hash = 0xcbf29ce484222325;
	unsigned int flags = 0;
	struct fsxattr fsx = {0};
	ssize_t n;
	int fd = open(path, O_RDONLY | O_NOATIME);

	if (fd < 0)
		return;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		hash = fnv(hash, buf, n);
	ioctl(fd, FS_IOC_GETFLAGS, &flags);
	ioctl(fd, FS_IOC_FSGETXATTR, &fsx);
	/* Whether blocks are mapped by extents is the file system's business. */
	printf(" flags=%x project=%u hash=%016" PRIx64, flags & ~FS_EXTENT_FL, fsx.fsx_projid,
	       hash);
	close(fd);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_xattrs(const char *path)
{
	static char names[65536];
	unsigned char value[65536];
	const char *sorted[256];
	ssize_t len = llistxattr(path, names, sizeof(names)), at;
	size_t count = 0, i;

	for (at = 0; at < len && count < 256; at += strlen(names + at) + 1)
		sorted[count++] = names + at;
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (i = 0; i < count; i++) {
		ssize_t n = lgetxattr(path, sorted[i], value, sizeof(value));

		printf(" %s=%016" PRIx64, sorted[i], fnv(0, value, n > 0 ? n : 0));
	}
}

static void print_link(const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target));

	printf(" -> %.*s", n > 0 ? (int)n : 0, target);
}

static void visit(const char *path);

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

static void visit_children(const char *dir)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, no_dots, alphasort), i;

	for (i = 0; i < n; i++) {
		char path[8192];

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		visit(path);
		free(entries[i]);
	}
}

static void visit(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return;
	printf("%s %06o %u:%u size=%lld mtime=%lld.%09ld rdev=%u:%u", path, st.st_mode, st.st_uid,
	       st.st_gid, S_ISDIR(st.st_mode) ? 0LL : (long long)st.st_size,
	       (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, major(st.st_rdev),
	       minor(st.st_rdev));
	if (S_ISLNK(st.st_mode))
		print_link(path);
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		print_file(path);
	print_xattrs(path);
	putchar('\n');
	if (S_ISDIR(st.st_mode))
		visit_children(path);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: snap DIR\n");
		return 2;
	}
	visit(argv[1]);
	return 0;
}
