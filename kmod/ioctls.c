// SPDX-License-Identifier: GPL-2.0-only
/* ioctls.c - what an ioctl command can change */
#include <linux/fs.h>
#include <linux/fiemap.h>
#include <linux/fsverity.h>
#include <linux/fscrypt.h>
#include <linux/loop.h>
#include <linux/blkpg.h>
#include <linux/blkzoned.h>
#include <linux/btrfs.h>
#include <linux/cdrom.h>
#include <linux/compat.h>
#include <linux/hdreg.h>
#include <linux/major.h>
#include <asm/ioctls.h>
#include <scsi/scsi_ioctl.h>
#include <scsi/sg.h>

#include "ioctls.h"

/* XFS sets extended attributes by file handle; its numbers are in no exported header. */
static bool is_xfs_by_handle(unsigned int cmd)
{
	return _IOC_TYPE(cmd) == 'X' && (_IOC_NR(cmd) == 121 || _IOC_NR(cmd) == 123);
}

/*
 * Of ext4, xfs and btrfs, whose numbers are in no exported header, or are shared: taking a
 * file system away, its label or identity (a boot finds it by them), the keys without which
 * its files have no names, and which subvolume is seen.
 */
#define IOC_SHUTDOWN _IOR('X', 125, __u32) /* xfs: GOINGDOWN */
#define IOC_FSUUID 44			   /* 'f': ext4, its struct has no fixed size */

static bool hides_all(unsigned int cmd)
{
	switch (cmd) {
	case IOC_SHUTDOWN:
	case FS_IOC_SETFSLABEL:
	case FS_IOC_REMOVE_ENCRYPTION_KEY:
	case FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS:
	case BTRFS_IOC_DEFAULT_SUBVOL:
		return true;
	}
	return _IOC_TYPE(cmd) == 'f' && _IOC_NR(cmd) == IOC_FSUUID && _IOC_DIR(cmd) == _IOC_WRITE;
}

/* ext4: MOVE_EXT; xfs: SWAPEXT, EXCHANGE_RANGE, COMMIT_RANGE: the other file is in user memory. */
static bool swaps(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	return (_IOC_TYPE(cmd) == 'f' && nr == 15) ||
	       (_IOC_TYPE(cmd) == 'X' && (nr == 109 || nr == 129 || nr == 131));
}

/* Terminals': programs ask any file whether it is one, and no file system answers. */
static bool is_terminals(unsigned int cmd)
{
	return _IOC_TYPE(cmd) == 'T';
}

/* What monitoring asks (`btrfs filesystem usage`, `xfs_info`): answers, and flushes. */
static bool is_btrfs_query(unsigned int cmd)
{
	switch (cmd) {
	case BTRFS_IOC_SYNC:
	case BTRFS_IOC_START_SYNC:
	case BTRFS_IOC_WAIT_SYNC:
	case BTRFS_IOC_TREE_SEARCH:
	case BTRFS_IOC_TREE_SEARCH_V2:
	case BTRFS_IOC_INO_LOOKUP:
	case BTRFS_IOC_SPACE_INFO:
	case BTRFS_IOC_SUBVOL_GETFLAGS:
	case BTRFS_IOC_SCRUB_PROGRESS:
	case BTRFS_IOC_DEV_INFO:
	case BTRFS_IOC_FS_INFO:
	case BTRFS_IOC_BALANCE_PROGRESS:
	case BTRFS_IOC_INO_PATHS:
	case BTRFS_IOC_LOGICAL_INO:
	case BTRFS_IOC_LOGICAL_INO_V2:
	case BTRFS_IOC_SEND:
	case BTRFS_IOC_QUOTA_RESCAN_STATUS:
	case BTRFS_IOC_QUOTA_RESCAN_WAIT:
	case BTRFS_IOC_GET_DEV_STATS:
	case BTRFS_IOC_GET_FEATURES:
	case BTRFS_IOC_GET_SUPPORTED_FEATURES:
	case BTRFS_IOC_GET_SUBVOL_INFO:
	case BTRFS_IOC_GET_SUBVOL_ROOTREF:
	case BTRFS_IOC_INO_LOOKUP_USER:
		return true;
	}
	return false;
}

/* Numbers as in xfsprogs' xfs_fs.h; sizes differ between callers of 32 and 64 bits. */
static bool is_xfs_query(unsigned int cmd)
{
	if (_IOC_TYPE(cmd) != 'X')
		return false;
	switch (_IOC_NR(cmd)) {
	case 30:  /* DIOINFO */
	case 38:  /* GETBMAP */
	case 44:  /* GETBMAPA */
	case 45:  /* FSGETXATTRA */
	case 56:  /* GETBMAPX */
	case 59:  /* GETFSMAP, also ext4's */
	case 61:  /* AG_GEOMETRY */
	case 100: /* FSGEOMETRY_V1 */
	case 101: /* FSBULKSTAT */
	case 102: /* FSBULKSTAT_SINGLE */
	case 103: /* FSINUMBERS */
	case 104: /* PATH_TO_FSHANDLE */
	case 105: /* PATH_TO_HANDLE */
	case 106: /* FD_TO_HANDLE */
	case 108: /* READLINK_BY_HANDLE */
	case 113: /* FSCOUNTS */
	case 115: /* GET_RESBLKS */
	case 122: /* ATTRLIST_BY_HANDLE */
	case 124: /* FSGEOMETRY_V4 */
	case 126: /* FSGEOMETRY */
	case 127: /* BULKSTAT */
	case 128: /* INUMBERS */
		return true;
	}
	return false;
}

/* ext4: GETRSVSZ, GETSTATE, GET_ES_CACHE, GETFSUUID; any: GETFSUUID, GETFSSYSFSPATH (6.9). */
static bool is_other_query(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (_IOC_TYPE(cmd) == 'f')
		return (nr == 5 && _IOC_DIR(cmd) == _IOC_READ) || nr == 41 || nr == 42 ||
		       (nr == IOC_FSUUID && _IOC_DIR(cmd) == _IOC_READ);
	return _IOC_TYPE(cmd) == 0x15 && nr <= 1;
}

enum wd_reach wd_ioctl_on_file(unsigned int cmd)
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
#ifdef FS_IOC_READ_VERITY_METADATA /* 5.12 */
	case FS_IOC_READ_VERITY_METADATA:
#endif
	case FS_IOC_GET_ENCRYPTION_POLICY:
	case FS_IOC_GET_ENCRYPTION_POLICY_EX:
	case FS_IOC_GET_ENCRYPTION_KEY_STATUS:
	case FS_IOC_GET_ENCRYPTION_NONCE:
	/* of the whole file system; no content changes */
	case FIFREEZE:
	case FITHAW:
	case FITRIM:
	/* makes files share what is equal in them already */
	case FIDEDUPERANGE:
		return WD_REACH_NOTHING;
	case BTRFS_IOC_SNAP_DESTROY:
		return WD_REACH_BELOW;
	case BTRFS_IOC_SNAP_DESTROY_V2:
	/* the files would move to a disk that anybody may write */
	case BTRFS_IOC_ADD_DEV:
	case BTRFS_IOC_DEV_REPLACE:
		return WD_REACH_ALL;
	}
	if (is_terminals(cmd) || is_btrfs_query(cmd) || is_xfs_query(cmd) || is_other_query(cmd))
		return WD_REACH_NOTHING;
	if (hides_all(cmd))
		return WD_REACH_ALL;
	if (swaps(cmd))
		return WD_REACH_OTHERS;
	return is_xfs_by_handle(cmd) ? WD_REACH_ALL : WD_REACH_ITSELF;
}

/*
 * Raw commands to NVMe and MMC; another server behind a network block device; self-encrypting
 * disks told to erase (from 220 on, beside four that ask).
 */
static bool is_raw(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	switch (_IOC_TYPE(cmd)) {
	case 'N':
	case MMC_BLOCK_MAJOR:
	case 0xab:
		return true;
	case 'p':
		return nr >= 220 && (nr < 236 || nr > 239);
	}
	return false;
}

enum wd_reach wd_ioctl_on_device(unsigned int cmd)
{
	switch (cmd) {
	case BLKDISCARD:
	case BLKSECDISCARD:
	case BLKZEROOUT:
	case BLKPG:
	case BLKRESETZONE:
	case BLKFINISHZONE:
	case SG_IO:
	case SCSI_IOCTL_SEND_COMMAND:
	case CDROM_SEND_PACKET: /* any SCSI disk takes it */
	case HDIO_DRIVE_TASKFILE:
	case HDIO_DRIVE_CMD:
	case HDIO_DRIVE_TASK:
	case LOOP_SET_FD:
	case LOOP_CLR_FD:
	case LOOP_SET_STATUS:
	case LOOP_SET_STATUS64:
	case LOOP_CHANGE_FD:
	case LOOP_CONFIGURE:
		return WD_REACH_ITSELF;
	}
	return is_raw(cmd) ? WD_REACH_ITSELF : WD_REACH_NOTHING;
}
