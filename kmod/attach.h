/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attach.h - putting a check in front of a kernel function
 *
 * The only file that knows how: ftrace. A check reads the function's arguments
 * and answers 0 (the function runs, unchanged) or an error (the caller gets
 * EPERM and the function does not run). It runs in the caller's context, but
 * must treat that as atomic: another tracer on the same function makes ftrace
 * call it with preemption disabled.
 */
#ifndef WD_ATTACH_H
#define WD_ATTACH_H

#include "compat.h"

#define WD_HOOK_OPTIONAL (1u << 0)  /* not every kernel has the function */
#define WD_HOOK_ON_DEMAND (1u << 1) /* attached only between wd_hook_on() and wd_hook_off() */
#define WD_HOOK_SPARE (1u << 2)	    /* only where the hook before it in the list is missing */

typedef void wd_direct_fn(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			  wd_regs *regs);

struct wd_hook {
	const char *symbol;
	int (*check)(const wd_regs *regs);
	unsigned int flags;
	wd_direct_fn *direct; /* instead of check: made by WD_HOOK_DIRECT */
	unsigned long ip;     /* attach.c's: where the function begins; 0 = not there */
};

/*
 * For the hook that every request of a web server meets: ftrace calls the check
 * without searching for it. Each costs one more RCU-tasks grace period at unload,
 * so there are at most WD_DIRECT_MAX. Not for on-demand hooks.
 */
#define WD_HOOK_DIRECT(name, check)                                                                \
	static void name(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,        \
			 wd_regs *regs)                                                            \
	{                                                                                          \
		if (unlikely(check(regs)))                                                         \
			wd_set_ip(regs, (unsigned long)wd_return_eperm);                           \
	}

long wd_return_eperm(void); /* where a denied call continues */

/* Attaches all of them, or none and says in the kernel log why and what helps. */
int wd_attach(struct wd_hook *hooks, unsigned int count);

/* When this returns no check runs, nor will, and the module's text may go away. */
void wd_detach(void);

/*
 * For on-demand hooks; of one hook the caller serialises. Both allocate: what fails leaves the hook
 * as it was. When detached already, on is -ENODEV and off is done.
 */
int wd_hook_on(const struct wd_hook *hook);
int wd_hook_off(const struct wd_hook *hook);

unsigned int wd_attached_count(void);
const char *wd_attached_missing(void); /* symbols of absent optional hooks, by spaces */

#endif /* WD_ATTACH_H */
