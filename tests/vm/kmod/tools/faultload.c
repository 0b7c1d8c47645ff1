// SPDX-License-Identifier: Apache-2.0
/* faultload.c - loading the module while its allocations fail; see faults.c */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"
#include "nl.h"

static int info(void)
{
	struct nl_message m;

	nl_start(&m, WD_CMD_INFO, NLM_F_ACK);
	return nl_talk(&m);
}

static int load(const char *file)
{
	int fd = open(file, O_RDONLY), err;

	err = fd < 0 || syscall(SYS_finit_module, fd, "mode=enforce", 0) ? errno : 0;
	close(fd);
	return err;
}

static bool loaded(void)
{
	return !access("/sys/module/webdefender", F_OK);
}

/* Loaded in spite of it, it must be whole: no hook may be missing that this kernel has. */
static void check_loaded(unsigned int hooks, unsigned int n)
{
	if (!loaded() || access(SYS "/mode", R_OK)) {
		problem("loading succeeded, and it is not there", n);
		return;
	}
	nl_open("faults");
	if (info() || nl_answer(0, WD_A_HOOKS) != hooks)
		problem("it was loaded with other hooks than without a failure", n);
	nl_close();
	if (syscall(SYS_delete_module, "webdefender", 0))
		problem("it cannot be removed", n);
}

static unsigned int hooks_of(const char *file)
{
	unsigned int hooks;

	if (load(file)) {
		perror("faults: loading without a fault");
		exit(2);
	}
	nl_open("faults");
	info();
	hooks = nl_answer(0, WD_A_HOOKS);
	nl_close();
	syscall(SYS_delete_module, "webdefender", 0);
	return hooks;
}

void play_load(const char *file, unsigned int step, unsigned int from)
{
	unsigned int hooks = hooks_of(file), n, tries = 0, refusals = 0;
	bool hit = true;

	for (n = from; hit && n < MOST; n += step, tries++) {
		int err;

		arm_fault(n);
		err = load(file);
		hit = fault_hit();
		refusals += err != 0;
		if (!err)
			check_loaded(hooks, n);
		else if (loaded() || !access(SYS, F_OK))
			problem("loading failed, and something is left", n);
	}
	printf("# loading, %u hooks: %u tries with one failure each, %u refused\n", hooks, tries,
	       refusals);
}
