/* SPDX-License-Identifier: Apache-2.0 */
/* lower - the block devices below a directory: who writes them writes the files on them */
#ifndef WD_LOWER_H
#define WD_LOWER_H

#include <stdbool.h>
#include <sys/types.h>
#include "log.h"

#define LOWER_MAX 256

/*
 * The devices of dir's file system, of a btrfs all of them, the partitions and disks these are
 * on, and what lies below volume groups, arrays and encryption. 0: none, as for tmpfs.
 * Number written to out, or -1 and why.
 */
int lower_devices(const char *dir, dev_t out[LOWER_MAX], struct err *err);
/*
 * The character devices that take raw commands for these: SCSI generic, bsg, NVMe generic.
 * Number written to out.
 */
int lower_raw(const dev_t *devices, int n, dev_t out[LOWER_MAX]);
/* Both, each by one call: is_char says which; of a file system, or dir's. 0, or -1 and why; each
 * may stop it with -1. */
int lower_each_of(dev_t fs, int (*each)(void *arg, dev_t dev, bool is_char), void *arg);
int lower_each(const char *dir, int (*each)(void *arg, dev_t dev, bool is_char), void *arg,
	       struct err *err);

#endif
