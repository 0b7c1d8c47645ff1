/* SPDX-License-Identifier: GPL-2.0-only */
/* sysfs.h - /sys/kernel/webdefender, see doc/sysfs-webdefender */
#ifndef WD_SYSFS_H
#define WD_SYSFS_H

struct wd_root;

int wd_sysfs_init(void);
void wd_sysfs_exit(void); /* when there are no roots any more */

int wd_sysfs_add_root(struct wd_root *root);

/* Waits for who is reading or writing the entries: without policy.c's lock. */
void wd_sysfs_del_root(struct wd_root *root);

#endif /* WD_SYSFS_H */
