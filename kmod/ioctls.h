/* SPDX-License-Identifier: GPL-2.0-only */
/* ioctls.h - which ioctl commands only read */
#ifndef WD_IOCTLS_H
#define WD_IOCTLS_H

#include <linux/types.h>

/*
 * On a file or directory: known to change nothing there. What a file system
 * invents counts as writing until it is listed.
 */
bool wd_ioctl_reads_file(unsigned int cmd);

/* On a block device open for reading: known to change it all the same. */
bool wd_ioctl_writes_device(unsigned int cmd);

#endif /* WD_IOCTLS_H */
