// SPDX-License-Identifier: Apache-2.0
/* mounts.c - what hides the tree, or moves it away, by mounting */
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/* sys/mount.h and linux/mount.h do not agree in glibc 2.36. */
extern int mount(const char *, const char *, const char *, unsigned long, const void *);
extern int umount2(const char *, int);
#define MNT_DETACH 2

#define CALL(name, call)                                                                           \
	static int name(void)                                                                      \
	{                                                                                          \
		return try(call), 0;                                                               \
	}

static int tmpfs_on(const char *path)
{
	return try(mount("none", at(path), "tmpfs", 0, NULL)), 0;
}

static int over_root(void)
{
	return tmpfs_on("@");
}

static int over_inside(void)
{
	return tmpfs_on("@/sub");
}

static int over_above(void)
{
	return tmpfs_on("%/site");
}

static int over_two_above(void)
{
	return tmpfs_on("%");
}

static int over_mount_point(void)
{
	return tmpfs_on("/srv");
}

CALL(bind_over, mount(at("^/dir"), at("@/sub"), NULL, MS_BIND, NULL))
CALL(bind_over_root, mount(at("^/dir"), at("@"), NULL, MS_BIND | MS_REC, NULL))
CALL(bind_over_file, mount(at("^/evil.html"), at("@/index.html"), NULL, MS_BIND, NULL))
CALL(bind_over_link, mount(at("^/evil.html"), at("@/link"), NULL, MS_BIND, NULL))
CALL(bind_over_shared, mount(at("^/dir"), at("@/sub"), NULL, MS_BIND | MS_SHARED, NULL))
CALL(bind_dev_null, mount("/dev/null", at("@/index.html"), NULL, MS_BIND, NULL))
CALL(proc_over, mount("proc", at("@/empty"), "proc", 0, NULL))
CALL(move_srv, mount("/srv", "/mnt", NULL, MS_MOVE, NULL))
CALL(detach_srv, umount2("/srv", MNT_DETACH))

static int overlay_over(void)
{
	return shell("modprobe -q overlay; mount -t overlay -o lowerdir=%s:%s none %s", at("^/dir"),
		     at("@"), at("@"));
}

/* A peer of the mount namespace mounts over the same directory: it spreads. */
static int share_all(void)
{
	try(mount("none", "/", NULL, MS_REC | MS_SHARED, NULL));
	return 0;
}

static void unshare_all(void)
{
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int over_from_peer(void)
{
	try(unshare(CLONE_NEWNS));
	return over_inside();
}

static int detach_from_peer(void)
{
	try(unshare(CLONE_NEWNS));
	return detach_srv();
}

static void peers_back(void)
{
	unshare_all();
	if (shell("mountpoint -q /srv || mount -t %s /dev/vdb /srv", world_fs))
		fprintf(stderr, "attack: /srv does not come back\n");
}

static void srv_back(void)
{
	if (shell("mountpoint -q /mnt && mount --move /mnt /srv; "
		  "mountpoint -q /srv || mount -t %s /dev/vdb /srv", world_fs))
		fprintf(stderr, "attack: /srv does not come back\n");
}

static int peer_alias(void)
{
	int err = share_all();

	if (err)
		return err;
	return try(mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL)), 0;
}

static int detach_alias(void)
{
	return try(umount2("/mnt/srv", MNT_DETACH)), 0;
}

static int over_alias(void)
{
	char path[4200];

	snprintf(path, sizeof(path), "/mnt%s", at("@/sub"));
	return try(mount("none", path, "tmpfs", 0, NULL)), 0;
}

static void alias_back(void)
{
	unshare_all();
	while (!umount2("/mnt/srv", MNT_DETACH))
		;
	umount2("/mnt", MNT_DETACH);
	peers_back();
}

/* ---- the new calls ---- */

static int new_tmpfs(void)
{
	int fs = try(syscall(SYS_fsopen, "tmpfs", 0));

	try(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	return try(syscall(SYS_fsmount, fs, 0, 0));
}

static int move_onto(int mnt, const char *path, unsigned int flags)
{
	if (mnt < 0)
		return mnt;
	return try(syscall(SYS_move_mount, mnt, "", AT_FDCWD, at(path),
			   MOVE_MOUNT_F_EMPTY_PATH | flags)),
	       0;
}

static int fsmount_over(void)
{
	return move_onto(new_tmpfs(), "@/sub", 0);
}

static int fsmount_over_root(void)
{
	return move_onto(new_tmpfs(), "@", 0);
}

static int fsmount_over_above(void)
{
	return move_onto(new_tmpfs(), "%/site", 0);
}

static int tree_over(void)
{
	int tree = try(syscall(SYS_open_tree, AT_FDCWD, at("^/dir"), OPEN_TREE_CLONE));

	return move_onto(tree, "@/sub", 0);
}

static int tree_over_file(void)
{
	int tree = try(syscall(SYS_open_tree, AT_FDCWD, at("^/evil.html"), OPEN_TREE_CLONE));

	return move_onto(tree, "@/index.html", 0);
}

static int move_over_dirfd(void)
{
	int mnt = new_tmpfs(), dir = try(open(at("@/sub"), O_PATH));

	if (mnt < 0)
		return mnt;
	return try(syscall(SYS_move_mount, mnt, "", dir, "", 0x44)), 0; /* both by descriptor */
}

static int move_mount_away(void)
{
	return try(syscall(SYS_move_mount, AT_FDCWD, "/srv", AT_FDCWD, "/mnt", 0)), 0;
}

/* Slipped beneath (6.5): the top one need only be taken away. */
static int beneath(void)
{
	int err = move_onto(new_tmpfs(), "/srv", 0x200);

	if (err)
		return err == -EINVAL ? -EOPNOTSUPP : err;
	return detach_srv();
}

static void beneath_back(void)
{
	while (!umount2("/srv", MNT_DETACH))
		;
	peers_back();
}

/* ---- names of mount points, from a namespace where nothing is mounted there ---- */

static int uncover_mount_point(void)
{
	int err = enter_mountns();

	while (!err && !umount2("/srv", MNT_DETACH))
		;
	return err;
}

static int rename_mount_point(void)
{
	int err = uncover_mount_point();

	if (err)
		return err;
	return try(rename("/srv", "/srv.gone")), 0;
}

static int remove_mount_point(void)
{
	int err = uncover_mount_point();

	if (err)
		return err;
	return try(rmdir("/srv")), 0;
}

static int chmod_mount_point(void)
{
	return try(chmod("/srv", 0)), 0;
}

static void point_back(void)
{
	/* The mount went along with the name. */
	while (!umount2("/srv.gone", MNT_DETACH))
		;
	rename("/srv.gone", "/srv");
	mkdir("/srv", 0755);
	chmod("/srv", 0755);
	peers_back();
}

static int rename_above_elsewhere(void)
{
	int err = enter_mountns();

	return err ?: (try(rename(at("%/site"), at("%/gone"))), 0);
}

#define DISK (F_EXT4 | F_XFS | F_BTRFS)

const struct vector mount_vectors[] = {
	{"mount-over-root", "a file system over the root", "mount", "@", .run = over_root},
	{"mount-over-inside", "over a directory of the tree", "mount", "@/sub", .run = over_inside},
	{"mount-over-above", "over the directory above", "mount", "%/site", .run = over_above},
	{"mount-over-two-above", "over one further up", "mount", "%", .run = over_two_above},
	{"mount-over-mount-point", "over the mount point", "mount", "/srv",
	 .run = over_mount_point},
	{"mount-proc", "proc over a directory", "mount", "@/empty", .run = proc_over},
	{"mount-overlay", "an overlay over the root, of the root", "mount", "@",
	 .run = overlay_over, .flags = OTHER_ACTOR},
	{"bind-over", "a directory bound over one", "mount", "@/sub", .run = bind_over},
	{"bind-over-root", "bound over the root, recursively", "mount", "@", .run = bind_over_root},
	{"bind-over-file", "a file bound over one", "mount", "@/index.html", .run = bind_over_file},
	{"bind-over-link", "through a symbolic link", "mount", "@/index.html",
	 .run = bind_over_link},
	{"bind-over-shared", "MS_BIND beside MS_SHARED", "mount", "@/sub",
	 .run = bind_over_shared},
	{"bind-over-null", "/dev/null over a file", "mount", "@/index.html", .run = bind_dev_null},
	{"fsmount-over", "fsopen, fsmount, move_mount", "mount", "@/sub", .run = fsmount_over},
	{"fsmount-over-root", "over the root", "mount", "@", .run = fsmount_over_root},
	{"fsmount-over-above", "over the directory above", "mount", "%/site",
	 .run = fsmount_over_above},
	{"fsmount-by-dirfd", "onto a descriptor", "mount", "@/sub", .run = move_over_dirfd},
	{"open-tree-over", "open_tree, move_mount", "mount", "@/sub", .run = tree_over},
	{"open-tree-over-file", "over a file", "mount", "@/index.html", .run = tree_over_file},
	{"mount-beneath", "move_mount beneath, then unmount", "mount|umount", "@",
	 .run = beneath, .undo = beneath_back, .only = DISK, .flags = NO_PATH},
	{"mount-over-from-peer", "from a peer mount namespace", "mount", "@/sub",
	 .before = share_all, .run = over_from_peer, .undo = unshare_all, .only = DISK},
	{"mount-over-peer-alias", "over a shared alias of the directory", "mount", "@/sub",
	 .before = peer_alias, .run = over_alias, .undo = alias_back, .only = DISK},
	{"mount-move", "mount --move of the file system", "mount", "@", .run = move_srv,
	 .undo = srv_back, .only = DISK, .flags = NO_PATH},
	{"move-mount", "move_mount of the file system", "mount", "@", .run = move_mount_away,
	 .undo = srv_back, .only = DISK, .flags = NO_PATH},
	{"umount-lazy", "lazy unmount", "umount", "@", .run = detach_srv, .undo = srv_back,
	 .only = DISK, .flags = NO_PATH},
	{"umount-from-peer", "lazy unmount in a peer mount namespace", "umount", "@",
	 .before = share_all, .run = detach_from_peer, .undo = peers_back, .only = DISK,
	 .flags = NO_PATH},
	{"umount-alias", "lazy unmount of a shared alias", "umount", "@", .before = peer_alias,
	 .run = detach_alias, .undo = alias_back, .only = DISK, .flags = NO_PATH},
	{"rename-mount-point", "the mount point renamed in another namespace", "rename", "/srv",
	 .run = rename_mount_point, .undo = point_back, .only = DISK},
	{"rmdir-mount-point", "the mount point removed in another namespace", "rmdir|umount", NULL,
	 .run = remove_mount_point, .undo = point_back, .only = DISK, .flags = NO_PATH,
	 .error = EBUSY},
	{"chmod-mount-point", "chmod 0 of the directory mounted", "chmod", "/srv",
	 .run = chmod_mount_point, .undo = point_back},
	{"rename-above-elsewhere", "the directory above, from another namespace", "rename",
	 "%/site", "%/gone", .run = rename_above_elsewhere},
	{NULL},
};
