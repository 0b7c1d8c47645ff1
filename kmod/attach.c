// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach.c - putting a check in front of a kernel function, by ftrace
 *
 * One ftrace_ops serves all hooks but the hottest (see WD_HOOK_DIRECT), and finds
 * the check by the address it was called from: an ops of its own would make each
 * hook cost one more RCU-tasks grace period at unload. IPMODIFY lets the callback send the caller
 * to wd_return_eperm() instead of the function; PERMANENT makes the kernel refuse
 * kernel.ftrace_enabled=0 for as long as we are here.
 *
 * The callback never sleeps and never calls the hooked function, so a task can
 * leave it only by returning: no counter of users is needed, unregistering waits
 * for the tasks that are inside (synchronize_rcu_tasks).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "attach.h"
#include "limits.h"

#define SLOTS (1u << WD_HOOK_BITS)

/* Written while nothing is attached, read-only afterwards. */
static const struct wd_hook *slots[SLOTS];
static char missing[256];

static DEFINE_MUTEX(demand_lock);
static unsigned int attached; /* under demand_lock, and at load and unload */
static bool live;

/* Functions begin on 16 bytes, ftrace's call sits at or just behind that (ENDBR). */
static inline unsigned long key_of(unsigned long ip)
{
	return ip >> 4;
}

noinline long wd_return_eperm(void)
{
	return -EPERM;
}

static inline const struct wd_hook *find(unsigned long ip)
{
	unsigned int i = hash_long(key_of(ip), WD_HOOK_BITS);

	while (slots[i] && key_of(slots[i]->ip) != key_of(ip))
		i = (i + 1) % SLOTS;
	return slots[i];
}

static void callback(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
		     wd_regs *regs)
{
	const struct wd_hook *hook = find(ip);

	if (hook && unlikely(hook->check(regs)))
		wd_set_ip(regs, (unsigned long)wd_return_eperm);
}

static struct ftrace_ops shared_ops = {
	.func = callback,
	.flags = WD_FTRACE_FLAGS,
};

static struct ftrace_ops direct_ops[WD_DIRECT_MAX];
static unsigned int nr_direct;

static void add_slot(const struct wd_hook *hook)
{
	unsigned int i = hash_long(key_of(hook->ip), WD_HOOK_BITS);

	while (slots[i])
		i = (i + 1) % SLOTS;
	slots[i] = hook;
}

/*
 * A kprobe that is registered disabled changes no text and tells the address of
 * a symbol that is not exported. All go with one grace period.
 */
static int resolve(struct wd_hook *hooks, unsigned int count)
{
	struct kprobe *probes = kcalloc(count, sizeof(*probes), GFP_KERNEL);
	struct kprobe **found = kcalloc(count, sizeof(*found), GFP_KERNEL);
	unsigned int i, n = 0;
	int err = 0;

	if (!probes || !found) {
		err = -ENOMEM;
		goto out;
	}
	for (i = 0; i < count; i++) {
		probes[i].symbol_name = hooks[i].symbol;
		probes[i].flags = KPROBE_FLAG_DISABLED;
		hooks[i].ip = 0;
		err = register_kprobe(&probes[i]);
		if (!err) {
			hooks[i].ip = (unsigned long)probes[i].addr;
			found[n++] = &probes[i];
		} else if (err == -ENOMEM) { /* that is no kernel without the symbol */
			break;
		} else if (!(hooks[i].flags & WD_HOOK_OPTIONAL)) {
			pr_err("cannot load: this kernel has no %s to attach to (%d); kernels 5.10 and newer with CONFIG_KPROBES and CONFIG_SECURITY are supported\n",
			       hooks[i].symbol, err);
			break;
		} else {
			err = 0;
		}
	}
	unregister_kprobes(found, n);
out:
	kfree(found);
	kfree(probes);
	return err;
}

static int filter_one(const struct wd_hook *hook)
{
	struct ftrace_ops *ops = &shared_ops;

	if (hook->direct) {
		if (WARN_ON(nr_direct == WD_DIRECT_MAX))
			return -ENOSPC;
		ops = &direct_ops[nr_direct++];
		*ops = (struct ftrace_ops){.func = hook->direct, .flags = WD_FTRACE_FLAGS};
	} else {
		add_slot(hook);
	}
	return ftrace_set_filter_ip(ops, hook->ip, 0, 0);
}

/* The first of two that are one function's: which of them a kernel has is its compiler's choice. */
static void drop_spares(struct wd_hook *hooks, unsigned int count)
{
	unsigned int i;

	for (i = 1; i < count; i++)
		if ((hooks[i].flags & WD_HOOK_SPARE) && hooks[i - 1].ip)
			hooks[i].ip = 0;
}

/* Of two, none is missing as long as there is the other. */
static bool is_missed(const struct wd_hook *hooks, unsigned int count, unsigned int i)
{
	if (hooks[i].flags & WD_HOOK_SPARE)
		return !hooks[i - 1].ip;
	return i + 1 == count || !(hooks[i + 1].flags & WD_HOOK_SPARE);
}

static int filter(struct wd_hook *hooks, unsigned int count)
{
	unsigned int i;
	int err;

	drop_spares(hooks, count);
	for (i = 0; i < count; i++) {
		if (!hooks[i].ip) {
			if (!is_missed(hooks, count, i))
				continue;
			strlcat(missing, missing[0] ? " " : "", sizeof(missing));
			strlcat(missing, hooks[i].symbol, sizeof(missing));
			continue;
		}
		err = filter_one(&hooks[i]);
		if (err == -ENOMEM)
			return err;
		if (err) {
			pr_err("cannot load: ftrace cannot trace %s (%d); a kernel with CONFIG_DYNAMIC_FTRACE_WITH_REGS or _WITH_ARGS is needed\n",
			       hooks[i].symbol, err);
			return err;
		}
		attached++;
	}
	return 0;
}

/* Whether one ftrace_ops with these flags could be registered on this function. */
static int try_alone(unsigned long ip, unsigned long flags)
{
	struct ftrace_ops *ops = kzalloc(sizeof(*ops), GFP_KERNEL);
	int err;

	if (!ops)
		return -ENOMEM;
	ops->func = callback;
	ops->flags = flags;
	err = ftrace_set_filter_ip(ops, ip, 0, 1);
	if (!err)
		err = register_ftrace_function(ops);
	if (!err)
		unregister_ftrace_function(ops);
	ftrace_set_filter(ops, NULL, 0, 1);
	kfree(ops);
	return err;
}

static void explain(const struct wd_hook *hooks, unsigned int count, int err)
{
	unsigned int i;

	if (try_alone(hooks[0].ip, WD_FTRACE_FLAGS & ~FTRACE_OPS_FL_IPMODIFY) == -EBUSY) {
		pr_err("cannot load: ftrace is switched off; run: sysctl kernel.ftrace_enabled=1\n");
		return;
	}
	for (i = 0; i < count; i++)
		if (hooks[i].ip && try_alone(hooks[i].ip, WD_FTRACE_FLAGS)) {
			pr_err("cannot load: another module, live patch or BPF program holds %s (%d); unload it first\n",
			       hooks[i].symbol, err);
			return;
		}
	pr_err("cannot load: ftrace refused the hooks (%d)\n", err);
}

static void forget(void)
{
	/* Without this the filters' hashes stay allocated. */
	ftrace_set_filter(&shared_ops, NULL, 0, 1);
	while (nr_direct)
		ftrace_set_filter(&direct_ops[--nr_direct], NULL, 0, 1);
	memset(slots, 0, sizeof(slots));
	missing[0] = '\0';
	attached = 0;
}

/* On-demand hooks are attached like the rest and taken off again: now we know we can. */
static int withdraw_on_demand(struct wd_hook *hooks, unsigned int count)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		if (hooks[i].flags & WD_HOOK_ON_DEMAND)
			err = wd_hook_off(&hooks[i]);
	return err;
}

static void unregister(unsigned int nr)
{
	while (nr)
		unregister_ftrace_function(&direct_ops[--nr]);
	unregister_ftrace_function(&shared_ops);
}

static int register_all(void)
{
	unsigned int i;
	int err = register_ftrace_function(&shared_ops);

	if (err)
		return err;
	for (i = 0; i < nr_direct; i++) {
		err = register_ftrace_function(&direct_ops[i]);
		if (err) {
			unregister(i);
			return err;
		}
	}
	return 0;
}

static int attach(struct wd_hook *hooks, unsigned int count)
{
	int err = resolve(hooks, count);

	if (err)
		return err;
	err = filter(hooks, count);
	if (err)
		goto err_filter;
	err = register_all();
	if (err) {
		if (err != -ENOMEM)
			explain(hooks, count, err);
		goto err_filter;
	}
	live = true;
	err = withdraw_on_demand(hooks, count);
	if (err)
		wd_detach();
	return err;

err_filter:
	forget();
	return err;
}

int wd_attach(struct wd_hook *hooks, unsigned int count)
{
	int err = attach(hooks, count);

	/* Said here, for it says nothing about the kernel: the next try may work. */
	if (err == -ENOMEM)
		pr_err("cannot load: there is no memory for the hooks (%d)\n", err);
	return err;
}

void wd_detach(void)
{
	live = false;
	unregister(nr_direct);
	forget();
}

int wd_hook_on(const struct wd_hook *hook)
{
	int err;

	if (!live)
		return -ENODEV;
	mutex_lock(&demand_lock);
	err = ftrace_set_filter_ip(&shared_ops, hook->ip, 0, 0);
	if (!err)
		attached++;
	mutex_unlock(&demand_lock);
	return err;
}

int wd_hook_off(const struct wd_hook *hook)
{
	int err;

	if (!live)
		return 0;
	mutex_lock(&demand_lock);
	err = ftrace_set_filter_ip(&shared_ops, hook->ip, 1, 0);
	if (!err)
		attached--;
	mutex_unlock(&demand_lock);
	return err;
}

unsigned int wd_attached_count(void)
{
	return attached;
}

const char *wd_attached_missing(void)
{
	return missing;
}
