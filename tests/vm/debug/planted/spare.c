// SPDX-License-Identifier: GPL-2.0-only
/* spare.c - a module that does nothing, for who wants one to load and remove; see ../../kmod/seal.sh */
#include <linux/module.h>

MODULE_DESCRIPTION("WebDefender tests: nothing");
MODULE_LICENSE("GPL");
