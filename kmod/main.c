// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - loading and unloading
 *
 * Unloading goes from the outside to the inside: first nobody can ask for
 * anything any more, then no hook runs, then nothing is left that could use what
 * is freed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "agent.h"
#include "arm.h"
#include "attach.h"
#include "hooks.h"
#include "layer.h"
#include "mapper.h"
#include "netlink.h"
#include "policy.h"
#include "report.h"
#include "seal.h"
#include "sysfs.h"
#include "version.h"

static char *mode = "enforce";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "what a new root gets: off, audit or enforce (default)");

static bool fold = true;
module_param(fold, bool, 0444);
MODULE_PARM_DESC(fold,
		 "whether a source's many denials become one event with a count (default yes)");

static int __init wd_init(void)
{
	int err = wd_policy_init(mode);

	if (err)
		return err;
	err = wd_report_init(fold);
	if (err)
		return err;
	err = wd_sysfs_init();
	if (err) {
		pr_err("cannot load: /sys/kernel/webdefender cannot be made (%d)\n", err);
		goto err_sysfs;
	}
	wd_mapper_get();
	err = wd_hooks_attach();
	if (err)
		goto err_hooks;
	wd_arm_init(wd_hooks_write());
	wd_layers_init(wd_hooks_permission());
	err = wd_netlink_init();
	if (err) {
		pr_err("cannot load: the netlink family cannot be registered (%d)\n", err);
		goto err_netlink;
	}
	pr_info("version %s, %u hooks, new roots get %s; optional hooks this kernel does not have: %s\n",
		WD_MODULE_VERSION, wd_attached_count(), mode,
		wd_attached_missing()[0] ? wd_attached_missing() : "none");
	return 0;

err_netlink:
	wd_detach();
err_hooks:
	wd_mapper_put();
	wd_sysfs_exit();
err_sysfs:
	wd_report_exit();
	return err;
}

static void __exit wd_exit(void)
{
	wd_report_stop();
	wd_netlink_exit();
	wd_seal_exit();
	wd_policy_exit();
	wd_sysfs_exit();
	wd_arm_exit();
	wd_detach();
	wd_mapper_put();
	wd_agent_exit();
	wd_layers_exit();
	wd_report_exit();
	pr_info("unloaded; nothing is guarded\n");
}

module_init(wd_init);
module_exit(wd_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The WebDefender authors");
MODULE_DESCRIPTION("Guards directory trees against change");
MODULE_VERSION(WD_MODULE_VERSION);
