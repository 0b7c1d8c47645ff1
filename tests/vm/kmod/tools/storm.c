// SPDX-License-Identifier: Apache-2.0
/*
 * storm - attempts as fast as can be, by several processes
 *
 * usage: storm unlink DIR COUNT        unlinks DIR/0 ... of which none may go (EPERM)
 *        storm hammer DIR JOBS STOP    JOBS processes create, write, rename and remove
 *                                      below DIR, whatever the answer, until the file
 *                                      STOP exists
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int unlinks(const char *dir, int count)
{
	char path[4096];
	int i, gone = 0;

	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%d", dir, i % 8);
		if (!unlink(path) || errno != EPERM)
			gone++;
	}
	printf("{\"attempts\":%d,\"not_denied\":%d}\n", count, gone);
	return gone ? 1 : 0;
}

static void hammer(const char *dir, int job, const char *stop)
{
	char a[4096], b[4096];
	unsigned long n;

	snprintf(a, sizeof(a), "%s/job%d", dir, job);
	snprintf(b, sizeof(b), "%s/job%d.new", dir, job);
	for (n = 0; n % 64 || access(stop, F_OK); n++) {
		int fd = open(a, O_RDWR | O_CREAT, 0644);

		if (fd >= 0) {
			if (write(fd, "x", 1) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
			    read(fd, b + 4000, 1) < 0)
				errno = 0;
			close(fd);
		}
		chmod(a, 0600);
		rename(a, b);
		unlink(n & 1 ? a : b);
		mkdir(a, 0755);
		rmdir(a);
	}
}

int main(int argc, char **argv)
{
	int i;

	if (argc == 4 && !strcmp(argv[1], "unlink"))
		return unlinks(argv[2], atoi(argv[3]));
	if (argc != 5 || strcmp(argv[1], "hammer")) {
		fprintf(stderr, "usage: storm unlink DIR COUNT | storm hammer DIR JOBS STOP\n");
		return 2;
	}
	for (i = 0; i < atoi(argv[3]); i++)
		if (!fork()) {
			hammer(argv[2], i, argv[4]);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	return 0;
}
