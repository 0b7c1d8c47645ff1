// SPDX-License-Identifier: GPL-2.0-only
/*
 * holder.c - holds a function as a live patch does, so that nobody else may redirect it
 *
 * A kprobe with a post handler takes the right to change the instruction pointer (IPMODIFY),
 * of which a function has one.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *function = "security_inode_unlink";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "which function to hold");

static void after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = {.post_handler = after};

static int __init holder_init(void)
{
	probe.symbol_name = function;
	return register_kprobe(&probe);
}

static void __exit holder_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(holder_init);
module_exit(holder_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("holds a function that webdefender wants");
