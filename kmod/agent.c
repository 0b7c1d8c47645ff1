// SPDX-License-Identifier: GPL-2.0-only
/* agent.c - the one process that may write inside the roots */
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "agent.h"

static DEFINE_MUTEX(agent_lock);
static struct mm_struct *agent_mm; /* changed under agent_lock; hooks only compare it */
static struct pid *agent_pid;	   /* of the whole process; under agent_lock */

/* The last thread's exit drops the address space's last user; our mmgrab() is not one. */
static bool lives(void)
{
	bool yes;

	lockdep_assert_held(&agent_lock);
	if (!agent_mm || atomic_read(&agent_mm->mm_users) == 0)
		return false;
	rcu_read_lock();
	yes = pid_task(agent_pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return yes;
}

/* The references become ours. */
static void replace(struct mm_struct *mm, struct pid *pid)
{
	struct mm_struct *old = agent_mm;

	lockdep_assert_held(&agent_lock);
	WRITE_ONCE(agent_mm, mm);
	put_pid(agent_pid);
	agent_pid = pid;
	if (old)
		mmdrop(old);
}

int wd_agent_register(void)
{
	int err = -EBUSY;

	if (!current->mm)
		return -EINVAL;
	mutex_lock(&agent_lock);
	if (agent_mm == current->mm || !lives()) {
		mmgrab(current->mm);
		replace(current->mm, get_pid(task_tgid(current)));
		err = 0;
	}
	mutex_unlock(&agent_lock);
	return err;
}

int wd_agent_unregister(void)
{
	int err = -EPERM;

	mutex_lock(&agent_lock);
	if (wd_agent_is_current()) {
		replace(NULL, NULL);
		err = 0;
	}
	mutex_unlock(&agent_lock);
	return err;
}

void wd_agent_exit(void)
{
	mutex_lock(&agent_lock);
	replace(NULL, NULL);
	mutex_unlock(&agent_lock);
}

bool wd_agent_is_current(void)
{
	return wd_agent_is(current);
}

bool wd_agent_is(const struct task_struct *p)
{
	struct mm_struct *mm = READ_ONCE(p->mm);

	return mm && mm == READ_ONCE(agent_mm);
}

pid_t wd_agent_pid(void)
{
	pid_t nr = 0;

	mutex_lock(&agent_lock);
	if (lives())
		nr = pid_nr(agent_pid);
	mutex_unlock(&agent_lock);
	return nr;
}
