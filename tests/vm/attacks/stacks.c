// SPDX-License-Identifier: Apache-2.0
/*
 * stacks.c - block devices that the kernel opens itself, beside or below the one that is guarded
 *
 * No file of the disk is opened for writing: the device mapper, an NVMe target, a file system
 * are told its name.
 */
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "attack.h"

#define LOWER "/dev/loop4"
#define LOWER_FILE "/root/lower"

/* A disk, told to the module as one below; what is written to it is seen in its file. */
static int lower_before(void)
{
	return shell("modprobe -q loop; [ -b " LOWER " ] || mknod " LOWER " b 7 4; "
		     "{ head -c 4096 /dev/zero; yes lower | head -c 4190208; } >" LOWER_FILE " && losetup " LOWER " " LOWER_FILE);
}

static void lower_off(void)
{
	if (shell("losetup -d " LOWER))
		usleep(1000);
	unlink(LOWER_FILE);
}

static int scribble(const char *device)
{
	int fd, n;

	for (n = 0; n < 100 && access(device, F_OK); n++)
		usleep(50000);
	fd = try(open(device, O_WRONLY));
	try(write(fd, "scribbled", 9));
	return try(fsync(fd)), try(close(fd)), 0;
}

/* ---- the device mapper ---- */

/* A volume as that of the tree; the disk below it is then the device mapper's own. */
static int volume_before(void)
{
	return lower_before() ?: shell("modprobe -q dm-mod || exit 127; "
				       "dmsetup create guarded --table '0 2048 linear " LOWER " 0'");
}

static int volume_beside(void)
{
	return shell("dmsetup create beside --table '0 8192 linear " LOWER " 0' && "
		     "dmsetup mknodes beside")
		       ?: scribble("/dev/mapper/beside");
}

/* The volume itself, told to show another part of its own disk. */
#define SHOWN "/root/shown"

static int volume_ready(void)
{
	return volume_before() ?: shell("dmsetup mknodes guarded; echo as it was >" SHOWN);
}

static int volume_reload(void)
{
	return shell("dmsetup reload guarded --table '0 2048 linear " LOWER " 2048' && "
		     "dmsetup resume guarded && "
		     "head -c 4096 /dev/mapper/guarded | tr -d '\\0' | head -n 1 >>" SHOWN);
}

static void volume_off(void)
{
	unlink(SHOWN);
	if (shell("dmsetup remove -f beside; dmsetup remove -f guarded"))
		usleep(1000);
	lower_off();
}

/* ---- an NVMe target ---- */

#define TARGET "/sys/kernel/config/nvmet/"

static int nvme_ready(void)
{
	return lower_before()
		       ?: shell("ip link set lo up; modprobe -q nvmet-tcp && modprobe -q nvme-tcp || exit 127; "
				"mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config; "
				"cd " TARGET " && mkdir -p subsystems/s/namespaces/1 ports/1 && "
				"echo 1 >subsystems/s/attr_allow_any_host && "
				"echo -n " LOWER " >subsystems/s/namespaces/1/device_path && cd ports/1 && "
				"echo tcp >addr_trtype && echo ipv4 >addr_adrfam && "
				"echo 127.0.0.1 >addr_traddr && echo 4420 >addr_trsvcid");
}

static int nvme_write(void)
{
	int err = shell("cd " TARGET " && echo 1 >subsystems/s/namespaces/1/enable && "
			"ln -s " TARGET "subsystems/s ports/1/subsystems/s");

	err = err ?: shell("echo transport=tcp,traddr=127.0.0.1,trsvcid=4420,nqn=s >/dev/nvme-fabrics");
	return err ?: scribble("/dev/nvme0n1");
}

static void nvme_off(void)
{
	if (shell("echo 1 >/sys/class/nvme/nvme0/delete_controller"))
		usleep(1000);
	if (shell("cd " TARGET " && rm -f ports/1/subsystems/s; echo 0 >subsystems/s/namespaces/1/enable; "
		  "rmdir ports/1 subsystems/s/namespaces/1 subsystems/s"))
		usleep(1000);
	lower_off();
}

/* ---- a btrfs that takes a disk ---- */

#define OTHER "/dev/loop5"
#define OTHER_FILE "/root/other"

static int add_disk(const char *dir, const char *device)
{
	struct btrfs_ioctl_vol_args args = {0};
	int fd = try(open(dir, O_RDONLY));

	strcpy(args.name, device);
	return try(ioctl(fd, BTRFS_IOC_ADD_DEV, &args)), 0;
}

static int other_disk(const char *size)
{
	return shell("modprobe -q loop; modprobe -q btrfs; [ -b " OTHER " ] || mknod " OTHER " b 7 5; "
		     "truncate -s %s " OTHER_FILE " && losetup " OTHER " " OTHER_FILE, size);
}

/* Its holder is the type of the file system: a second btrfs may hold it as well. */
static int btrfs_before(void)
{
	return lower_before()
		       ?: other_disk("128M")
		       ?: shell("truncate -s 128M " LOWER_FILE " && losetup -c " LOWER " && "
				"mkfs.btrfs -qfM " LOWER " && mkfs.btrfs -qfM " OTHER " && "
				"mkdir -p /mnt/lower /mnt/other && mount " LOWER " /mnt/lower && "
				"mount " OTHER " /mnt/other && sync");
}

static int btrfs_takes(void)
{
	int err = add_disk("/mnt/other", LOWER);

	sync();
	/* Where the holder is the one file system, the kernel itself knows better. */
	return err == -EBUSY ? -EOPNOTSUPP : err;
}

static void other_off(void)
{
	umount("/mnt/other");
	umount("/mnt/lower");
	if (shell("losetup -d " OTHER))
		usleep(1000);
	unlink(OTHER_FILE);
	lower_off();
}

/* The tree moves to a disk that nobody guards: that file shows it. */
static int btrfs_other_before(void)
{
	return other_disk("512M");
}

static int btrfs_moves(void)
{
	return add_disk(at("^"), OTHER) ?: shell("echo grown >/root/grown");
}

static void btrfs_moved_back(void)
{
	if (shell("btrfs device remove " OTHER " /srv; losetup -d " OTHER))
		usleep(1000);
	unlink(OTHER_FILE);
	unlink("/root/grown");
}

static int btrfs_replaces(void)
{
	struct btrfs_ioctl_dev_replace_args args = {
		.cmd = BTRFS_IOCTL_DEV_REPLACE_CMD_START,
		.start = {.srcdevid = 1, .cont_reading_from_srcdev_mode = 0}};
	int fd = try(open(at("^"), O_RDONLY));

	strcpy((char *)args.start.tgtdev_name, OTHER);
	try(ioctl(fd, BTRFS_IOC_DEV_REPLACE, &args));
	return args.result ? -EIO : shell("echo moved >/root/grown");
}

static int btrfs_big_before(void)
{
	return other_disk("2G");
}

static void btrfs_replaced_back(void)
{
	if (shell("btrfs replace start -fB 1 /dev/vdb /srv; losetup -d " OTHER))
		usleep(1000);
	unlink(OTHER_FILE);
	unlink("/root/grown");
}

/* ---- loop devices told as a disk below: what they show can be changed without writing ---- */

static int loop_shifted(void)
{
	struct loop_info64 info = {.lo_offset = 4096};
	int fd = try(open(LOWER, O_RDONLY));

	try(ioctl(fd, LOOP_SET_STATUS64, &info));
	return shell("head -c 4096 " LOWER " | tr -d '\\0' | head -n 1 >>" LOWER_FILE);
}

static int loop_detached(void)
{
	int fd = try(open(LOWER, O_RDONLY));

	try(ioctl(fd, LOOP_CLR_FD));
	return shell("echo gone >>" LOWER_FILE);
}

#define BLOCK .undo = lower_off, .seen = LOWER_FILE, .device = LOWER

const struct vector stack_vectors[] = {
	{"device-mapper-beside", "a volume over the disk that the tree's volume lies on", "device",
	 NULL, .before = volume_before, .run = volume_beside, .undo = volume_off,
	 .flags = NO_PATH | OTHER_ACTOR, .seen = LOWER_FILE, .device = LOWER},
	{"device-mapper-reload", "the tree's volume told to show other blocks", "device", NULL,
	 .before = volume_ready, .run = volume_reload, .undo = volume_off,
	 .flags = NO_PATH | OTHER_ACTOR, .seen = SHOWN, .device = "/dev/mapper/guarded"},
	{"device-nvme-target", "the disk exported by the kernel's NVMe target, and connected to",
	 "device", NULL, .before = nvme_ready, .run = nvme_write, .undo = nvme_off,
	 .flags = NO_PATH | OTHER_ACTOR, .seen = LOWER_FILE, .device = LOWER},
	{"device-btrfs-takes", "another btrfs told to take the disk", "device", NULL,
	 .before = btrfs_before, .run = btrfs_takes, .undo = other_off, .flags = NO_PATH,
	 .seen = LOWER_FILE, .device = LOWER},
	{"device-loop-offset", "the loop device below told to show other bytes", "ioctl|device",
	 NULL, .before = lower_before, .run = loop_shifted, .flags = NO_PATH, BLOCK},
	{"device-loop-detach", "the loop device below emptied", "ioctl|device", NULL,
	 .before = lower_before, .run = loop_detached, .flags = NO_PATH, BLOCK},
	{"btrfs-add-disk", "one more disk, which nobody guards", "ioctl", NULL,
	 .before = btrfs_other_before, .run = btrfs_moves, .undo = btrfs_moved_back,
	 .flags = NO_PATH, .only = F_BTRFS, .seen = "/root/grown"},
	{"btrfs-replace-disk", "moved to another disk", "ioctl", NULL, .before = btrfs_big_before,
	 .run = btrfs_replaces, .undo = btrfs_replaced_back, .flags = NO_PATH, .only = F_BTRFS,
	 .seen = "/root/grown"},
	{NULL},
};
