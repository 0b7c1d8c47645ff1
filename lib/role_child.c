// SPDX-License-Identifier: Apache-2.0
/* A role as a child of the hub: fork, execute ourselves, wait for its end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "role_parts.h"

static void describe(int status, char *to, size_t cap)
{
	if (WIFSIGNALED(status))
		snprintf(to, cap, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(to, cap, "ended with status %d", WEXITSTATUS(status));
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct role *r = arg;
	char how[128];
	int status;

	(void)fd;
	(void)what;
	if (waitpid(r->pid, &status, WNOHANG) != r->pid)
		return;
	event_free(r->ended);
	close(r->pidfd);
	r->ended = NULL;
	describe(status, how, sizeof(how));
	role_over(r, how);
}

/* In the child, between fork and exec. */
static void become(struct role *r, int fd)
{
	char *argv[ROLE_WORDS_MAX + 4] = {program_invocation_name, (char *)"--role", r->name};
	sigset_t none;

	for (int i = 0; r->args[i]; i++)
		argv[3 + i] = r->args[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Ctrl-C reaches the whole group; the hub decides what it means. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd == ROLE_FD)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, ROLE_FD);
	close_range(ROLE_FD + 1, ~0u, 0);
	/* The very binary the hub runs, also when it has been replaced on disk. */
	execv("/proc/self/exe", argv);
	_exit(127);
}

void role_child_start(struct role *r)
{
	int pair[2], delay;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		goto again;
	pid = fork();
	if (pid == 0)
		become(r, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		goto again;
	}
	r->pidfd = pidfd_open(pid, 0);
	r->ended = event_new(r->base, r->pidfd, EV_READ | EV_PERSIST, on_ended, r);
	event_add(r->ended, NULL);
	role_begun(r, pid, pair[0]);
	return;
again:
	delay = backoff_take(&r->delay, BACKOFF_MOST_MS);
	log_err("cannot start role %s: %s; trying again in %d ms", r->name, strerror(errno), delay);
	role_plan(r, delay);
}

void role_child_forget(struct role *r)
{
	if (r->ended) {
		event_free(r->ended);
		close(r->pidfd);
	}
	r->ended = NULL;
	if (r->pid) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
	}
	r->pid = 0;
}
