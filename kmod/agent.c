// SPDX-License-Identifier: GPL-2.0-only
/* agent.c - the one process that may write inside the roots */
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "agent.h"
#include "code.h"
#include "seal.h"

static DEFINE_MUTEX(agent_lock);

/* A process that we know again; changed under agent_lock. */
struct known {
	struct mm_struct *mm; /* hooks only compare it */
	struct pid *pid;      /* of the whole process */
};

static struct known agent, keeper;

/* The last thread's exit drops the address space's last user; our mmgrab() is not one. */
static bool lives(const struct known *who)
{
	bool yes;

	lockdep_assert_held(&agent_lock);
	if (!who->mm || atomic_read(&who->mm->mm_users) == 0)
		return false;
	rcu_read_lock();
	yes = pid_task(who->pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return yes;
}

static void forget(struct known *who)
{
	struct mm_struct *old = who->mm;

	lockdep_assert_held(&agent_lock);
	WRITE_ONCE(who->mm, NULL);
	put_pid(who->pid);
	who->pid = NULL;
	if (old)
		mmdrop(old);
}

static void remember(struct known *who)
{
	forget(who);
	mmgrab(current->mm);
	WRITE_ONCE(who->mm, current->mm);
	who->pid = get_pid(task_tgid(current));
}

static bool is(const struct known *who, const struct task_struct *p)
{
	struct mm_struct *mm = READ_ONCE(p->mm);

	return mm && mm == READ_ONCE(who->mm);
}

/* Forked by the keeper, and has executed nothing since. */
static bool is_heir(const struct task_struct *p)
{
	bool yes;

	if (READ_ONCE(p->self_exec_id) != READ_ONCE(p->parent_exec_id))
		return false;
	rcu_read_lock();
	yes = is(&keeper, rcu_dereference(p->real_parent));
	rcu_read_unlock();
	return yes;
}

static bool is_traced(const struct known *who)
{
	struct task_struct *leader, *p;
	bool yes = false;

	rcu_read_lock();
	leader = pid_task(who->pid, PIDTYPE_TGID);
	if (leader)
		for_each_thread(leader, p) yes |= p->ptrace;
	rcu_read_unlock();
	return yes;
}

static int may_register(void)
{
	const struct known self = {.pid = task_tgid(current)};

	if (!current->mm)
		return -EINVAL;
	if (agent.mm == current->mm)
		return 0;
	if (wd_sealed() && (!is_heir(current) || is_traced(&self)))
		return -EACCES;
	return lives(&agent) ? -EBUSY : 0;
}

int wd_agent_register(void)
{
	int err;

	mutex_lock(&agent_lock);
	err = may_register();
	if (!err)
		remember(&agent);
	mutex_unlock(&agent_lock);
	return err;
}

int wd_agent_unregister(void)
{
	int err = -EPERM;

	mutex_lock(&agent_lock);
	if (wd_agent_is_current()) {
		forget(&agent);
		err = 0;
	}
	mutex_unlock(&agent_lock);
	return err;
}

/* A process that inherits orphans would pass for the parent of strangers. */
static bool inherits_orphans(void)
{
	return is_child_reaper(task_tgid(current)) || current->signal->is_child_subreaper;
}

int wd_agent_keep(void)
{
	int err = -EBUSY;

	if (!current->mm || is(&agent, current) || inherits_orphans())
		return -EINVAL;
	mutex_lock(&agent_lock);
	if (keeper.mm == current->mm || !lives(&keeper)) {
		remember(&keeper);
		err = 0;
	}
	mutex_unlock(&agent_lock);
	return err;
}

static int pin(const struct known *who)
{
	return is_traced(who) ? -EBUSY : wd_code_pin(who->mm);
}

int wd_agent_pin(void)
{
	bool any = false;
	int err = 0;

	mutex_lock(&agent_lock);
	if (lives(&agent)) {
		any = true;
		err = pin(&agent);
	}
	if (!err && lives(&keeper)) {
		any = true;
		err = pin(&keeper);
	}
	if (!any)
		err = -ESRCH;
	mutex_unlock(&agent_lock);
	if (err)
		wd_code_unpin();
	return err;
}

void wd_agent_unpin(void)
{
	wd_code_unpin();
}

void wd_agent_forget(void)
{
	mutex_lock(&agent_lock);
	forget(&agent);
	forget(&keeper);
	mutex_unlock(&agent_lock);
}

void wd_agent_exit(void)
{
	wd_agent_forget();
	wd_code_unpin();
}

bool wd_agent_is_current(void)
{
	return wd_agent_is(current);
}

bool wd_agent_is(const struct task_struct *p)
{
	return is(&agent, p);
}

bool wd_agent_is_kin(const struct task_struct *p)
{
	return is(&agent, p) || is(&keeper, p) || is_heir(p);
}

static pid_t number_of(const struct known *who)
{
	pid_t nr = 0;

	mutex_lock(&agent_lock);
	if (lives(who))
		nr = pid_nr(who->pid);
	mutex_unlock(&agent_lock);
	return nr;
}

pid_t wd_agent_pid(void)
{
	return number_of(&agent);
}

pid_t wd_agent_keeper_pid(void)
{
	return number_of(&keeper);
}
