// SPDX-License-Identifier: Apache-2.0
/* faultmod.c - see faultmod.h */
#include "faultmod.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "nl.h"

const char *dir, *key_file;
uint32_t root;

int command(uint8_t cmd, unsigned int type, const void *data, size_t len)
{
	bool list = cmd == WD_CMD_ROOT_GET || cmd == WD_CMD_FILTER_GET;
	struct nl_message m;

	nl_start(&m, cmd, list ? NLM_F_DUMP : NLM_F_ACK);
	if (cmd == WD_CMD_ROOT_SET || (type && type != WD_A_ROOT && type != WD_A_MODE &&
				       type != WD_A_PATH && type != WD_A_SEAL_FLAGS))
		nl_add(&m, WD_A_ROOT, &root, 4);
	if (type)
		nl_add(&m, type, data, len);
	return nl_talk(&m);
}

int set_mode(uint8_t mode)
{
	return command(WD_CMD_MODE_SET, WD_A_MODE, &mode, 1);
}

unsigned int count(uint8_t cmd)
{
	command(cmd, 0, NULL, 0);
	return nl_answers();
}

/* The attempt must be refused: by us, or for want of memory before us. */
bool refused(int got)
{
	return got && (errno == EPERM || errno == ENOMEM || errno == ENOSPC);
}

const char *in_root(const char *name)
{
	static char paths[4][4096];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

/* Tried by another process: this one may be the agent. */
bool guarded(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(unlink(in_root("index.html")) && errno == EPERM ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

void clear(void)
{
	if (nl_clear())
		problem("a root cannot be removed", 0);
}

void with_root(void)
{
	clear();
	set_mode(WD_MODE_ENFORCE);
	if (command(WD_CMD_ROOT_ADD, WD_A_PATH, dir, strlen(dir) + 1))
		problem("a root cannot be added", 0);
	root = nl_answer(0, WD_A_ROOT);
}

int info(void)
{
	return command(WD_CMD_INFO, 0, NULL, 0);
}

unsigned int hooks(void)
{
	info();
	return nl_answer(0, WD_A_HOOKS);
}
