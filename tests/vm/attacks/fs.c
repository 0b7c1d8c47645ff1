// SPDX-License-Identifier: Apache-2.0
/* fs.c - what only one file system knows */
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attack.h"

#define I "@/index.html"
#define B "@/big.bin"

static int kept = -1;

static int open_old(void)
{
	return kept = try(open(at(B), O_RDWR)), 0;
}

/* ---- ext4 ---- */

#define EXT4_IOC_SWAP_BOOT _IO('f', 17)
#define EXT4_IOC_MIGRATE _IO('f', 9)
#define FS_IOC_GOINGDOWN _IOR('X', 125, uint32_t)

/* Exchanges the content with that of the boot loader's inode. */
static int swap_boot(void)
{
	return try(ioctl(kept, EXT4_IOC_SWAP_BOOT)), 0;
}

static int swap_boot_now(void)
{
	int fd = try(open(at(B), O_RDWR));

	return try(ioctl(fd, EXT4_IOC_SWAP_BOOT)), 0;
}

/* By a directory outside the tree: the whole file system answers with errors. */
static int going_down(void)
{
	uint32_t flags = 1;
	int fd = try(open(at("^"), O_RDONLY));

	try(ioctl(fd, FS_IOC_GOINGDOWN, &flags));
	drop_caches();
	return 0;
}

/* A file of one's own; the one open since before gives its blocks for it. */
static int move_before(void)
{
	if (shell("head -c 65536 /dev/zero >%s && sync", at("^/own.bin")))
		return -EIO;
	return open_old();
}

static int move_extents(void)
{
	struct {
		uint32_t reserved, donor;
		uint64_t orig_start, donor_start, len, moved;
	} ext = {.donor = kept, .len = 16};
	int own = try(open(at("^/own.bin"), O_RDWR));

	try(ioctl(own, _IOWR('f', 15, ext), &ext));
	return drop_caches();
}

/* ---- of several ---- */

/* A boot finds the file system by it. */
static int label_now(void)
{
	char label[FSLABEL_MAX] = "defaced";
	int fd = try(open(at("^"), O_RDONLY));

	return try(ioctl(fd, FS_IOC_SETFSLABEL, label)), 0;
}

static void label_back(void)
{
	char label[FSLABEL_MAX] = "";
	int fd = open("/srv", O_RDONLY);

	if (fd < 0 || ioctl(fd, FS_IOC_SETFSLABEL, label))
		perror("attack: label");
	close(fd);
}

/* ---- btrfs ---- */

static int subvolume(const char *dir, unsigned long cmd)
{
	struct btrfs_ioctl_vol_args args = {.name = "new"};
	int fd = try(open(at(dir), O_RDONLY));

	return try(ioctl(fd, cmd, &args)), 0;
}

static int subvolume_new(void)
{
	return subvolume("@", BTRFS_IOC_SUBVOL_CREATE);
}

static int subvolume_before(void)
{
	return subvolume("@", BTRFS_IOC_SUBVOL_CREATE);
}

static int subvolume_gone(void)
{
	return subvolume("@", BTRFS_IOC_SNAP_DESTROY);
}

static int snapshot_in(void)
{
	struct btrfs_ioctl_vol_args args = {.name = "new"};
	int dir = try(open(at("@"), O_RDONLY));

	args.fd = try(open("/srv", O_RDONLY));
	return try(ioctl(dir, BTRFS_IOC_SNAP_CREATE, &args)), 0;
}

/* The directory above is a subvolume of its own, which is deleted with all that is in it. */
static int above_is_subvolume(void)
{
	return shell("cd %s && mv site was && btrfs -q subvolume create site && "
		     "cp -a was/. site/ && rm -rf was", BASE);
}

static int above_destroyed(void)
{
	struct btrfs_ioctl_vol_args args = {.name = "site"};
	int fd = try(open(BASE, O_RDONLY));

	return try(ioctl(fd, BTRFS_IOC_SNAP_DESTROY, &args)), 0;
}

static int above_destroyed_by_id(void)
{
	return shell("btrfs subvolume delete --subvolid "
		     "$(btrfs inspect-internal rootid %s/site) /srv", BASE);
}

static int uncompressed(void)
{
	int flags = 0, fd = try(open(at(B), O_RDONLY));

	try(ioctl(fd, FS_IOC_GETFLAGS, &flags));
	flags |= FS_NOCOMP_FL;
	return try(ioctl(fd, FS_IOC_SETFLAGS, &flags)), 0;
}

static int property(void)
{
	return shell("btrfs property set %s compression zstd", at(B));
}

/* ---- xfs ---- */

static int xfs_attr(void)
{
	return shell("xfs_io -r -c 'chattr +d' %s", at(I));
}

static int xfs_extsize(void)
{
	return shell("xfs_io -r -c 'extsize 65536' %s", at("@/empty"));
}

static int xfs_unresvsp(void)
{
	return shell("xfs_io -c 'unresvsp 0 4096' %s", at(B));
}

/* As long as what it is exchanged with, and not the same. */
static int xfs_donor(void)
{
	return shell("tr j k <%s >%s && sync", at("@/app.js"), at("^/donor"));
}

static int xfs_swap(void)
{
	return shell("xfs_io -c 'swapext %s' %s", at("^/donor"), at("@/app.js"));
}

static void xfs_donor_gone(void)
{
	unlink(at("^/donor"));
}

const struct vector fs_vectors[] = {
	{"ext4-swap-boot", "EXT4_IOC_SWAP_BOOT", "open", B, .run = swap_boot_now, .only = F_EXT4},
	{"ext4-swap-boot-old", "the same, old descriptor", "ioctl", B, .before = open_old,
	 .run = swap_boot, .only = F_EXT4},
	{"ext4-shutdown", "EXT4_IOC_SHUTDOWN from beside the tree", "ioctl", NULL,
	 .run = going_down, .only = F_EXT4, .flags = SCRATCH_FS | NO_PATH},
	{"ext4-move-extents", "EXT4_IOC_MOVE_EXT, the donor open since before", "ioctl", NULL,
	 .before = move_before, .run = move_extents, .only = F_EXT4, .flags = NO_PATH},
	{"label", "the label, by a directory beside the tree", "ioctl", NULL, .run = label_now,
	 .undo = label_back, .only = F_EXT4 | F_XFS | F_BTRFS, .flags = NO_PATH},
	{"btrfs-subvolume", "a subvolume in the tree", "ioctl", "@", .run = subvolume_new,
	 .only = F_BTRFS},
	{"btrfs-snapshot", "a snapshot in the tree", "ioctl", "@", .run = snapshot_in,
	 .only = F_BTRFS},
	{"btrfs-destroy", "a subvolume of the tree deleted", "ioctl", "@*",
	 .before = subvolume_before, .run = subvolume_gone, .only = F_BTRFS},
	{"btrfs-destroy-above", "the subvolume above deleted", "ioctl|rmdir", NULL,
	 .before = above_is_subvolume, .run = above_destroyed, .only = F_BTRFS, .flags = NO_PATH},
	{"btrfs-destroy-by-id", "the same by its number", "ioctl|rmdir", NULL,
	 .before = above_is_subvolume, .run = above_destroyed_by_id, .only = F_BTRFS,
	 .flags = NO_PATH | OTHER_ACTOR},
	{"btrfs-flags", "no compression", "ioctl", B, .run = uncompressed, .only = F_BTRFS},
	{"btrfs-property", "compression by property", "open|setxattr", B, .run = property,
	 .only = F_BTRFS, .flags = OTHER_ACTOR},
	{"xfs-nodump", "xfs_io chattr", "ioctl", I, .run = xfs_attr, .only = F_XFS,
	 .flags = OTHER_ACTOR},
	{"xfs-extsize", "an extent size hint", "ioctl", "@/empty", .run = xfs_extsize,
	 .only = F_XFS, .flags = OTHER_ACTOR},
	{"xfs-unresvsp", "XFS_IOC_UNRESVSP", "open", B, .run = xfs_unresvsp, .only = F_XFS,
	 .flags = OTHER_ACTOR},
	{"xfs-swapext", "XFS_IOC_SWAPEXT", "open", "@/app.js", .before = xfs_donor,
	 .run = xfs_swap, .undo = xfs_donor_gone, .only = F_XFS, .flags = OTHER_ACTOR},
	{NULL},
};
