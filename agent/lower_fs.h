/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_fs - the devices that a file system uses beside the one it is mounted from: the other
 * disks of a btrfs, an XFS log or real-time section, an ext4 journal
 */
#ifndef WD_LOWER_FS_H
#define WD_LOWER_FS_H

#include "mounts.h"

/* Calls each for every one of them. path: something in it. 0, or -1 and which could not be found.
 */
int lower_fs_each(const struct mount *m, const char *path, void (*each)(void *arg, dev_t dev),
		  void *arg, struct err *err);
/* "8:1" in a file of sysfs. 0, or -1. */
int lower_fs_number(const char *file, dev_t *dev);

#endif
