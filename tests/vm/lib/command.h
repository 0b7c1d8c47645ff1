/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - a command in the guest, as a process and the descriptors that lead to it */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "wire.h"

struct command {
	pid_t pid; /* 0 until it runs, and once it was waited for */
	int pidfd;
	int in, out, err; /* -1 once closed. With a terminal, out is all three */
};

#define COMMAND_NONE                                                                               \
	{                                                                                          \
		.pidfd = -1, .in = -1, .out = -1, .err = -1                                        \
	}

/*
 * args: argv, string after string, each with its NUL. Its descriptors do not block.
 * 0, or -1 and errno if there is no process to be had; a program that cannot be run is
 * the process's own affair, as in a shell: it says so and exits with 127 or 126.
 */
int command_start(struct command *cmd, char *args, size_t length, const struct wire_run *run);

void command_resize(struct command *cmd, const struct wire_window *window);

/* Ends what still runs and waits for it. */
void command_end(struct command *cmd);

/* Closes what is open. */
void command_clear(struct command *cmd);

void fd_close(int *fd);
void fd_nonblock(int fd, bool on);

#endif
