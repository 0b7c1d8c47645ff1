/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * agent.h - the one process that may write inside the roots
 *
 * It is known by its address space: threads share it, fork and exec lose it, and
 * as long as we hold a reference the kernel cannot hand the same one to anybody
 * else. A dead agent leaves nobody who matches.
 *
 * While sealed, who follows a dead agent is a matter of descent: files on the disk
 * (the program, its libraries, its configuration, its keys) are root's to replace,
 * memory that nobody may trace is not. A keeper, registered before sealing, forks
 * agents; a child of it that has executed nothing since (an heir) may register.
 * Agent, keeper and heirs together are the kin, which nobody may trace or signal.
 */
#ifndef WD_AGENT_H
#define WD_AGENT_H

#include <linux/types.h>

struct task_struct;

/* current; -EBUSY while another one lives, -EACCES if sealed and no heir */
int wd_agent_register(void);
int wd_agent_keep(void);       /* current becomes the keeper; -EBUSY while another one lives */
int wd_agent_unregister(void); /* -EPERM if current is not the agent */
void wd_agent_exit(void);
pid_t wd_agent_pid(void); /* in the initial pid namespace; 0 = no agent lives */
pid_t wd_agent_keeper_pid(void);

/*
 * For sealing: holds the program files of agent and keeper (code.h). -ESRCH: neither
 * lives; -EBUSY: one of them is traced; -ETXTBSY. Where it fails nothing is held.
 */
int wd_agent_pin(void);
void wd_agent_unpin(void);
void wd_agent_forget(void); /* nobody is the agent or the keeper any more */

/* For hooks: any context, no lock. True for each thread of the agent. */
bool wd_agent_is_current(void);
bool wd_agent_is(const struct task_struct *p);
bool wd_agent_is_kin(const struct task_struct *p);

#endif /* WD_AGENT_H */
