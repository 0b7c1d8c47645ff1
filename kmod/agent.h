/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * agent.h - the one process that may write inside the roots
 *
 * It is known by its address space: threads share it, fork and exec lose it, and
 * as long as we hold a reference the kernel cannot hand the same one to anybody
 * else. A dead agent leaves nobody who matches.
 */
#ifndef WD_AGENT_H
#define WD_AGENT_H

#include <linux/types.h>

struct task_struct;

int wd_agent_register(void);   /* current; -EBUSY while another one lives */
int wd_agent_unregister(void); /* -EPERM if current is not the agent */
void wd_agent_exit(void);
pid_t wd_agent_pid(void); /* in the initial pid namespace; 0 = no agent lives */

/* For hooks: any context, no lock. True for each thread of the agent. */
bool wd_agent_is_current(void);
bool wd_agent_is(const struct task_struct *p);

#endif /* WD_AGENT_H */
