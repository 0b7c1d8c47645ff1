// SPDX-License-Identifier: Apache-2.0
/*
 * alive - how long until every process of publisher and agent is there and answers
 *
 *   alive PUBLISHER.SOCK AGENT.SOCK WARDEN.ALIVE SECONDS KILLED
 *
 * KILLED is the process that was just told to die: it counts for nobody.
 * Looks every 5 ms, in one process: a shell's look costs more than what it looks for. Prints the
 * milliseconds and what was missing last, or what was missing to the end and exits with 1.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "fsx.h"

static void no_row(void *arg, json_t *j)
{
	(void)arg;
	(void)j;
}

static bool answers(const char *path)
{
	struct err err;
	json_t *j = ctl_call(path, json_pack("{s:s}", "cmd", "status"), no_row, NULL, NULL, &err);
	bool yes = j && json_is_true(json_object_get(j, "ok"));

	json_decref(j);
	return yes;
}

/* Who listens there; 0: nobody. */
static pid_t listener(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct ucred who = {0};
	socklen_t n = sizeof(who);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n))
		who.pid = 0;
	close(fd);
	return who.pid;
}

static bool runs_role(const char *pid, const char *role)
{
	char path[64], line[4096];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%.16s/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line));
	if (fd >= 0)
		close(fd);
	return n > 0 && memmem(line, n, role, strlen(role) + 1);
}

static bool has_role(pid_t of, const char *role)
{
	char path[64], list[4096] = "", *at = list, *pid;
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)of, (int)of);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, list, sizeof(list) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	while ((pid = strsep(&at, " ")))
		if (*pid && runs_role(pid, role))
			return true;
	return false;
}

/* Dead, whether or not anybody has taken note. */
static bool gone(const char *pid)
{
	char path[64], line[512] = "";
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (fd >= 0)
		close(fd);
	return n <= 0 || !strrchr(line, ')') || strchr("ZX", strrchr(line, ')')[2]);
}

static const char *missing(char **argv)
{
	static const char *const roles[] = {"keys", "link", "notify"};
	pid_t engine = listener(argv[1]), guard = listener(argv[2]);

	for (size_t i = 0; engine && i < sizeof(roles) / sizeof(*roles); i++)
		if (!has_role(engine, roles[i]))
			return roles[i];
	return !engine			  ? "the engine"
	       : !guard			  ? "the guard"
	       : !has_role(guard, "link") ? "the agent's link"
	       : !listener(argv[3])	  ? "the warden"
	       : !answers(argv[1])	  ? "the engine's answer"
	       : !answers(argv[2])	  ? "the guard's answer"
					  : NULL;
}

int main(int argc, char **argv)
{
	int64_t begin = fsx_mono_ns(), end;
	const char *what, *last = "";

	if (argc != 6) {
		fprintf(stderr,
			"usage: alive PUBLISHER.SOCK AGENT.SOCK WARDEN.ALIVE SECONDS KILLED\n");
		return 2;
	}
	end = begin + atoi(argv[4]) * 1000000000ll;
	/* Until it is really dead its sockets are there: the next kill would be of its rescuer. */
	while ((what = gone(argv[5]) ? missing(argv) : "the end of the killed one") &&
	       fsx_mono_ns() < end) {
		last = what;
		usleep(5000);
	}
	if (what)
		printf("%s\n", what);
	else
		printf("%d %s\n", (int)((fsx_mono_ns() - begin) / 1000000), last);
	return what != NULL;
}
