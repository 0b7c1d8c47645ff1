// SPDX-License-Identifier: GPL-2.0-only
/* ioctls.c - which ioctl commands only read */
#include <linux/fs.h>
#include <linux/fiemap.h>
#include <linux/fsverity.h>
#include <linux/fscrypt.h>
#include <linux/loop.h>
#include <linux/blkpg.h>
#include <linux/compat.h>
#include <asm/ioctls.h>
#include <scsi/scsi_ioctl.h>
#include <scsi/sg.h>

#include "ioctls.h"

/* Terminals': programs ask any file whether it is one, and no file system answers. */
static bool is_terminals(unsigned int cmd)
{
	return _IOC_TYPE(cmd) == 'T';
}

bool wd_ioctl_reads_file(unsigned int cmd)
{
	switch (cmd) {
	/* of the descriptor */
	case FIOCLEX:
	case FIONCLEX:
	case FIONBIO:
	case FIOASYNC:
	/* queries */
	case FIONREAD:
	case FIOQSIZE:
	case FIBMAP:
	case FIGETBSZ:
	case FS_IOC_FIEMAP:
	case FS_IOC_GETFLAGS:
	case FS_IOC32_GETFLAGS:
	case FS_IOC_GETVERSION:
	case FS_IOC32_GETVERSION:
	case FS_IOC_FSGETXATTR:
	case FS_IOC_GETFSLABEL:
	case FS_IOC_MEASURE_VERITY:
	case FS_IOC_READ_VERITY_METADATA:
	case FS_IOC_GET_ENCRYPTION_POLICY:
	case FS_IOC_GET_ENCRYPTION_POLICY_EX:
	case FS_IOC_GET_ENCRYPTION_KEY_STATUS:
	case FS_IOC_GET_ENCRYPTION_NONCE:
	/* of the whole file system; no content changes */
	case FIFREEZE:
	case FITHAW:
	case FITRIM:
	/* the file itself is the source; the targets are opened and judged on their own */
	case FIDEDUPERANGE:
		return true;
	default:
		return is_terminals(cmd);
	}
}

bool wd_ioctl_writes_device(unsigned int cmd)
{
	switch (cmd) {
	case BLKDISCARD:
	case BLKSECDISCARD:
	case BLKZEROOUT:
	case BLKPG:
	case SG_IO:
	case SCSI_IOCTL_SEND_COMMAND:
	case LOOP_SET_FD:
	case LOOP_CLR_FD:
	case LOOP_SET_STATUS:
	case LOOP_SET_STATUS64:
	case LOOP_CHANGE_FD:
	case LOOP_CONFIGURE:
		return true;
	default:
		return _IOC_TYPE(cmd) == 'N'; /* NVMe: raw commands */
	}
}
