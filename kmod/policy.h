/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.h - what is guarded, and how strictly
 *
 * Netlink and sysfs change policy only through these functions. Process context;
 * they take wd_policy_lock themselves.
 */
#ifndef WD_POLICY_H
#define WD_POLICY_H

#include <linux/mutex.h>

#include "roots.h"

/*
 * Protects: who is in the set of roots, each root's mode, the default mode.
 * Taken before arm.c's lock. Never held while sysfs entries are removed: removing
 * waits for running store functions, which take it.
 */
extern struct mutex wd_policy_lock;

extern const char *const wd_mode_names[]; /* by enum wd_mode, NULL at the end */
extern const char *const wd_op_names[];	  /* by enum wd_op, NULL at the end */

u8 wd_policy_mode(void); /* the default; any context */
void wd_policy_set_mode(u8 mode);
int wd_policy_set_root_mode(u32 id, u8 mode, struct netlink_ext_ack *extack);

#define WD_MODE_DEFAULT (-1)
int wd_policy_add_root(const char *path, int mode, u32 *id, struct netlink_ext_ack *extack);
/* What is mounted in it: inner.h; *mount_only becomes true where no more can be guarded. */
int wd_policy_add_inner(u32 id, const char *path, bool *mount_only, struct netlink_ext_ack *extack);
int wd_policy_del_root(u32 id, struct netlink_ext_ack *extack);

/* What may change inside a root: filter.h. */
int wd_policy_add_filter(u32 id, const char *text, struct netlink_ext_ack *extack);
int wd_policy_del_filter(u32 id, const char *text, struct netlink_ext_ack *extack);

bool wd_policy_op(enum wd_op op); /* switched on? any context */
void wd_policy_set_op(enum wd_op op, bool on);

int wd_policy_init(const char *mode);
void wd_policy_exit(void); /* removes all roots; when nothing can add any more */

#endif /* WD_POLICY_H */
