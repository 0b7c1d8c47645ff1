// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "fsx.h"
#include "meta.h"

#define NAMES_MAX 65536
#define VALUE_MAX 65536

static json_t *hex_of(const unsigned char *p, size_t n)
{
	char *text = malloc(n * 2 + 1);
	json_t *j;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++)
		snprintf(text + i * 2, 3, "%02x", p[i]);
	text[n * 2] = 0;
	j = json_string(text);
	free(text);
	return j;
}

static size_t bytes_of(const char *hex, unsigned char *to, size_t cap)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n && i < cap; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};

		to[i] = strtoul(pair, NULL, 16);
	}
	return n < cap ? n : cap;
}

static json_t *read_xattrs(int fd)
{
	json_t *all = json_object();
	char *names = malloc(NAMES_MAX);
	unsigned char *value = malloc(VALUE_MAX);
	ssize_t n = names && value ? flistxattr(fd, names, NAMES_MAX) : 0;

	for (ssize_t at = 0; at < n; at += strlen(names + at) + 1) {
		ssize_t len = fgetxattr(fd, names + at, value, VALUE_MAX);

		if (len >= 0)
			json_object_set_new(all, names + at, hex_of(value, len));
	}
	free(names);
	free(value);
	return all;
}

json_t *meta_read(int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		err_sys(err, "cannot read owner and mode");
		return NULL;
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "uid", (json_int_t)st.st_uid, "gid",
			 (json_int_t)st.st_gid, "mode", (json_int_t)(st.st_mode & 07777), "mtime",
			 (json_int_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec, "xattrs",
			 read_xattrs(fd));
}

static void drop_others(int fd, const json_t *wanted)
{
	json_t *now = read_xattrs(fd);
	const char *name;
	json_t *value;

	json_object_foreach (now, name, value) {
		/* A label of the kernel's own choosing stays. */
		if (!json_object_get(wanted, name) && strncmp(name, "security.", 9) != 0)
			fremovexattr(fd, name);
	}
	json_decref(now);
}

static int set_xattrs(int fd, const json_t *wanted, struct err *err)
{
	unsigned char *bytes = malloc(VALUE_MAX);
	const char *name;
	json_t *value;
	int r = bytes ? 0 : -1;

	drop_others(fd, wanted);
	json_object_foreach ((json_t *)wanted, name, value) {
		size_t n = r < 0 ? 0 : bytes_of(json_string_value(value), bytes, VALUE_MAX);

		if (r == 0 && fsetxattr(fd, name, bytes, n, 0) < 0)
			r = err_sys(err, "cannot set %s", name);
	}
	free(bytes);
	return r;
}

/* Owner first: changing it clears setuid bits; the ACL after the mode, which it contains. */
int meta_apply(int fd, const json_t *meta, struct err *err)
{
	json_int_t uid, gid, mode, mtime;
	json_t *xattrs;

	if (json_unpack((json_t *)meta, "{s:I, s:I, s:I, s:I, s:o}", "uid", &uid, "gid", &gid,
			"mode", &mode, "mtime", &mtime, "xattrs", &xattrs) < 0)
		return err_set(err, "the record of owner and mode is damaged");
	if (fchown(fd, uid, gid) < 0 || fchmod(fd, mode) < 0)
		return err_sys(err, "cannot set owner and mode");
	if (set_xattrs(fd, xattrs, err) < 0)
		return -1;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
				    {.tv_sec = mtime / 1000000000, .tv_nsec = mtime % 1000000000}};

	return futimens(fd, times) < 0 ? err_sys(err, "cannot set the time") : 0;
}

int meta_open_dir(const char *path, const char **name, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int root, fd;

	if (*path != '/' ||
	    snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path) >= PATH_MAX)
		return err_set(err, "%s: not an absolute path", path);
	*name = slash + 1;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = fsx_open_beneath(root, dir[0] && dir[1] ? dir + 1 : ".", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		err_sys(err, "%s: its directory cannot be opened without following links", path);
	close(root);
	return fd;
}

int meta_open(const char *path, struct err *err)
{
	const char *name;
	int dir = meta_open_dir(path, &name, err), fd;

	if (dir < 0)
		return -1;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		err_sys(err, "%s", path);
	close(dir);
	return fd;
}

int meta_replace(const char *path, const char *bytes, size_t n, const json_t *meta, struct err *err)
{
	char beside[64];
	const char *name;
	uint64_t random;
	int dir = meta_open_dir(path, &name, err), fd, r = -1;

	if (dir < 0)
		return -1;
	fsx_random(&random, sizeof(random));
	snprintf(beside, sizeof(beside), ".webdefender-%016llx.new", (unsigned long long)random);
	fd = openat(dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_sys(err, "cannot write beside %s", path);
	} else if (fsx_write_all(fd, bytes, n) < 0) {
		err_sys(err, "cannot write %s", path);
	} else if (meta_apply(fd, meta, err) == 0) {
		r = fsync(fd) < 0 || renameat(dir, beside, dir, name) < 0 || fsync(dir) < 0
			    ? err_sys(err, "cannot replace %s", path)
			    : 0;
	}
	if (fd >= 0) {
		if (r < 0)
			unlinkat(dir, beside, 0);
		close(fd);
	}
	close(dir);
	return r;
}
