// SPDX-License-Identifier: Apache-2.0
/* proxies.c - what opens, writes or starts programs in the name of whoever asked it to */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

#define I "@/index.html"

/* ---- fanotify: each event brings a descriptor, opened as the listener likes it ---- */

static int listener = -1;

static int watch(void)
{
	listener = try(fanotify_init(FAN_CLASS_NOTIF, O_RDWR));
	return try(fanotify_mark(listener, FAN_MARK_ADD, FAN_CLOSE_NOWRITE, AT_FDCWD, at(I))), 0;
}

static int write_by_event(void)
{
	struct fanotify_event_metadata event;

	/* A visitor reads it. */
	try(close(try(open(at(I), O_RDONLY))));
	try(read(listener, &event, sizeof(event)));
	if (event.fd < 0)
		return event.fd;
	return try(write(event.fd, "defaced", 7)), 0;
}

/* ---- a cache of network file systems, whose directory is the tree ---- */

static int cache_in_tree(void)
{
	char line[600];
	int fd;

	if (shell("modprobe -q cachefiles && [ -c /dev/cachefiles ]"))
		return -ENOSYS;
	fd = try(open("/dev/cachefiles", O_RDWR));
	snprintf(line, sizeof(line), "dir %s", at("@/empty"));
	try(write(fd, line, strlen(line)));
	try(write(fd, "tag www", 7));
	return try(write(fd, "bind", 4)), 0;
}

/* ---- a program that the kernel starts when the last process leaves a group ---- */

#define GROUPS "/mnt/groups"
#define AGENT "/root/release"

static int agent_ready(void)
{
	return shell("printf '#!/bin/sh\\ntruncate -s 1 %s\\n' >" AGENT " && chmod 755 " AGENT
		     " && mkdir -p " GROUPS " && mount -t cgroup -o none,name=left none " GROUPS
		     " && mkdir -p " GROUPS "/g",
		     at(I));
}

static int agent_run(void)
{
	struct stat st;
	int err = put(GROUPS "/release_agent", AGENT "\n") ?: put(GROUPS "/g/notify_on_release", "1\n");
	int n;

	err = err ?: shell("echo $$ >" GROUPS "/g/cgroup.procs");
	for (n = 0; !err && n < 20; n++) {
		try(stat(at(I), &st));
		if (st.st_size == 1)
			return 0;
		usleep(100000);
	}
	return err ?: -EPERM;
}

static void agent_off(void)
{
	if (shell("rmdir " GROUPS "/g; umount " GROUPS))
		usleep(1000);
	unlink(AGENT);
}

/* ---- the file system told to show less ---- */

static int remount(const char *option)
{
	return try(mount(NULL, "/srv", NULL, MS_REMOUNT, option)), 0;
}

static int no_acl(void)
{
	return remount("noacl");
}

static int no_acl_by_context(void)
{
	int fd = try(syscall(SYS_fspick, AT_FDCWD, "/srv", 0));

	try(syscall(SYS_fsconfig, fd, 0 /* FSCONFIG_SET_FLAG */, "noacl", NULL, 0));
	return try(syscall(SYS_fsconfig, fd, 7 /* FSCONFIG_CMD_RECONFIGURE */, NULL, NULL, 0)), 0;
}

static void show_all(void)
{
	mount(NULL, "/srv", NULL, MS_REMOUNT, "acl");
}

const struct vector proxy_vectors[] = {
	{"fanotify-event", "the descriptor that a notification brings", "open", I, .before = watch,
	 .run = write_by_event},
	{"cachefiles", "a cache of network file systems bound to it", "mkdir|create|setxattr", "@*",
	 .run = cache_in_tree, .only = F_EXT4 | F_XFS | F_BTRFS, .flags = ANY_ERROR},
	{"release-agent", "a program that the kernel starts when a group is left", "open|truncate",
	 I, .before = agent_ready, .run = agent_run, .undo = agent_off, .flags = OTHER_ACTOR},
	{"remount-noacl", "the file system told to show no access lists", "mount", NULL,
	 .run = no_acl, .undo = show_all, .only = F_BTRFS, .flags = NO_PATH},
	{"remount-noacl-context", "the same by fsconfig", "mount", NULL, .run = no_acl_by_context,
	 .undo = show_all, .only = F_BTRFS, .flags = NO_PATH},
	{NULL},
};
