/* SPDX-License-Identifier: GPL-2.0-only */
/* hooks.h - where the kernel is asked to wait for our answer */
#ifndef WD_HOOKS_H
#define WD_HOOKS_H

#include <linux/types.h>

struct wd_ctx;
struct wd_hook;

int wd_hooks_attach(void); /* says in the kernel log why not */

/* The one that is attached only while there are writers from before. */
const struct wd_hook *wd_hooks_write(void);

/* The one that is attached only while an overlay is asked for its layers. */
const struct wd_hook *wd_hooks_permission(void);

/* Reports it and answers -EPERM, whoever asks: what the seal forbids the agent may not either. */
int wd_refuse(const struct wd_ctx *ctx);
int wd_detail_text(const struct wd_ctx *ctx, char *buf, size_t size); /* of two strings in arg */

/* Reports that somebody asked for a change of policy without the right to. */
void wd_hooks_policy_refused(void);

/* Likewise because it is sealed; what: the command, for DETAIL. */
void wd_hooks_seal_refused(const char *what);

/* Reports that the seal changed, which the caller had the right to do. */
void wd_hooks_seal_told(const char *what);

#endif /* WD_HOOKS_H */
