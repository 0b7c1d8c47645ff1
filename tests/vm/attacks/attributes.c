// SPDX-License-Identifier: Apache-2.0
/* attributes.c - modes, owners, times, extended attributes, ACLs, inode flags */
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "attack.h"

#define I "@/index.html"

#define CALL(name, call)                                                                           \
	static int name(void)                                                                      \
	{                                                                                          \
		return try(call), 0;                                                               \
	}
#define ON_FD(name, path, flags, call)                                                             \
	static int name(void)                                                                      \
	{                                                                                          \
		int fd = try(open(at(path), flags));                                               \
		return try(call), 0;                                                               \
	}

static const struct timespec past[2] = {{1, 2}, {3, 4}};
static const struct timespec only_atime[2] = {{1, 2}, {.tv_nsec = UTIME_OMIT}};
static const struct timespec only_mtime[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};

CALL(mode_file, chmod(at(I), 0666))
CALL(mode_dir, chmod(at("@/sub"), 0))
CALL(mode_root, chmod(at("@"), 0700))
CALL(mode_setuid, chmod(at(I), 06755))
CALL(mode_sticky, chmod(at("@/open"), 01777))
CALL(mode_fifo, chmod(at("@/fifo"), 0600))
CALL(mode_at2, syscall(452, AT_FDCWD, at(I), 0600, 0)) /* fchmodat2, 6.6 */
CALL(mode_above, chmod(at("%/site"), 0))
CALL(owner_above, chown(at("%/site"), 5, 5))
ON_FD(mode_fd, I, O_RDONLY, fchmod(fd, 0600))
CALL(owner_file, chown(at(I), 12, 34))
CALL(owner_group, chown(at(I), -1, 34))
CALL(owner_same, chown(at("@/suid"), 0, 0)) /* drops the set-uid bit */
CALL(owner_link, lchown(at("@/link"), 12, 34))
ON_FD(owner_fd, I, O_RDONLY, fchown(fd, 12, 34))
ON_FD(owner_path_fd, I, O_PATH, fchownat(fd, "", 12, 34, AT_EMPTY_PATH))
ON_FD(owner_link_fd, "@/link", O_PATH | O_NOFOLLOW, fchownat(fd, "", 1, 1, AT_EMPTY_PATH))
CALL(times_file, utimensat(AT_FDCWD, at(I), past, 0))
CALL(times_access, utimensat(AT_FDCWD, at(I), only_atime, 0))
CALL(times_now, utimensat(AT_FDCWD, at("@/sub"), only_mtime, 0))
CALL(times_root, utimensat(AT_FDCWD, WWW, NULL, 0))
CALL(times_null, utimes(at(I), NULL))
CALL(times_link, utimensat(AT_FDCWD, at("@/link"), past, AT_SYMLINK_NOFOLLOW))
ON_FD(times_fd, I, O_RDONLY, futimens(fd, past))
CALL(times_old_call, utime(at(I), &(struct utimbuf){1, 2}))
CALL(xattr_user, setxattr(at(I), "user.x", "1", 1, XATTR_CREATE))
CALL(xattr_replace, setxattr(at("@/attr.txt"), "user.a", "2", 1, XATTR_REPLACE))
CALL(xattr_trusted, setxattr(at(I), "trusted.x", "1", 1, 0))
CALL(xattr_security, setxattr(at(I), "security.x", "1", 1, 0))
CALL(xattr_dir, setxattr(at("@/sub"), "user.x", "1", 1, 0))
CALL(xattr_root, setxattr(at("@"), "user.x", "1", 1, 0))
CALL(xattr_link, lsetxattr(at("@/link"), "trusted.x", "1", 1, 0))
CALL(xattr_remove, removexattr(at("@/attr.txt"), "user.a"))
CALL(acl_remove, removexattr(at("@/attr.txt"), "system.posix_acl_access"))
CALL(xattr_opaque, setxattr(at("@/sub"), "trusted.overlay.opaque", "y", 1, 0))
ON_FD(xattr_fd, I, O_RDONLY, fsetxattr(fd, "user.x", "1", 1, 0))

static int xattr_path_fd(void)
{
	char path[64];
	int fd = try(open(at(I), O_PATH));

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return try(setxattr(path, "user.x", "1", 1, 0)), 0;
}

static int xattr_at(void) /* setxattrat, 6.13 */
{
	struct {
		uint64_t value;
		uint32_t size, flags;
	} args = {(uintptr_t) "1", 1, 0};

	return try(syscall(463, AT_FDCWD, at(I), 0, "user.x", &args, sizeof(args))), 0;
}

static int capability(void)
{
	static const unsigned char caps[20] = {1, 0, 0, 2, 0, 4};

	return try(setxattr(at("@/suid"), "security.capability", caps, sizeof(caps), 0)), 0;
}

static const unsigned char acl[] = {2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 254,
				    255, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 6, 0, 255,
				    255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255};

CALL(acl_set, setxattr(at(I), "system.posix_acl_access", acl, sizeof(acl), 0))
CALL(acl_default, setxattr(at("@/sub"), "system.posix_acl_default", acl, sizeof(acl), 0))
CALL(acl_above, setxattr(at("%/site"), "system.posix_acl_access", acl, sizeof(acl), 0))

/* ---- flags ---- */

static int set_flag(const char *path, int flag)
{
	int fd = try(open(at(path), O_RDONLY)), flags = 0;

	try(ioctl(fd, FS_IOC_GETFLAGS, &flags));
	flags |= flag;
	return try(ioctl(fd, FS_IOC_SETFLAGS, &flags)), 0;
}

static int flag_noatime(void)
{
	return set_flag(I, FS_NOATIME_FL);
}

static int flag_append(void)
{
	return set_flag(I, FS_APPEND_FL);
}

static int flag_immutable(void)
{
	return set_flag("@/sub", FS_IMMUTABLE_FL);
}

static int flag_root(void)
{
	return set_flag("@", FS_NODUMP_FL);
}

static int fsx(const char *path, unsigned int xflags, unsigned int project)
{
	int fd = try(open(at(path), O_RDONLY));
	struct fsxattr x;

	try(ioctl(fd, FS_IOC_FSGETXATTR, &x));
	x.fsx_xflags |= xflags;
	x.fsx_projid = project;
	return try(ioctl(fd, FS_IOC_FSSETXATTR, &x)), 0;
}

static int fsx_flags(void)
{
	return fsx(I, FS_XFLAG_NOATIME, 0);
}

static int fsx_project(void)
{
	return fsx(I, 0, 77);
}

static int generation(void)
{
	int fd = try(open(at(I), O_RDONLY));
	long value = 4711;

	return try(ioctl(fd, FS_IOC_SETVERSION, &value)), 0;
}

static int verity(void)
{
	struct fsverity_enable_arg arg = {.version = 1, .hash_algorithm = 1, .block_size = 4096};
	int fd = try(open(at("@/big.bin"), O_RDONLY));

	return try(ioctl(fd, FS_IOC_ENABLE_VERITY, &arg)), 0;
}

static int encryption(void)
{
	struct fscrypt_policy_v1 policy = {.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS,
					   .filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS};
	int fd = try(open(at("@/empty"), O_RDONLY));

	return try(ioctl(fd, FS_IOC_SET_ENCRYPTION_POLICY, &policy)), 0;
}

static int casefold(void)
{
	return set_flag("@/empty", FS_CASEFOLD_FL);
}

#define ALL_FLAGS (F_EXT4 | F_XFS | F_BTRFS)

const struct vector attribute_vectors[] = {
	{"chmod", "chmod of a file", "chmod", I, .run = mode_file},
	{"chmod-dir", "chmod 0 of a directory", "chmod", "@/sub", .run = mode_dir},
	{"chmod-root", "chmod of the root", "chmod", "@", .run = mode_root},
	{"chmod-setuid", "set-uid and set-gid", "chmod", I, .run = mode_setuid},
	{"chmod-sticky", "the sticky bit", "chmod", "@/open", .run = mode_sticky},
	{"chmod-fifo", "chmod of a fifo", "chmod", "@/fifo", .run = mode_fifo},
	{"fchmod", "fchmod of a descriptor for reading", "chmod", I, .run = mode_fd},
	{"fchmodat2", "fchmodat2", "chmod", I, .run = mode_at2},
	{"chmod-above", "chmod 0 of the directory above", "chmod", "%/site", .run = mode_above},
	{"chown-above", "chown of the directory above", "chown", "%/site", .run = owner_above},
	{"acl-above", "an ACL on the directory above", "acl", "%/site", .run = acl_above},
	{"chown", "chown", "chown", I, .run = owner_file},
	{"chgrp", "chown of the group alone", "chown", I, .run = owner_group},
	{"chown-same", "chown to the same owner, which drops set-uid", "chown", "@/suid",
	 .run = owner_same},
	{"lchown", "lchown of a symbolic link", "chown", "@/link", .run = owner_link},
	{"fchown", "fchown of a descriptor for reading", "chown", I, .run = owner_fd},
	{"fchownat-path", "fchownat AT_EMPTY_PATH of an O_PATH", "chown", I, .run = owner_path_fd},
	{"fchownat-link", "the same of a symbolic link", "chown", "@/link", .run = owner_link_fd},
	{"utimes", "utimensat", "utimes", I, .run = times_file},
	{"utimes-atime", "the access time alone", "utimes", I, .run = times_access},
	{"utimes-now", "the modification time of a directory, now", "utimes", "@/sub",
	 .run = times_now},
	{"utimes-root", "of the root", "utimes", "@", .run = times_root},
	{"utimes-null", "utimes NULL", "utimes", I, .run = times_null},
	{"utimes-link", "of a symbolic link", "utimes", "@/link", .run = times_link},
	{"futimens", "futimens of a descriptor for reading", "utimes", I, .run = times_fd},
	{"utime", "utime", "utimes", I, .run = times_old_call},
	{"setxattr-user", "user attribute", "setxattr", I, .run = xattr_user},
	{"setxattr-replace", "another value", "setxattr", "@/attr.txt", .run = xattr_replace},
	{"setxattr-trusted", "trusted attribute", "setxattr", I, .run = xattr_trusted},
	{"setxattr-security", "security attribute", "setxattr", I, .run = xattr_security},
	{"setxattr-dir", "on a directory", "setxattr", "@/sub", .run = xattr_dir},
	{"setxattr-root", "on the root", "setxattr", "@", .run = xattr_root},
	{"setxattr-link", "on a symbolic link", "setxattr", "@/link", .run = xattr_link},
	{"setxattr-opaque", "overlay's opaque mark", "setxattr", "@/sub", .run = xattr_opaque,
	 .only = F_EXT4 | F_XFS | F_BTRFS | F_TMPFS},
	{"fsetxattr", "by a descriptor for reading", "setxattr", I, .run = xattr_fd},
	{"setxattr-path", "by /proc/self/fd of an O_PATH", "setxattr", I, .run = xattr_path_fd},
	{"setxattrat", "setxattrat", "setxattr", I, .run = xattr_at},
	{"setcap", "file capabilities", "setxattr", "@/suid", .run = capability},
	{"removexattr", "remove an attribute", "removexattr", "@/attr.txt", .run = xattr_remove},
	{"acl", "an access ACL", "acl", I, .run = acl_set},
	{"acl-default", "a default ACL", "acl", "@/sub", .run = acl_default},
	{"acl-remove", "remove an ACL", "acl", "@/attr.txt", .run = acl_remove},
	{"flag-noatime", "FS_IOC_SETFLAGS", "ioctl", I, .run = flag_noatime, .only = ALL_FLAGS},
	{"flag-append", "append only", "ioctl", I, .run = flag_append, .only = ALL_FLAGS},
	{"flag-immutable", "immutable directory", "ioctl", "@/sub", .run = flag_immutable,
	 .only = ALL_FLAGS},
	{"flag-root", "a flag of the root", "ioctl", "@", .run = flag_root, .only = ALL_FLAGS},
	{"fssetxattr", "FS_IOC_FSSETXATTR", "ioctl", I, .run = fsx_flags, .only = ALL_FLAGS},
	{"project", "the project of a file", "ioctl", I, .run = fsx_project,
	 .only = F_EXT4, .flags = SCRATCH_FS},
	{"generation", "FS_IOC_SETVERSION", "ioctl", I, .run = generation, .only = F_EXT4},
	{"verity", "FS_IOC_ENABLE_VERITY", "ioctl", "@/big.bin", .run = verity, .only = F_EXT4,
	 .flags = SCRATCH_FS},
	{"encryption", "an encryption policy", "ioctl", "@/empty", .run = encryption,
	 .only = F_EXT4, .flags = SCRATCH_FS},
	{"casefold", "case folding of a directory", "ioctl", "@/empty", .run = casefold,
	 .only = F_EXT4, .flags = SCRATCH_FS},
	{NULL},
};
