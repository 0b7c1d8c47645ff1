/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * relay.c - lets the simulated MAX312 act on a real link
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim.h"

static void run_command(const char *command, bool cut)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		char line[1000];

		snprintf(line, sizeof(line), "%s %s", command, cut ? "cut" : "on");
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		fprintf(stderr, "hass-sim: --relay-exec: `%s %s` failed: the link may not be %s\n",
			command, cut ? "cut" : "on", cut ? "cut" : "on");
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 2};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One command; events may come before its answer. */
static bool ask(FILE *monitor, const char *command)
{
	char line[4096];

	fprintf(monitor, "%s\n", command);
	fflush(monitor);
	while (fgets(line, sizeof(line), monitor)) {
		if (strstr(line, "\"return\""))
			return true;
		if (strstr(line, "\"error\""))
			return false;
	}
	return false;
}

static bool set_link(int fd, const char *nic, bool up)
{
	FILE *monitor = fdopen(fd, "r+");
	char line[4096], command[300];
	bool done;

	snprintf(command, sizeof(command),
		 "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"%s\",\"up\":%s}}", nic,
		 up ? "true" : "false");
	done = fgets(line, sizeof(line), monitor) /* greeting */ &&
	       ask(monitor, "{\"execute\":\"qmp_capabilities\"}") && ask(monitor, command);
	fclose(monitor);
	return done;
}

static void tell_qemu(const char *where, bool cut)
{
	char path[108] = "";
	const char *comma = strrchr(where, ',');
	int fd;

	snprintf(path, sizeof(path), "%.*s", (int)(comma ? comma - where : (long)strlen(where)),
		 where);
	fd = connect_to(path);
	if (fd < 0 || !set_link(fd, comma ? comma + 1 : "net0", !cut))
		fprintf(stderr, "hass-sim: --relay-qmp: %s did not switch the link %s\n", where,
			cut ? "off" : "on");
}

void relay_set(const struct relay *relay, bool cut)
{
	if (relay->exec)
		run_command(relay->exec, cut);
	if (relay->qmp)
		tell_qemu(relay->qmp, cut);
}
