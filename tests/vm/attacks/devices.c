// SPDX-License-Identifier: Apache-2.0
/* devices.c - the blocks below the file system */
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attack.h"

#define DEVICE "/dev/vdb"
#define B "@/big.bin"

static int kept = -1;
static off_t where; /* of the first block of B on the device */

/* Where the file lies; and whatever is cached must be on the disk. */
static int locate(void)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} f = {.map = {.fm_length = 4096, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = 1}};
	int fd = try(open(at(B), O_RDONLY));

	try(ioctl(fd, FS_IOC_FIEMAP, &f));
	close(fd);
	if (!f.map.fm_mapped_extents)
		return -EIO;
	where = f.extent.fe_physical;
	sync();
	return drop_caches();
}

static int scribble(int fd)
{
	static char block[4096] __attribute__((aligned(4096))) = "scribbled";
	ssize_t n = pwrite(fd, block, sizeof(block), where);
	int err = n < 0 ? -errno : 0;

	if (!err && fsync(fd))
		err = -errno;
	return drop_caches() ?: err;
}

static int device_write(void)
{
	return scribble(try(open(DEVICE, O_WRONLY)));
}

static int device_direct(void)
{
	return scribble(try(open(DEVICE, O_RDWR | O_DIRECT | O_SYNC)));
}

static int device_node(void)
{
	struct stat st;

	try(stat(DEVICE, &st));
	try(mknod("/root/node", S_IFBLK | 0600, st.st_rdev));
	return scribble(try(open("/root/node", O_WRONLY)));
}

static void node_off(void)
{
	unlink("/root/node");
}

static int device_map(void)
{
	int fd = try(open(DEVICE, O_RDWR));
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, where & ~4095L);

	if (p == MAP_FAILED)
		return -errno;
	strcpy(p, "mapped");
	try(msync(p, 4096, MS_SYNC));
	return drop_caches();
}

static int device_discard(void)
{
	uint64_t range[2] = {where & ~4095L, 4096};
	int fd = try(open(DEVICE, O_RDWR));

	try(ioctl(fd, BLKZEROOUT, range));
	return drop_caches();
}

static int device_fallocate(void)
{
	int fd = try(open(DEVICE, O_RDWR));

	try(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, where & ~4095L, 4096));
	return drop_caches();
}

static int device_loop(void)
{
	int err = shell("modprobe -q loop; losetup /dev/loop6 " DEVICE);

	return err ?: scribble(try(open("/dev/loop6", O_WRONLY)));
}

static void loop_off(void)
{
	if (shell("losetup -d /dev/loop6"))
		usleep(1000);
}

static int keep_device(void)
{
	int err = locate();

	if (err)
		return err;
	return kept = try(open(DEVICE, O_RDWR)), 0;
}

static int old_device(void)
{
	return scribble(kept);
}

static int loop_over_device(void)
{
	return locate() ?: shell("modprobe -q loop; losetup /dev/loop6 " DEVICE);
}

static int loop_over_write(void)
{
	return scribble(try(open("/dev/loop6", O_WRONLY)));
}

/* A partition that overlaps the file system: another device number, the same blocks. */
static int partition_before(void)
{
	struct blkpg_partition part = {.pno = 1};
	struct blkpg_ioctl_arg arg = {.op = BLKPG_ADD_PARTITION, .datalen = sizeof(part), .data = &part};
	int err = locate(), fd;

	if (err)
		return err;
	part.start = where & ~4095L;
	part.length = 1 << 20;
	fd = try(open(DEVICE, O_RDONLY));
	try(ioctl(fd, BLKPG, &arg));
	close(fd);
	for (err = 0; err < 50 && access(DEVICE "1", F_OK); err++)
		usleep(20000);
	return 0;
}

static int partition_write(void)
{
	static char block[4096] = "scribbled";
	int fd = try(open(DEVICE "1", O_WRONLY));

	try(pwrite(fd, block, sizeof(block), 0));
	try(fsync(fd));
	return drop_caches();
}

static int partition_now(void)
{
	int err = partition_before();

	return err ?: partition_write();
}

static void partition_off(void)
{
	struct blkpg_partition part = {.pno = 1};
	struct blkpg_ioctl_arg arg = {.op = BLKPG_DEL_PARTITION, .datalen = sizeof(part), .data = &part};
	int fd = open(DEVICE, O_RDONLY);

	ioctl(fd, BLKPG, &arg);
	close(fd);
}

/* A disk below an array or a volume group, as the agent tells them to the module. */
#define LOWER "/dev/loop4"
#define LOWER_FILE "/root/lower"

static int lower_before(void)
{
	return shell("modprobe -q loop; [ -b " LOWER " ] || mknod " LOWER " b 7 4; "
		     "head -c 1M /dev/zero >" LOWER_FILE " && losetup " LOWER " " LOWER_FILE);
}

static int lower_write(void)
{
	int fd = try(open(LOWER, O_WRONLY));

	try(write(fd, "scribbled", 9));
	return try(fsync(fd)), 0;
}

static void lower_off(void)
{
	if (shell("losetup -d " LOWER))
		usleep(1000);
	unlink(LOWER_FILE);
}

#define BLOCKS .before = locate, .only = F_EXT4 | F_XFS, .path = "@*"

const struct vector device_vectors[] = {
	{"device-write", "write to the block device", "device", .run = device_write, BLOCKS},
	{"device-below-overlay", "write to the device below an overlay's layers", "device",
	 .run = device_write, .before = locate, .only = F_OVERLAY, .flags = NO_PATH},
	{"device-direct", "O_DIRECT", "device", .run = device_direct, BLOCKS},
	{"device-node", "by a node made elsewhere", "device", .run = device_node, .undo = node_off,
	 BLOCKS},
	{"device-mmap", "a shared mapping of it", "device", .run = device_map, BLOCKS},
	{"device-zeroout", "BLKZEROOUT", "device", .run = device_discard, BLOCKS},
	{"device-fallocate", "fallocate", "device", .run = device_fallocate, BLOCKS},
	{"device-loop", "a loop device over it", "device", .run = device_loop, .undo = loop_off,
	 BLOCKS, .flags = OTHER_ACTOR},
	{"device-loop-before", "a loop device over it, from before", "device|write",
	 .before = loop_over_device, .run = loop_over_write, .undo = loop_off,
	 .only = F_EXT4 | F_XFS, .flags = OTHER_ACTOR | ANY_ERROR | NO_PATH},
	{"device-old-fd", "a descriptor from before", "device|write", .before = keep_device,
	 .run = old_device, .only = F_EXT4 | F_XFS, .path = "@*", .flags = NO_PATH},
	{"device-partition", "a partition over the file system, now", "device|ioctl",
	 .run = partition_now, .undo = partition_off, .only = F_EXT4 | F_XFS, .flags = NO_PATH},
	{"device-partition-before", "a partition over it, made before", "device",
	 .before = partition_before, .run = partition_write, .undo = partition_off,
	 .only = F_EXT4 | F_XFS, .flags = NO_PATH},
	{"device-lower", "a disk below a volume group, told to the module", "device", NULL,
	 .before = lower_before, .run = lower_write, .undo = lower_off, .flags = NO_PATH,
	 .seen = LOWER_FILE, .device = LOWER},
	{NULL},
};
