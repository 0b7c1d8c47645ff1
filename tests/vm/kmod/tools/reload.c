// SPDX-License-Identifier: Apache-2.0
/*
 * reload - load the module, guard a tree, unload, over and over, told line by line
 *
 * usage: reload MODULE.ko TREE
 *
 * One process for all rounds: the debug kernel takes a second and more to start a program.
 * What modprobe and rmmod ask the kernel for is the same. Reads lines from standard input,
 * answers each with "ok" or why not:
 *   load        finit_module(2), mode=enforce
 *   guard       TREE becomes a root, and more than 100 changes are denied (waits for it)
 *   listen      a child reads the events until the module is gone
 *   unload [-f] delete_module(2), as rmmod [-f]
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"

#define DENIED "/sys/kernel/webdefender/stats/denied"
#define WAIT_MS 60000

static pid_t listener;

/* NULL, or why not. */
static const char *load(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || syscall(SYS_finit_module, fd, "mode=enforce", 0) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err ? strerror(err) : NULL;
}

static long denied(void)
{
	FILE *f = fopen(DENIED, "re");
	long n = -1;

	if (!f || fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static const char *guard(const char *tree)
{
	const uint8_t enforce = WD_MODE_ENFORCE;
	struct nl_message m;
	int err, ms;

	nl_open("reload");
	nl_start(&m, WD_CMD_ROOT_ADD, NLM_F_ACK);
	nl_add(&m, WD_A_PATH, tree, strlen(tree) + 1);
	nl_add(&m, WD_A_MODE, &enforce, sizeof(enforce));
	err = nl_talk(&m);
	nl_close();
	if (err)
		return *nl_words() ? nl_words() : strerror(err);
	for (ms = 0; ms < WAIT_MS; ms += 10) {
		if (denied() > 100)
			return NULL;
		usleep(10000);
	}
	return "nothing is denied";
}

/* The only multicast group of the family, from the answer nl_open() got; 0 if it is not there. */
static uint32_t group(void)
{
	/* CTRL_ATTR_MCAST_GROUPS: a nest for each group, its number is first there. */
	struct {
		struct nlattr nest, id;
		uint32_t number;
	} groups;

	if (nl_bytes(0, CTRL_ATTR_MCAST_GROUPS, &groups, sizeof(groups)) ||
	    groups.id.nla_type != CTRL_ATTR_MCAST_GRP_ID)
		return 0;
	return groups.number;
}

static void read_events(int fd)
{
	static char event[65536];

	for (;;)
		if (recv(fd, event, sizeof(event), 0) < 0 && errno != ENOBUFS && errno != EINTR)
			_exit(1);
}

static const char *start_listener(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	uint32_t number;

	nl_open("reload");
	number = group();
	nl_close();
	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number, sizeof(number)))
		return "cannot join the group of the events";
	listener = fork();
	if (!listener)
		read_events(fd);
	close(fd);
	return listener < 0 ? strerror(errno) : NULL;
}

static const char *unload(unsigned int flags)
{
	int err = syscall(SYS_delete_module, "webdefender", O_NONBLOCK | flags) ? errno : 0;

	if (listener > 0) {
		kill(listener, SIGKILL);
		waitpid(listener, NULL, 0);
		listener = 0;
	}
	return err ? strerror(err) : NULL;
}

static const char *obey(const char *line, char **argv)
{
	if (!strcmp(line, "load"))
		return load(argv[1]);
	if (!strcmp(line, "guard"))
		return guard(argv[2]);
	if (!strcmp(line, "listen"))
		return start_listener();
	if (!strcmp(line, "unload"))
		return unload(0);
	if (!strcmp(line, "unload -f"))
		return unload(O_TRUNC);
	return "no such command";
}

int main(int argc, char **argv)
{
	char line[64];

	if (argc != 3) {
		fprintf(stderr, "usage: reload MODULE.ko TREE\n");
		return 2;
	}
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		const char *why;

		line[strcspn(line, "\n")] = '\0';
		why = obey(line, argv);
		puts(why ? why : "ok");
	}
	return 0;
}
