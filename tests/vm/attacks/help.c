// SPDX-License-Identifier: Apache-2.0
/* help.c - what several tables use */
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

const char *at(const char *path)
{
	static char buffers[16][4096];
	static unsigned int next;
	char *buf = buffers[next++ % 16];
	const char *base = *path == '@' ? WWW : *path == '^' ? OUT : *path == '%' ? BASE : NULL;

	if (!base)
		return path;
	snprintf(buf, sizeof(buffers[0]), "%s%s", base, path + 1);
	return buf;
}

int shell(const char *format, ...)
{
	static char command[8192], said[8192];
	va_list args;
	size_t n;
	FILE *f;
	int status, len;

	len = snprintf(command, sizeof(command), "exec 2>&1; ");
	va_start(args, format);
	vsnprintf(command + len, sizeof(command) - len, format, args);
	va_end(args);
	f = popen(command, "r");
	if (!f)
		return -errno;
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = 0;
	status = pclose(f);
	if (!status)
		return 0;
	if (getenv("ATTACK_DEBUG"))
		fprintf(stderr, "shell: %s: %s\n", command, said);
	if (strstr(said, "not permitted") || strstr(said, "ermission denied"))
		return -EPERM;
	if (WEXITSTATUS(status) == 127 || strstr(said, "not supported") ||
	    strstr(said, "unknown filesystem") || strstr(said, "not found"))
		return -ENOSYS;
	return -EIO;
}

int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -errno : 0;
}

int drop_caches(void)
{
	sync();
	return put("/proc/sys/vm/drop_caches", "3");
}

int enter_userns(void)
{
	char map[64];
	unsigned int uid = getuid();

	try(unshare(CLONE_NEWUSER | CLONE_NEWNS));
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (put("/proc/self/uid_map", map) || put("/proc/self/gid_map", map))
		return -EIO;
	return 0;
}

int enter_mountns(void)
{
	try(unshare(CLONE_NEWNS));
	try(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	return 0;
}

int steal_fd(int pid, int fd)
{
	int pidfd = try(syscall(SYS_pidfd_open, pid, 0));

	return try(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
}
