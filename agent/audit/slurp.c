// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fsx.h"
#include "slurp.h"

static char *read_fd(int fd, const char *path, size_t max, size_t *n, struct err *err)
{
	struct stat st;
	char *text;
	ssize_t got;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		err_set(err, "%s: not a regular file", path);
		return NULL;
	}
	if ((unsigned long long)st.st_size > max) {
		err_set(err, "%s: %lld bytes, more than the %zu that can be right", path,
			(long long)st.st_size, max);
		return NULL;
	}
	text = malloc(st.st_size + 1);
	got = text ? fsx_read_full(fd, text, st.st_size) : -1;
	if (got < 0) {
		err_sys(err, "%s", path);
		free(text);
		return NULL;
	}
	text[got] = 0;
	if (n)
		*n = got;
	return text;
}

char *slurp(const char *path, size_t max, size_t *n, struct err *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text;

	if (fd < 0) {
		err_sys(err, "%s", path);
		return NULL;
	}
	text = read_fd(fd, path, max, n, err);
	close(fd);
	return text;
}
