// SPDX-License-Identifier: Apache-2.0
/*
 * guestd.c - pid 1 of a test guest: boots it and runs commands for the host
 *
 *	guestd (pid 1) ---- a process a port ---- the command that runs on it
 *
 * A port's process that dies, say by a test's "kill -9 -1", is started again. SIGHUP makes pid 1
 * /sbin/init, for tests of a real one: what runs on a port goes on, its process is then init's.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "session.h"
#include "wire.h"

static pid_t servers[WIRE_PORTS];

static void survive_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		dprintf(fd, "-1000");
		close(fd);
	}
}

/* vportDpN: D depends on what other devices there are, N is the port's number on the host. */
static bool find_port(int n, char *path, size_t size)
{
	char pattern[32];
	glob_t found;
	bool ok;

	snprintf(pattern, sizeof(pattern), "/dev/vport*p%d", n);
	ok = glob(pattern, 0, NULL, &found) == 0;
	if (ok)
		snprintf(path, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return ok;
}

static void serve(int n)
{
	char path[64] = "";

	/* The driver learns of its ports one after the other, after it was loaded. */
	for (int tries = 0; tries < 2000 && !find_port(n, path, sizeof(path)); tries++)
		usleep(5000);
	session_serve(path);
	fprintf(stderr, "guestd: cannot use port %d: %s\n", n, strerror(errno));
}

static void start_server(int n)
{

	servers[n] = fork();
	if (servers[n])
		return;
	prctl(PR_SET_NAME, "guestd-port");
	survive_oom();
	serve(n + 1);
	sleep(1); /* pid 1 starts another one: not in a busy loop */
	_exit(1);
}

static void reap(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (int n = 0; n < WIRE_PORTS; n++)
			if (servers[n] == pid)
				start_server(n);
}

/* What reboot(8) and poweroff(8) of busybox ask their init for. */
static void leave(int how)
{
	sync();
	reboot(how);
}

static void become_init(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execl("/sbin/init", "/sbin/init", NULL);
	fprintf(stderr, "guestd: /sbin/init: %s\n", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
}

int main(void)
{
	sigset_t all;

	signal(SIGPIPE, SIG_IGN);
	boot();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (int n = 0; n < WIRE_PORTS; n++)
		start_server(n);
	for (;;) {
		switch (sigwaitinfo(&all, NULL)) {
		case SIGCHLD:
			reap();
			break;
		case SIGHUP:
			become_init();
			sigprocmask(SIG_BLOCK, &all, NULL);
			break;
		case SIGTERM:
			leave(RB_AUTOBOOT);
			break;
		case SIGUSR1:
		case SIGUSR2:
			leave(RB_POWER_OFF);
			break;
		}
	}
}
