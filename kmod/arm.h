/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arm.h - writers from before
 *
 * Opening for writing is judged at open. Who had a file open before its root was
 * armed was not: arming looks for such files, names them in the kernel log, and
 * has each write judged (at a cost to every read on the machine) until the last
 * of them has closed. Stores into a shared mapping that existed already cannot be
 * judged at all, which is why user space is told the number (ARMED_DIRTY) and
 * verifies those files once more when they close.
 */
#ifndef WD_ARM_H
#define WD_ARM_H

#include <linux/types.h>

struct wd_hook;
struct wd_root;

/* Under policy.c's lock; the root is published, or just withdrawn. */
void wd_arm(struct wd_root *root);
void wd_disarm(struct wd_root *root);

u32 wd_arm_dirty(void); /* of all roots */

void wd_arm_init(const struct wd_hook *write_hook);
void wd_arm_exit(void); /* before wd_detach(), when nobody can arm any more */

#endif /* WD_ARM_H */
