/* SPDX-License-Identifier: Apache-2.0 */
/* lower - the block devices below a directory: who writes them writes the files on them */
#ifndef WD_LOWER_H
#define WD_LOWER_H

#include <stdbool.h>
#include <sys/types.h>
#include "log.h"

/*
 * Calls each for the devices of dir's file system, or of one by its number: of a btrfs all, with
 * what XFS and ext4 keep elsewhere, the partitions and disks these are on, what lies below volume
 * groups, arrays and encryption; and the character devices (is_char) that take raw commands for
 * those: SCSI generic, bsg, NVMe generic. None, as for tmpfs, is no error.
 * 0, or -1 and why; each may stop it with -1, and is called for what was found all the same.
 */
int lower_each(const char *dir, int (*each)(void *arg, dev_t dev, bool is_char), void *arg,
	       struct err *err);
int lower_each_of(dev_t fs, int (*each)(void *arg, dev_t dev, bool is_char), void *arg,
		  struct err *err);

#endif
