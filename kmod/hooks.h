/* SPDX-License-Identifier: GPL-2.0-only */
/* hooks.h - where the kernel is asked to wait for our answer */
#ifndef WD_HOOKS_H
#define WD_HOOKS_H

struct wd_hook;

int wd_hooks_attach(void); /* says in the kernel log why not */

/* The one that is attached only while there are writers from before. */
const struct wd_hook *wd_hooks_write(void);

/* Reports that somebody asked for a change of policy without the right to. */
void wd_hooks_policy_refused(void);

#endif /* WD_HOOKS_H */
