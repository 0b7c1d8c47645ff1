// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "inspect.h"

#define STEP_BYTES (4u << 20) /* about 3 ms out of the page cache */
#define BLOCK_BYTES (256u << 10)
#define XATTR_LIST_MAX 65536 /* the kernel's own bound */

bool inspect_xattr_bad(const char *name)
{
	/* security.selinux, security.ima and trusted.* belong to the system. */
	return !strncmp(name, "user.", 5) || !strcmp(name, "security.capability") ||
	       !strncmp(name, "system.posix_acl_", 17);
}

static bool xattrs_bad(int fd)
{
	static char list[XATTR_LIST_MAX];
	ssize_t n = flistxattr(fd, list, sizeof(list));

	for (ssize_t i = 0; i < n; i += strlen(list + i) + 1)
		if (inspect_xattr_bad(list + i))
			return true;
	return false;
}

static bool mtime_right(const struct stat *st, int64_t want)
{
	int64_t have = st->st_mtim.tv_sec * 1000000000ll + st->st_mtim.tv_nsec;

	/* Some file systems keep whole seconds only (ext3, or ext4 with small inodes). */
	return have == want ||
	       (!st->st_mtim.tv_nsec && want - have > 0 && want - have < 1000000000ll);
}

unsigned int inspect_meta(int fd, const struct stat *st, const struct entry *want,
			  const struct owner *owner)
{
	bool link = want->type == ENTRY_LINK;
	unsigned int meta = 0;
	int flags = 0;

	if (!link && (st->st_mode & 07777) != want->mode)
		meta |= META_MODE;
	if (st->st_uid != owner->uid || st->st_gid != owner->gid)
		meta |= META_OWNER;
	if (!mtime_right(st, want->mtime))
		meta |= META_MTIME;
	if (!link && xattrs_bad(fd))
		meta |= META_XATTR;
	if (!link && !ioctl(fd, FS_IOC_GETFLAGS, &flags) &&
	    (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
		meta |= META_FLAGS;
	return meta;
}

/*
 * Who changes names in a directory holds its lock from before the module is asked until the
 * change is done; reading the directory takes the same lock.
 */
static void await_names(int dirfd)
{
	char some[1024];
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	syscall(SYS_getdents64, fd, some, sizeof(some));
	close(fd);
}

/*
 * Likewise for size and attributes of one inode: removing an attribute takes its lock. This
 * name is never there, so nothing changes and no tampering is undone unseen.
 */
static void await_inode(int fd)
{
	fremovexattr(fd, "user.webdefender-no-such-attribute");
}

static bool mounted_over(int fd)
{
	struct statx sx;

	return !statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_TYPE, &sx) &&
	       (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Through /proc the very inode is opened again; no name is looked up that could have changed. */
static int reopen(int pathfd, int flags)
{
	char proc[64];
	int fd;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", pathfd);
	fd = open(proc, flags | O_NOATIME | O_CLOEXEC);
	if (fd < 0 && errno == EPERM) /* not the owner */
		fd = open(proc, flags | O_CLOEXEC);
	return fd;
}

static enum finding unreadable(struct inspect *i)
{
	i->error = errno;
	return FINDING_UNREADABLE;
}

static bool pin(struct inspect *i)
{
	int fd = openat(i->dirfd, i->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int flags;

	if (fd < 0 && (errno == ENOENT || errno == ENAMETOOLONG)) {
		i->finding = i->want ? FINDING_MISSING : FINDING_RIGHT;
		return false;
	}
	if (fd < 0 || fstat(fd, &i->st)) {
		i->finding = unreadable(i);
		if (fd >= 0)
			close(fd);
		return false;
	}
	i->fd = fd;
	if (mounted_over(fd)) {
		i->finding = FINDING_MOUNT;
		return false;
	}
	if (!S_ISREG(i->st.st_mode) && !S_ISDIR(i->st.st_mode))
		return true;
	flags = S_ISDIR(i->st.st_mode) ? O_RDONLY | O_DIRECTORY : O_RDONLY | O_NONBLOCK;
	i->fd = reopen(fd, flags);
	if (i->fd < 0)
		i->finding = unreadable(i);
	close(fd);
	return i->fd >= 0;
}

static bool type_right(const struct inspect *i)
{
	switch (i->want->type) {
	case ENTRY_FILE:
		return S_ISREG(i->st.st_mode);
	case ENTRY_DIR:
		return S_ISDIR(i->st.st_mode);
	default:
		return S_ISLNK(i->st.st_mode);
	}
}

static bool target_right(const struct inspect *i)
{
	char target[TREE_TARGET_MAX + 1];
	ssize_t n = readlinkat(i->fd, "", target, sizeof(target));

	return n >= 0 && (size_t)n == strlen(i->want->target) &&
	       !memcmp(target, i->want->target, n);
}

static void judge(struct inspect *i)
{
	if (fstat(i->fd, &i->st)) {
		i->finding = unreadable(i);
		return;
	}
	i->meta = inspect_meta(i->fd, &i->st, i->want, &i->owner);
	if (i->want->type == ENTRY_FILE && (uint64_t)i->st.st_size != i->want->size)
		i->finding = FINDING_CONTENT; /* it grew while being read */
	else if (i->want->type == ENTRY_FILE && i->st.st_nlink > 1)
		i->finding = FINDING_LINKED;
	else
		i->finding = i->meta ? FINDING_META : FINDING_RIGHT;
}

static bool must_read(struct inspect *i)
{
	if (i->want->type != ENTRY_FILE || (i->flags & INSPECT_QUICK))
		return false;
	i->hasher = hasher_new();
	if (!i->hasher) {
		errno = ENOMEM;
		i->finding = unreadable(i);
	}
	return true;
}

void inspect_begin(struct inspect *i, int dirfd, const char *name, const struct entry *want,
		   const struct owner *owner, unsigned int flags)
{
	memset(i, 0, sizeof(*i));
	i->want = want;
	i->owner = *owner;
	i->dirfd = dirfd;
	i->name = name;
	i->flags = flags;
	i->fd = -1;
	if (flags & INSPECT_SYNC)
		await_names(dirfd);
	if (!pin(i))
		return;
	if ((flags & INSPECT_SYNC) && (S_ISREG(i->st.st_mode) || S_ISDIR(i->st.st_mode)))
		await_inode(i->fd);
	fstat(i->fd, &i->st);
	if (!want)
		i->finding = FINDING_FOREIGN;
	else if (!type_right(i))
		i->finding = FINDING_TYPE;
	else if (want->type == ENTRY_LINK && !target_right(i))
		i->finding = FINDING_CONTENT;
	else if (want->type == ENTRY_FILE && (uint64_t)i->st.st_size != want->size)
		i->finding = FINDING_CONTENT;
	else if (!must_read(i))
		judge(i);
}

bool inspect_step(struct inspect *i)
{
	static uint8_t block[BLOCK_BYTES];
	uint64_t stop = i->at + STEP_BYTES;
	ssize_t n = 1;

	if (!i->hasher)
		return false;
	/* A byte past the expected end shows at the next fstat: reading never runs on. */
	while (i->at < i->want->size && i->at < stop && n > 0) {
		n = pread(i->fd, block, sizeof(block), i->at);
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		if (n > 0) {
			hasher_add(i->hasher, block, n);
			i->at += n;
		}
	}
	if (n > 0 && i->at < i->want->size)
		return true;
	i->found = hasher_end(i->hasher);
	i->hasher = NULL;
	if (n < 0) {
		i->finding = unreadable(i);
		return false;
	}
	judge(i);
	if (i->finding != FINDING_UNREADABLE && !hash_eq(&i->found, &i->want->hash))
		i->finding = FINDING_CONTENT;
	return false;
}

void inspect_end(struct inspect *i)
{
	hasher_free(i->hasher);
	i->hasher = NULL;
	if (i->fd >= 0)
		close(i->fd);
	i->fd = -1;
}

bool inspect_has_writer(int fd)
{
	/* A read lease is granted only while nobody has the file open for writing. */
	if (fcntl(fd, F_SETLEASE, F_RDLCK))
		return errno == EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

static void add(char *to, size_t cap, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void add(char *to, size_t cap, const char *fmt, ...)
{
	size_t n = strlen(to);
	va_list ap;

	if (n && n + 2 < cap)
		n += snprintf(to + n, cap - n, "; ");
	va_start(ap, fmt);
	vsnprintf(to + n, cap - n, fmt, ap);
	va_end(ap);
}

void inspect_explain(const struct inspect *i, char *to, size_t cap)
{
	to[0] = '\0';
	if (i->meta & META_MODE)
		add(to, cap, "mode %04o, should be %04o", i->st.st_mode & 07777, i->want->mode);
	if (i->meta & META_OWNER)
		add(to, cap, "owner %u:%u, should be %u:%u", i->st.st_uid, i->st.st_gid,
		    i->owner.uid, i->owner.gid);
	if (i->meta & META_MTIME)
		add(to, cap, "modification time differs");
	if (i->meta & META_XATTR)
		add(to, cap, "extended attributes");
	if (i->meta & META_FLAGS)
		add(to, cap, "immutable or append-only");
	if (i->finding == FINDING_LINKED)
		add(to, cap, "%lu names, should have one", (unsigned long)i->st.st_nlink);
}
