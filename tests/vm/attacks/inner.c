// SPDX-License-Identifier: Apache-2.0
/*
 * inner.c - file systems that were mounted inside the tree before it was guarded
 *
 *   www/empty        a tmpfs: inner/old.txt; with another tmpfs on inner/deep
 *   www/sub/deep     out/dir, bound (where a vector wants it)
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

#define INNER "@/empty/inner"
#define OLD INNER "/old.txt"

static int kept = -1;

static int inner_before(void)
{
	int fd;

	try(mount("none", at("@/empty"), "tmpfs", 0, NULL));
	try(mkdir(at(INNER), 0755));
	try(mkdir(at(INNER "/deep"), 0755));
	try(mount("none", at(INNER "/deep"), "tmpfs", 0, NULL));
	fd = try(open(at(OLD), O_RDWR | O_CREAT, 0644));
	try(write(fd, "old\n", 4));
	return close(fd);
}

static int inner_held(void)
{
	int err = inner_before();

	return err ?: (kept = try(open(at(OLD), O_RDWR)), 0);
}

static int inner_shared(void)
{
	try(mount("none", "/", NULL, MS_REC | MS_SHARED, NULL));
	return inner_before();
}

static void unshare_all(void)
{
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int bound_before(void)
{
	return try(mount(at("^/dir"), at("@/sub/deep"), NULL, MS_BIND, NULL)), 0;
}

/* A file, as containers do it. */
static int bound_file(void)
{
	return try(mount(at("^/evil.html"), at("@/app.js"), NULL, MS_BIND, NULL)), 0;
}

#define LOOP "/dev/loop3"
#define IMAGE "/root/inner.img"
#define NOTE "/root/inner" /* the image itself is written by its file system now and then */

static int disk_before(void)
{
	return shell("echo untouched >" NOTE "; modprobe -q loop; [ -b " LOOP " ] || mknod " LOOP " b 7 3; "
		     "truncate -s 16M " IMAGE " && losetup " LOOP " " IMAGE " && mke2fs -qFt ext4 " LOOP
		     " && mount " LOOP " %s && echo x >%s/x && sync", at("@/empty"), at("@/empty"));
}

static void disk_off(void)
{
	umount2(at("@/empty"), MNT_DETACH);
	if (shell("losetup -d " LOOP))
		usleep(1000);
	unlink(IMAGE);
	unlink(NOTE);
}

#define CALL(name, call)                                                                           \
	static int name(void)                                                                      \
	{                                                                                          \
		return try(call), 0;                                                               \
	}

CALL(create, open(at(INNER "/new"), O_WRONLY | O_CREAT, 0644))
CALL(create_deep, open(at(INNER "/deep/new"), O_WRONLY | O_CREAT, 0644))
CALL(append, put(at(OLD), "defaced\n") ? -1 : 0)
CALL(remove_file, unlink(at(OLD)))
CALL(change_mode, chmod(at(OLD), 0600))
CALL(change_top, chmod(at("@/empty"), 0))
CALL(move_within, rename(at(OLD), at("@/empty/gone")))
CALL(old_write, write(kept, "defaced\n", 8))
CALL(unmount, umount2(at("@/empty"), MNT_DETACH))
CALL(unmount_deep, umount2(at(INNER "/deep"), MNT_DETACH))
CALL(move_old, mount(at("@/empty"), "/mnt", NULL, MS_MOVE, NULL))
CALL(move_new, syscall(SYS_move_mount, AT_FDCWD, at("@/empty"), AT_FDCWD, "/mnt", 0))
CALL(cover, mount("none", at("@/empty"), "tmpfs", 0, NULL))
CALL(cover_inside, mount("none", at(INNER), "tmpfs", 0, NULL))
CALL(other_name, put(at("^/dir/in.txt"), "defaced\n") ? -1 : 0)
CALL(other_name_create, open(at("^/dir/new"), O_WRONLY | O_CREAT, 0644))
CALL(unmount_bound, umount2(at("@/sub/deep"), MNT_DETACH))
CALL(other_file, put(at("^/evil.html"), "defaced\n") ? -1 : 0)
CALL(create_disk, open(at("@/empty/new"), O_WRONLY | O_CREAT, 0644))

static int unmount_from_peer(void)
{
	try(unshare(CLONE_NEWNS));
	return unmount();
}

static int write_disk(void)
{
	int fd = try(open(LOOP, O_WRONLY));

	try(pwrite(fd, "scribbled", 9, 0));
	try(fsync(fd));
	return put(NOTE, "scribbled\n");
}

#define IN .before = inner_before
#define TOP "@/empty"

const struct vector inner_vectors[] = {
	{"inner-mount-create", "in a file system mounted in the tree before", "create",
	 INNER "/new", .run = create, IN},
	{"inner-mount-deeper", "in one mounted in that", "create", INNER "/deep/new",
	 .run = create_deep, IN},
	{"inner-mount-write", "a file of it", "open", OLD, .run = append, IN},
	{"inner-mount-unlink", "unlink there", "unlink", OLD, .run = remove_file, IN},
	{"inner-mount-chmod", "chmod there", "chmod", OLD, .run = change_mode, IN},
	{"inner-mount-chmod-top", "chmod 0 of its own top", "chmod", TOP, .run = change_top, IN},
	{"inner-mount-rename", "rename there", "rename", OLD, TOP "/gone", .run = move_within, IN},
	{"inner-mount-old-fd", "a descriptor from before", "write", OLD, .before = inner_held,
	 .run = old_write},
	{"inner-mount-umount", "unmounting it", "umount", TOP, .run = unmount, IN},
	{"inner-mount-umount-deeper", "unmounting the one in it", "umount", INNER "/deep",
	 .run = unmount_deep, IN},
	{"inner-mount-umount-peer", "lazily, in a peer mount namespace", "umount", TOP,
	 .before = inner_shared, .run = unmount_from_peer, .undo = unshare_all},
	{"inner-mount-move", "mount --move of it", "mount", NULL, .run = move_old, IN,
	 .flags = NO_PATH},
	{"inner-mount-move-mount", "move_mount of it", "mount", NULL, .run = move_new, IN,
	 .flags = NO_PATH},
	{"inner-mount-cover", "another one over it", "mount", TOP, .run = cover, IN},
	{"inner-mount-cover-inside", "over a directory in it", "mount", INNER,
	 .run = cover_inside, IN},
	{"inner-bind-write", "a directory bound in: by its other name", "open",
	 "@/sub/deep/in.txt", .before = bound_before, .run = other_name},
	{"inner-bind-create", "a new file there", "create", "@/sub/deep/new",
	 .before = bound_before, .run = other_name_create},
	{"inner-bind-umount", "unmounting it", "umount", "@/sub/deep", .before = bound_before,
	 .run = unmount_bound},
	{"inner-bind-file", "a file bound in: by its other name", "open", "@/app.js",
	 .before = bound_file, .run = other_file},
	{"inner-disk-create", "in an ext4 mounted in the tree", "create", TOP "/new",
	 .before = disk_before, .run = create_disk, .undo = disk_off},
	{"inner-disk-device", "the device below it", "device", NULL, .before = disk_before,
	 .run = write_disk, .undo = disk_off, .flags = NO_PATH, .device = LOOP, .seen = NOTE},
	{NULL},
};
