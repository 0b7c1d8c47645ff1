// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "fsx.h"
#include "repair.h"

#define TEMP_PREFIX ".wd-"
#define XATTR_LIST_MAX 65536
#define REMOVE_DEPTH 32 /* deeper ones are brought up first: each level costs a descriptor */

static void temp_name(char to[REPAIR_TEMP])
{
	uint64_t r = 0;

	fsx_random(&r, sizeof(r)); /* a clash is caught by O_EXCL */
	snprintf(to, REPAIR_TEMP, TEMP_PREFIX "%016llx", (unsigned long long)r);
}

/* 0 only if there was such a flag and it is gone: then the caller tries again. */
static int clear_flags(int fd)
{
	int flags;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return -1;
	if (!(flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
		return -1;
	flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* After EPERM: an attacker may have made the directory, or what is in it, immutable. */
static bool unlocked(int dirfd, const char *name)
{
	bool any = !clear_flags(dirfd);
	int fd = openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);

	if (!clear_flags(fd))
		any = true;
	if (fd >= 0)
		close(fd);
	return any;
}

static int strip_xattrs(int fd)
{
	static char list[XATTR_LIST_MAX];
	ssize_t n = flistxattr(fd, list, sizeof(list));
	int rc = 0;

	for (ssize_t i = 0; i < n; i += strlen(list + i) + 1)
		if (inspect_xattr_bad(list + i) && fremovexattr(fd, list + i) && errno != ENODATA)
			rc = -1;
	return rc;
}

static int set_times(int fd, int64_t mtime)
{
	struct timespec t[2] = {{.tv_nsec = UTIME_OMIT},
				{.tv_sec = mtime / 1000000000, .tv_nsec = mtime % 1000000000}};

	if (t[1].tv_nsec < 0) {
		t[1].tv_nsec += 1000000000;
		t[1].tv_sec--;
	}
	return utimensat(fd, "", t, AT_EMPTY_PATH);
}

static int dress(int fd, const struct entry *want, const struct owner *owner)
{
	/* chown takes set-id bits away, so the mode comes after it; a directory may pass on ACLs */
	if (fchown(fd, owner->uid, owner->gid) || strip_xattrs(fd) || fchmod(fd, want->mode))
		return -1;
	return set_times(fd, want->mtime);
}

enum depot_result repair_stage(const struct depot *vault, int dirfd, const struct entry *want,
			       const struct owner *owner, bool sync, char temp[REPAIR_TEMP],
			       struct err *err)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	enum depot_result rc;
	int fd;

	temp_name(temp);
	fd = openat(dirfd, temp, flags, 0600);
	if (fd < 0 && errno == EPERM && !clear_flags(dirfd))
		fd = openat(dirfd, temp, flags, 0600);
	if (fd < 0) {
		err_sys(err, "cannot write beside %.200s", want->name);
		return DEPOT_IO;
	}
	rc = depot_extract(vault, &want->hash, want->size, fd, err);
	if (rc == DEPOT_OK && (dress(fd, want, owner) || (sync && fdatasync(fd)))) {
		err_sys(err, "cannot write %.200s", want->name);
		rc = DEPOT_IO;
	}
	close(fd);
	if (rc != DEPOT_OK)
		unlinkat(dirfd, temp, 0);
	return rc;
}

int repair_switch(int dirfd, const char *temp, const char *name, struct err *err)
{
	int rc = renameat(dirfd, temp, dirfd, name);

	if (rc && errno == EPERM && unlocked(dirfd, name))
		rc = renameat(dirfd, temp, dirfd, name);
	if (!rc)
		return 0;
	err_sys(err, "cannot put %.200s in its place", name);
	unlinkat(dirfd, temp, 0);
	return -1;
}

enum depot_result repair_file(const struct depot *vault, int dirfd, const char *name,
			      const struct entry *want, const struct owner *owner, struct err *err)
{
	char temp[REPAIR_TEMP];
	enum depot_result rc = repair_stage(vault, dirfd, want, owner, true, temp, err);

	if (rc == DEPOT_OK && repair_switch(dirfd, temp, name, err))
		rc = DEPOT_IO;
	return rc;
}

static int dress_link(int dirfd, const char *temp, const struct entry *want,
		      const struct owner *owner)
{
	int fd = openat(dirfd, temp, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fchownat(fd, "", owner->uid, owner->gid, AT_EMPTY_PATH) || set_times(fd, want->mtime)
		     ? -1
		     : 0;
	close(fd);
	return rc;
}

int repair_link(int dirfd, const char *name, const struct entry *want, const struct owner *owner,
		struct err *err)
{
	char temp[REPAIR_TEMP];
	int rc;

	temp_name(temp);
	rc = symlinkat(want->target, dirfd, temp);
	if (rc && errno == EPERM && !clear_flags(dirfd))
		rc = symlinkat(want->target, dirfd, temp);
	if (rc)
		return err_sys(err, "cannot make the link %.200s", name);
	if (dress_link(dirfd, temp, want, owner)) {
		err_sys(err, "cannot set owner and time of the link %.200s", name);
		unlinkat(dirfd, temp, 0);
		return -1;
	}
	return repair_switch(dirfd, temp, name, err);
}

int repair_mkdir(int dirfd, const char *name, const struct entry *want, const struct owner *owner,
		 struct err *err)
{
	int fd, rc = mkdirat(dirfd, name, 0700);

	if (rc && errno == EPERM && !clear_flags(dirfd))
		rc = mkdirat(dirfd, name, 0700);
	if (rc)
		return err_sys(err, "cannot make the directory %.200s", name);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "cannot open the new directory %.200s", name);
	rc = dress(fd, want, owner);
	if (rc)
		err_sys(err, "cannot set owner and mode of %.200s", name);
	close(fd);
	return rc;
}

int repair_meta(int fd, const struct entry *want, const struct owner *owner, unsigned int meta,
		struct err *err)
{
	int rc = 0;

	if ((meta & META_FLAGS) && clear_flags(fd))
		rc = err_sys(err, "cannot clear the immutable flag");
	if ((meta & META_OWNER) && fchownat(fd, "", owner->uid, owner->gid, AT_EMPTY_PATH))
		rc = err_sys(err, "cannot set the owner");
	if ((meta & META_XATTR) && strip_xattrs(fd))
		rc = err_sys(err, "cannot remove extended attributes");
	/* Both of the former may have changed the mode as a side effect. */
	if (want->type != ENTRY_LINK && (meta & (META_MODE | META_OWNER | META_XATTR)) &&
	    fchmod(fd, want->mode))
		rc = err_sys(err, "cannot set the mode");
	if ((meta & META_MTIME) && set_times(fd, want->mtime))
		rc = err_sys(err, "cannot set the modification time");
	return rc;
}

static int remove_name(int dirfd, const char *name, int flag)
{
	int rc = unlinkat(dirfd, name, flag);

	if (rc && errno == EPERM && unlocked(dirfd, name))
		rc = unlinkat(dirfd, name, flag);
	return rc && errno == ENOENT ? 0 : rc;
}

int repair_rmdir(int dirfd, const char *name, struct err *err)
{
	if (!remove_name(dirfd, name, AT_REMOVEDIR))
		return 0;
	return err_sys(err, "cannot remove the directory %.200s", name);
}

static int lift(int dirfd, const char *name, int topfd)
{
	char temp[REPAIR_TEMP];
	int rc;

	temp_name(temp);
	rc = renameat(dirfd, name, topfd, temp);
	if (rc && errno == EPERM && unlocked(dirfd, name))
		rc = renameat(dirfd, name, topfd, temp);
	return rc;
}

static int empty_dir(int dirfd, int topfd, int depth);

static int remove_dir(int dirfd, const char *name, int topfd, int depth)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (empty_dir(fd, topfd >= 0 ? topfd : fd, depth)) {
		close(fd);
		return -1;
	}
	close(fd);
	return remove_name(dirfd, name, AT_REMOVEDIR);
}

static int remove_any(int dirfd, const char *name, int topfd, int depth)
{
	if (!remove_name(dirfd, name, 0))
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (depth >= REMOVE_DEPTH && dirfd != topfd)
		return lift(dirfd, name, topfd);
	return remove_dir(dirfd, name, topfd, depth + 1);
}

/* Names can come while we work, or be lifted to the top: look until there is none. */
static int empty_dir(int dirfd, int topfd, int depth)
{
	int rc = 0, fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool any = true;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (!rc && any) {
		any = false;
		rewinddir(d);
		while (!rc && (e = readdir(d))) {
			if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
				continue;
			any = true;
			rc = remove_any(dirfd, e->d_name, topfd, depth);
		}
	}
	int e1 = errno;

	closedir(d);
	errno = e1;
	return rc;
}

int repair_remove(int dirfd, const char *name, struct err *err)
{
	if (!remove_name(dirfd, name, 0))
		return 0;
	if ((errno == EISDIR || errno == EPERM) && !remove_dir(dirfd, name, -1, 0))
		return 0;
	if (errno == EBUSY)
		return err_set(
			err,
			"cannot remove %.200s: another file system is mounted there (umount it)",
			name);
	return err_sys(err, "cannot remove %.200s", name);
}

static bool temp_shaped(const char *name)
{
	return !strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) &&
	       strlen(name) == REPAIR_TEMP - 1 &&
	       strspn(name + strlen(TEMP_PREFIX), "0123456789abcdef") == 16;
}

bool repair_is_leftover(const struct depot *vault, const char *name, int fd, const struct stat *st)
{
	struct hash h;
	uint64_t size;

	if (!temp_shaped(name) || !S_ISREG(st->st_mode) || st->st_nlink != 1)
		return false;
	/* Nobody but root reads the one; the other holds what the site itself consists of. */
	if ((st->st_mode & 07777) == 0600 && st->st_uid == geteuid())
		return true;
	return !hash_fd(fd, &h, &size) && depot_has(vault, &h);
}
