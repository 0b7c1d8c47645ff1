/* SPDX-License-Identifier: GPL-2.0-only */
/* ioctls.h - what an ioctl command can change */
#ifndef WD_IOCTLS_H
#define WD_IOCTLS_H

#include <linux/types.h>

enum wd_reach {
	WD_REACH_NOTHING, /* it only reads, or its change is none of a tree's content */
	WD_REACH_ITSELF,  /* the object the descriptor stands for */
	WD_REACH_BELOW,	  /* directories by name, in the one the descriptor stands for */
	WD_REACH_OTHERS,  /* another file of it that the caller has open for writing */
	WD_REACH_ALL,	  /* any object of the file system, by number or handle */
};

/* On a file or directory. What a file system invents reaches itself until it is listed. */
enum wd_reach wd_ioctl_on_file(unsigned int cmd);

/* On a block device, where opening for reading is enough for some. */
enum wd_reach wd_ioctl_on_device(unsigned int cmd);

#endif /* WD_IOCTLS_H */
