// SPDX-License-Identifier: GPL-2.0-only
/* planted.c - one mistake of each kind that the debug kernel is there to see; see detectors.sh */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *what = "none";
module_param(what, charp, 0444);

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);

static noinline void leak(void)
{
	void *volatile gone = kmalloc(333, GFP_KERNEL);

	gone = NULL;
	(void)gone;
}

static noinline void use_after_free(void)
{
	char *volatile p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	pr_info("planted: %d\n", p[8]);
}

static noinline void out_of_bounds(void)
{
	char *volatile p = kmalloc(64, GFP_KERNEL);

	p[64] = 1;
	kfree(p);
}

static noinline void sleep_in_atomic(void)
{
	spin_lock(&lock_a);
	msleep(1);
	spin_unlock(&lock_a);
}

static noinline void lock_order(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);
	spin_lock(&lock_b);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock(&lock_b);
}

static int __init planted_init(void)
{
	int n;

	if (!strcmp(what, "leak"))
		for (n = 0; n < 10; n++)
			leak();
	else if (!strcmp(what, "use-after-free"))
		use_after_free();
	else if (!strcmp(what, "out-of-bounds"))
		out_of_bounds();
	else if (!strcmp(what, "sleep"))
		sleep_in_atomic();
	else if (!strcmp(what, "lock-order"))
		lock_order();
	return 0;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("mistakes for the debug kernel to find");
