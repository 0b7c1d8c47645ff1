// SPDX-License-Identifier: Apache-2.0
/*
 * count - what a command cost: instructions, in a guest whose clock counts those
 *
 * usage: count [-p PID]... COMMAND [ARG]...
 *
 * Prints "TOTAL OF-PIDS": nanoseconds until COMMAND ended, and how many of them the
 * processes PID (a worker) had the processor meanwhile, from /proc/PID/schedstat. Under
 * "qemu -icount shift=0" one nanosecond is one instruction. COMMAND's output goes to
 * /tmp/count.out; its failure is this program's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIDS_MAX 16

static long long processor_time(const char *pid)
{
	char path[64];
	long long ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lld", &ns) != 1)
		perror(path);
	if (f)
		fclose(f);
	return ns;
}

static long long all_of(char **pid, int n)
{
	long long sum = 0;

	while (n)
		sum += processor_time(pid[--n]);
	return sum;
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(int argc, char **argv)
{
	char *pid[PIDS_MAX];
	long long begin, worked;
	int n = 0, status, out;
	pid_t child;

	while (argc > 2 && !strcmp(argv[1], "-p") && n < PIDS_MAX) {
		pid[n++] = argv[2];
		argv += 2;
		argc -= 2;
	}
	out = open("/tmp/count.out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (argc < 2 || out < 0)
		return 2;
	worked = all_of(pid, n);
	begin = now();
	child = fork();
	if (!child) {
		dup2(out, 1);
		dup2(out, 2);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	waitpid(child, &status, 0);
	printf("%lld", now() - begin);
	printf(" %lld\n", all_of(pid, n) - worked);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
