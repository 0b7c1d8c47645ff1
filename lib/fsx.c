// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "fsx.h"

int fsx_write_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		at += done;
		n -= done;
	}
	return 0;
}

ssize_t fsx_read_full(int fd, void *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t done = read(fd, (char *)p + got, n - got);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		if (done == 0)
			break;
		got += done;
	}
	return got;
}

char *fsx_slurp(const char *path, size_t max, size_t *n, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	struct stat st;
	ssize_t got;

	if (fd < 0) {
		err_sys(err, "%s", path);
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		err_set(err, "%s: not a regular file", path);
		goto out;
	}
	if ((uint64_t)st.st_size > max) {
		err_set(err, "%s: %lld bytes, more than the %zu that can be right", path,
			(long long)st.st_size, max);
		goto out;
	}
	text = malloc(st.st_size + 1);
	got = text ? fsx_read_full(fd, text, st.st_size) : -1;
	if (got < 0) {
		err_sys(err, "%s", path);
		free(text);
		text = NULL;
		goto out;
	}
	text[got] = 0;
	if (n)
		*n = got;
out:
	close(fd);
	return text;
}

static int sync_parent(const char *path)
{
	char dir[PATH_MAX];
	char *slash;
	int fd, r;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return -1;
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	r = fsync(fd);
	close(fd);
	return r;
}

int fsx_replace(const char *path, const void *p, size_t n, mode_t mode, struct err *err)
{
	char beside[PATH_MAX];
	int fd, r = -1;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return err_set(err, "%s: name too long", path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys(err, "cannot write %s", beside);
	if (fchmod(fd, mode) < 0 || fsx_write_all(fd, p, n) < 0 || fsync(fd) < 0)
		err_sys(err, "cannot write %s", beside);
	else if (rename(beside, path) < 0 || sync_parent(path) < 0)
		err_sys(err, "cannot replace %s", path);
	else
		r = 0;
	close(fd);
	if (r < 0)
		unlink(beside);
	return r;
}

int fsx_mkdirs(const char *path, mode_t mode, struct err *err)
{
	char part[PATH_MAX];
	struct stat st;

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return err_set(err, "%s: name too long", path);
	for (char *at = part + 1; *part; at++) {
		bool last = *at == 0;

		if (*at != '/' && !last)
			continue;
		*at = 0;
		if (mkdir(part, last ? mode : 0755) < 0 && errno != EEXIST)
			return err_sys(err, "cannot make directory %s", part);
		if (last)
			break;
		*at = '/';
	}
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(err, "%s: not a directory", path);
	return 0;
}

int fsx_open_beneath(int dirfd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return syscall(SYS_openat2, dirfd, *path ? path : ".", &how, sizeof(how));
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t fsx_now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t fsx_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int fsx_random(void *p, size_t n)
{
	return getrandom(p, n, 0) == (ssize_t)n ? 0 : -1;
}

int fsx_join(char *to, size_t cap, const char *dir, const char *name)
{
	return snprintf(to, cap, "%s%s%s", dir, *dir ? "/" : "", name) < (int)cap ? 0 : -1;
}

int fsx_lock(int fd, int wait_ms)
{
	for (;; wait_ms -= 5) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK || wait_ms <= 0)
			return -1;
		usleep(5 * 1000);
	}
}
