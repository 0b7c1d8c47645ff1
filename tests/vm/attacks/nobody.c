// SPDX-License-Identifier: Apache-2.0
/* nobody.c - what a user without privilege may do to a careless tree, also as root of his own */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

#define CALL(name, call)                                                                           \
	static int name(void)                                                                      \
	{                                                                                          \
		return try(call), 0;                                                               \
	}

static const struct timespec past[2] = {{1, 2}, {3, 4}};

static int write_open(void)
{
	return put(at("@/open/all.txt"), "defaced\n");
}

CALL(trunc_open, truncate(at("@/open/all.txt"), 0))
CALL(create_open, open(at("@/open/new"), O_WRONLY | O_CREAT, 0644))
CALL(unlink_open, unlink(at("@/open/all.txt")))
CALL(rename_open, rename(at("@/open/all.txt"), at("^/free/gone")))
CALL(rename_into, rename(at("@/open/all.txt"), at("@/open/new")))
CALL(mkdir_open, mkdir(at("@/open/new"), 0755))
CALL(symlink_open, symlink("/etc/passwd", at("@/open/new")))
CALL(link_open, link(at("@/own.txt"), at("@/open/new")))
CALL(link_out, link(at("@/own.txt"), at("^/free/new")))
CALL(fifo_open, mkfifo(at("@/open/new"), 0644))
CALL(chmod_own, chmod(at("@/own.txt"), 0777))
CALL(times_own, utimensat(AT_FDCWD, at("@/own.txt"), past, 0))
CALL(times_open, utimensat(AT_FDCWD, at("@/open/all.txt"), NULL, 0))
CALL(xattr_open, setxattr(at("@/open/all.txt"), "user.x", "1", 1, 0))
CALL(userns_create, open(at("@/open/new"), O_WRONLY | O_CREAT, 0644))
CALL(userns_chmod, chmod(at("@/own.txt"), 04777))

static int mmap_open(void)
{
	int fd = try(open(at("@/open/all.txt"), O_RDWR));
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	p[0] = 'X';
	return 0;
}

static int bind_open(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = try(socket(AF_UNIX, SOCK_STREAM, 0));

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", at("@/open/new"));
	return try(bind(fd, (void *)&addr, sizeof(addr))), 0;
}

static int userns_bind_write(void)
{
	try(mount(at("@/open"), "/mnt", NULL, MS_BIND, NULL));
	return put("/mnt/all.txt", "defaced\n");
}

static int userns_chroot(void)
{
	try(chroot(at("@/open")));
	return try(unlink("/all.txt")), 0;
}

/* An overlay of his own whose upper layer is the directory anybody may write. */
static int userns_overlay(void)
{
	char options[4096];

	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s,userxattr",
		 at("@/sub"), at("@/open"), at("^/free"));
	if (mount("none", "/mnt", "overlay", 0, options))
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	return try(open("/mnt/new", O_WRONLY | O_CREAT, 0644)), 0;
}

static int overlay_loaded(void)
{
	return shell("modprobe -q overlay") ? -ENOSYS : 0;
}

const struct vector nobody_vectors[] = {
	{"nobody-write", "a file anybody may write", "open", "@/open/all.txt", .run = write_open,
	 .flags = AS_NOBODY},
	{"nobody-truncate", "truncate it", "truncate", "@/open/all.txt", .run = trunc_open,
	 .flags = AS_NOBODY},
	{"nobody-mmap", "map it", "open", "@/open/all.txt", .run = mmap_open, .flags = AS_NOBODY},
	{"nobody-create", "create in a directory anybody may write", "create", "@/open/new",
	 .run = create_open, .flags = AS_NOBODY},
	{"nobody-unlink", "unlink there", "unlink", "@/open/all.txt", .run = unlink_open,
	 .flags = AS_NOBODY},
	{"nobody-rename-out", "rename out of there", "rename", "@/open/all.txt", "^/free/gone",
	 .run = rename_open, .flags = AS_NOBODY},
	{"nobody-rename", "rename there", "rename", "@/open/all.txt", "@/open/new",
	 .run = rename_into, .flags = AS_NOBODY},
	{"nobody-mkdir", "mkdir there", "mkdir", "@/open/new", .run = mkdir_open,
	 .flags = AS_NOBODY},
	{"nobody-symlink", "symlink there", "symlink", "@/open/new", .run = symlink_open,
	 .flags = AS_NOBODY},
	{"nobody-link", "link of his own file there", "link", "@/own.txt", "@/open/new",
	 .run = link_open, .flags = AS_NOBODY},
	{"nobody-link-out", "link of his own file out", "link", "@/own.txt", "^/free/new",
	 .run = link_out, .flags = AS_NOBODY},
	{"nobody-mkfifo", "mkfifo there", "mknod", "@/open/new", .run = fifo_open,
	 .flags = AS_NOBODY},
	{"nobody-bind", "bind a socket there", "mknod", "@/open/new", .run = bind_open,
	 .flags = AS_NOBODY},
	{"nobody-chmod-own", "chmod of his own file", "chmod", "@/own.txt", .run = chmod_own,
	 .flags = AS_NOBODY},
	{"nobody-utimes-own", "utimes of his own file", "utimes", "@/own.txt", .run = times_own,
	 .flags = AS_NOBODY},
	{"nobody-utimes-now", "touch of a file anybody may write", "utimes", "@/open/all.txt",
	 .run = times_open, .flags = AS_NOBODY},
	{"nobody-setxattr", "user attribute of it", "setxattr", "@/open/all.txt",
	 .run = xattr_open, .flags = AS_NOBODY},
	{"userns-create", "as root of a user namespace", "create", "@/open/new",
	 .run = userns_create, .flags = IN_USERNS},
	{"userns-chmod-own", "chmod of his own file", "chmod", "@/own.txt", .run = userns_chmod,
	 .flags = IN_USERNS},
	{"userns-bind-mount", "a bind mount of his own", "open", "@/open/all.txt",
	 .run = userns_bind_write, .flags = IN_USERNS},
	{"userns-chroot", "chroot", "unlink", "@/open/all.txt", .run = userns_chroot,
	 .flags = IN_USERNS},
	{"userns-overlay", "an overlay of his own", "create|mkdir|link|mknod|rename|rmdir", "@*",
	 .before = overlay_loaded, .run = userns_overlay, .flags = IN_USERNS | ANY_ERROR,
	 .only = F_EXT4 | F_XFS | F_BTRFS},
	{NULL},
};
