// SPDX-License-Identifier: Apache-2.0
/*
 * cost - nanoseconds a system call takes; instructions, where the clock counts those
 *
 * usage: cost NAME=PATH...     NAME: read, sendfile, open-read, open-write, unlink
 *
 * Prints the median of 21 rounds of 100 calls each, as JSON by name. Failing calls
 * are measured like others.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 21
#define CALLS 100

static char byte;
static int fd, nowhere;

static void call_read(const char *path)
{
	(void)path;
	if (pread(fd, &byte, 1, 0) < 0)
		byte = 0;
}

static void call_sendfile(const char *path)
{
	off_t at = 0;

	(void)path;
	if (sendfile(nowhere, fd, &at, 1) < 0)
		byte = 0;
}

static void call_open_read(const char *path)
{
	int f = open(path, O_RDONLY);

	if (f >= 0)
		close(f);
}

static void call_open_write(const char *path)
{
	int f = open(path, O_WRONLY);

	if (f >= 0)
		close(f);
}

static void call_unlink(const char *path)
{
	unlink(path);
}

static const struct {
	const char *name;
	void (*call)(const char *path);
} calls[] = {
	{"read", call_read},
	{"sendfile", call_sendfile},
	{"open-read", call_open_read},
	{"open-write", call_open_write},
	{"unlink", call_unlink},
};

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

static long measure(void (*call)(const char *), const char *path)
{
	long took[ROUNDS], begin;
	int i, n;

	for (i = 0; i < ROUNDS; i++) {
		begin = now();
		for (n = 0; n < CALLS; n++)
			call(path);
		took[i] = (now() - begin) / CALLS;
	}
	qsort(took, ROUNDS, sizeof(*took), by_value);
	return took[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	const char *between = "{";
	size_t k;
	int i;

	nowhere = open("/dev/null", O_WRONLY);
	for (i = 1; i < argc; i++) {
		char *path = strchr(argv[i], '=');

		if (!path)
			return 2;
		*path++ = '\0';
		fd = open(path, O_RDONLY);
		for (k = 0; k < sizeof(calls) / sizeof(*calls); k++)
			if (!strncmp(argv[i], calls[k].name, strlen(calls[k].name)))
				printf("%s\"%s\":%ld", between, argv[i],
				       measure(calls[k].call, path)),
					between = ",";
		close(fd);
	}
	puts("}");
	return 0;
}
