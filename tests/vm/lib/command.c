// SPDX-License-Identifier: Apache-2.0
/* command.c - starting and ending what the host wants to run */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void fd_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

static char **make_argv(char *args, size_t length)
{
	size_t n = 0;
	char **argv;

	for (size_t i = 0; i < length; i++)
		n += args[i] == '\0';
	argv = calloc(n + 1, sizeof(*argv));
	if (!argv)
		return NULL;
	n = 0;
	for (char *arg = args; arg < args + length; arg += strlen(arg) + 1)
		argv[n++] = arg;
	return argv;
}

static _Noreturn void exec_command(char **argv, const struct wire_run *run)
{
	sigset_t none;
	int saved, fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* Like us it would survive the OOM killer, and no test could provoke that. */
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		dprintf(fd, "0");
	if (run->tty && run->term[0])
		setenv("TERM", run->term, 1);
	execvp(argv[0], argv);
	saved = errno;
	dprintf(STDERR_FILENO, "guest: cannot run %s: %s\n", argv[0], strerror(saved));
	_exit(saved == ENOENT ? 127 : 126);
}

static struct winsize winsize_of(const struct wire_window *window)
{
	return (struct winsize){.ws_row = window->rows, .ws_col = window->cols};
}

static int start_on_tty(struct command *cmd, char **argv, const struct wire_run *run)
{
	struct winsize size = winsize_of(&run->window);

	cmd->pid = forkpty(&cmd->out, NULL, NULL, &size);
	if (cmd->pid == 0)
		exec_command(argv, run);
	if (cmd->pid < 0)
		return -1;
	cmd->in = fcntl(cmd->out, F_DUPFD_CLOEXEC, 0);
	return 0;
}

static int make_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++) {
		if (!pipe2(pipes[i], O_CLOEXEC))
			continue;
		while (i--) {
			close(pipes[i][0]);
			close(pipes[i][1]);
		}
		return -1;
	}
	return 0;
}

static int start_on_pipes(struct command *cmd, char **argv, const struct wire_run *run)
{
	int pipes[3][2]; /* by the number the command knows them */

	if (make_pipes(pipes))
		return -1;
	cmd->pid = fork();
	if (cmd->pid == 0) {
		setsid();
		dup2(pipes[STDIN_FILENO][0], STDIN_FILENO);
		dup2(pipes[STDOUT_FILENO][1], STDOUT_FILENO);
		dup2(pipes[STDERR_FILENO][1], STDERR_FILENO);
		exec_command(argv, run);
	}
	close(pipes[STDIN_FILENO][0]);
	close(pipes[STDOUT_FILENO][1]);
	close(pipes[STDERR_FILENO][1]);
	cmd->in = pipes[STDIN_FILENO][1];
	cmd->out = pipes[STDOUT_FILENO][0];
	cmd->err = pipes[STDERR_FILENO][0];
	return cmd->pid < 0 ? -1 : 0;
}

int command_start(struct command *cmd, char *args, size_t length, const struct wire_run *run)
{
	char **argv = make_argv(args, length);
	int bad;

	if (!argv)
		return -1;
	bad = run->tty ? start_on_tty(cmd, argv, run) : start_on_pipes(cmd, argv, run);
	free(argv);
	if (bad)
		return -1;
	cmd->pidfd = syscall(SYS_pidfd_open, cmd->pid, 0);
	fd_nonblock(cmd->in, true);
	fd_nonblock(cmd->out, true);
	if (cmd->err >= 0)
		fd_nonblock(cmd->err, true);
	return cmd->pidfd < 0 ? -1 : 0;
}

void command_resize(struct command *cmd, const struct wire_window *window)
{
	struct winsize size = winsize_of(window);

	if (cmd->out >= 0)
		ioctl(cmd->out, TIOCSWINSZ, &size);
}

/* Nobody is left to read what the command says; give it a moment to leave by itself. */
void command_end(struct command *cmd)
{
	struct pollfd pid = {cmd->pidfd, POLLIN, 0};

	if (!cmd->pid)
		return;
	kill(-cmd->pid, SIGHUP);
	if (poll(&pid, 1, 500) == 0)
		kill(-cmd->pid, SIGKILL);
	waitpid(cmd->pid, NULL, 0);
}

void command_clear(struct command *cmd)
{
	fd_close(&cmd->in);
	fd_close(&cmd->out);
	fd_close(&cmd->err);
	fd_close(&cmd->pidfd);
}
