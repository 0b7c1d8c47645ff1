// SPDX-License-Identifier: Apache-2.0
/*
 * race - open, map, write, rename, link, unlink in a tree that is being armed
 *
 * usage: race DIR FREE JOBS STOP
 *
 * JOBS processes, each over and over until the file STOP exists: open a file of DIR for writing,
 * wait a moment, write, truncate, map and store, close; and move names between DIR and FREE, on
 * the same file system. Whatever is refused is refused.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[2048], spare[2048];

static void hold(int job, unsigned int n)
{
	char path[4096], *map;
	int fd;

	snprintf(path, sizeof(path), "%s/race%d", dir, job);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		return;
	if (ftruncate(fd, 8192))
		n++;
	map = n & 1 ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	usleep(n * 37 % 900);
	if (write(fd, "late", 4) < 0)
		n += 2;
	if (map != MAP_FAILED) {
		memcpy(map, "store", 5);
		munmap(map, 4096);
	}
	close(fd);
}

static void names(int job, unsigned int n)
{
	char in[4096], out[4096];

	snprintf(in, sizeof(in), "%s/race%d", dir, job);
	snprintf(out, sizeof(out), "%s/race%d.%u", spare, job, n & 3);
	rename(in, out);
	link(out, in);
	rename(out, in);
	chmod(in, 0600 + (n & 077));
	unlink(n & 1 ? out : in);
}

static void job(int number, const char *stop)
{
	unsigned int n;

	for (n = number * 7; n % 16 || access(stop, F_OK); n++) {
		hold(number, n);
		names(number, n);
	}
}

int main(int argc, char **argv)
{
	int i;

	if (argc != 5)
		return fprintf(stderr, "usage: race DIR FREE JOBS STOP\n"), 2;
	snprintf(dir, sizeof(dir), "%s", argv[1]);
	snprintf(spare, sizeof(spare), "%s", argv[2]);
	for (i = 0; i < atoi(argv[3]); i++)
		if (!fork()) {
			job(i, argv[4]);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	return 0;
}
