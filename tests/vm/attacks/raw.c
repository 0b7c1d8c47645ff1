// SPDX-License-Identifier: Apache-2.0
/*
 * raw.c - commands to disks that pass by the block layer's files: SCSI generic, io_uring
 *
 * The disks are a pretended one of the kernel's (scsi_debug) and a loop device, told to the
 * module as the agent does it.
 */
#include <fcntl.h>
#include <linux/cdrom.h>
#include <linux/io_uring.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

#define SEEN "/root/raw"

static int kept = -1;

static void seen_off(void)
{
	unlink(SEEN);
}

/* ---- SCSI generic ---- */

#define SG "/dev/sg0"

static int scsi_before(void)
{
	return shell("modprobe -q scsi_debug dev_size_mb=8 && modprobe -q sg && modprobe -q sd_mod || exit 127; "
		     "for i in $(seq 50); do [ -e /sys/class/scsi_generic/sg0 ] && break; sleep .1; done; "
		     "[ -c " SG " ] || mknod " SG " c 21 0; echo blank >" SEEN);
}

static int command(int fd, unsigned char opcode, int direction, unsigned char *block)
{
	static unsigned char sense[32];
	unsigned char cdb[10] = {opcode, 0, 0, 0, 0, 0, 0, 0, 1, 0};
	struct sg_io_hdr io = {.interface_id = 'S',
			       .dxfer_direction = direction,
			       .cmd_len = sizeof(cdb),
			       .mx_sb_len = sizeof(sense),
			       .dxfer_len = 512,
			       .dxferp = block,
			       .cmdp = cdb,
			       .sbp = sense,
			       .timeout = 60000};
	int tries = 4;

	/* A disk that was just switched on says so first. */
	do
		try(ioctl(fd, SG_IO, &io));
	while (io.status && --tries);
	return io.status ? -EIO : 0;
}

/* What was written is read back, and noted for the walk. */
static int write_block(int fd)
{
	unsigned char block[512] = "scribbled";
	int err = command(fd, 0x2a /* WRITE(10) */, SG_DXFER_TO_DEV, block);

	memset(block, 0, sizeof(block));
	err = err ?: command(fd, 0x28 /* READ(10) */, SG_DXFER_FROM_DEV, block);
	if (err)
		return err;
	return strcmp((char *)block, "scribbled") ? -EIO : put(SEEN, "scribbled\n");
}

static int scsi_write(void)
{
	return write_block(try(open(SG, O_RDWR)));
}

static int scsi_write_by_reader(void)
{
	return write_block(try(open(SG, O_RDONLY)));
}

/* What was made for CD burners works on any SCSI disk, and by who may only read it. */
#define SD "/dev/sda"

static int packet(int fd, unsigned char opcode, unsigned char direction, unsigned char *block)
{
	struct cdrom_generic_command c = {.cmd = {opcode, 0, 0, 0, 0, 0, 0, 0, 1, 0},
					  .buffer = block,
					  .buflen = 512,
					  .data_direction = direction,
					  .timeout = 6000};

	return try(ioctl(fd, CDROM_SEND_PACKET, &c)), 0;
}

static int packet_before(void)
{
	return scsi_before()
		       ?: shell("for i in $(seq 50); do [ -e /sys/block/sda ] && break; sleep .1; done; "
				"[ -b " SD " ] || mknod " SD " b 8 0");
}

static int packet_write(void)
{
	unsigned char block[512] = "scribbled";
	int fd = try(open(SD, O_RDONLY)), tries = 4, err;

	do
		err = packet(fd, 0x2a /* WRITE(10) */, CGC_DATA_WRITE, block);
	while (err == -EIO && --tries);
	memset(block, 0, sizeof(block));
	err = err ?: packet(fd, 0x28 /* READ(10) */, CGC_DATA_READ, block);
	if (err)
		return err;
	return strcmp((char *)block, "scribbled") ? -EIO : put(SEEN, "scribbled\n");
}

static void scsi_off(void)
{
	seen_off();
	if (shell("rmmod scsi_debug"))
		usleep(1000);
}

/* ---- discarding by io_uring (6.12) ---- */

#define LOOP "/dev/loop2"
#define IMAGE "/root/raw.img"
#define DISCARD _IO(0x12, 0) /* BLOCK_URING_CMD_DISCARD */

static int loop_before(void)
{
	int err = shell("modprobe -q loop; [ -b " LOOP " ] || mknod " LOOP " b 7 2; "
			"yes content | head -c 1M >" IMAGE " && losetup " LOOP " " IMAGE);

	return err ?: (kept = try(open(LOOP, O_RDWR)), 0);
}

static int discard(void)
{
	struct io_uring_params p = {0};
	int fd = try(syscall(SYS_io_uring_setup, 4, &p)), result;
	char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
			PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
					MAP_SHARED, fd, IORING_OFF_SQES);

	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return -errno;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = 46; /* IORING_OP_URING_CMD */
	sqe->fd = kept;
	sqe->off = DISCARD; /* cmd_op */
	sqe->addr = 0;
	((uint64_t *)sqe)[6] = 65536; /* addr3: the length */
	*(unsigned int *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((unsigned int *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	try(syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	result = ((struct io_uring_cqe *)(cq + p.cq_off.cqes))->res;
	sync();
	return result == -EINVAL ? -EOPNOTSUPP : result;
}

static void loop_off(void)
{
	if (shell("losetup -d " LOOP))
		usleep(1000);
	unlink(IMAGE);
}

const struct vector raw_vectors[] = {
	{"device-scsi-generic", "a SCSI command by /dev/sg", "device", NULL, .before = scsi_before,
	 .run = scsi_write, .undo = scsi_off, .flags = NO_PATH, .device = SG, .seen = SEEN},
	{"device-scsi-generic-reader", "the same, open for reading", "ioctl|device", NULL,
	 .before = scsi_before, .run = scsi_write_by_reader, .undo = scsi_off, .flags = NO_PATH,
	 .device = SG, .seen = SEEN},
	{"device-cdrom-packet", "a SCSI command as if to a CD burner", "ioctl|device", NULL,
	 .before = packet_before, .run = packet_write, .undo = scsi_off, .flags = NO_PATH,
	 .device = SD, .seen = SEEN},
	{"device-uring-discard", "blocks discarded by io_uring, old descriptor", "device", NULL,
	 .before = loop_before, .run = discard, .undo = loop_off, .flags = NO_PATH,
	 .device = LOOP, .seen = IMAGE},
	{NULL},
};
