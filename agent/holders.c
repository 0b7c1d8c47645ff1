// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "holders.h"

static bool lies_in(const struct holders_query *q, const char *path)
{
	size_t n = strlen(q->root);
	enum filter_match m;

	if (strncmp(path, q->root, n) || path[n] != '/')
		return false;
	m = filters_match(q->filters, path + n + 1);
	return m != FILTER_BELOW && m != FILTER_FILE;
}

static void tell(const struct holders_query *q, int pid, const char *how, const char *path)
{
	struct holder h = {.pid = pid, .how = how, .path = path};
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/comm", pid);
	f = pid ? fopen(name, "re") : NULL;
	if (f && fgets(h.comm, sizeof(h.comm), f))
		h.comm[strcspn(h.comm, "\n")] = '\0';
	if (f)
		fclose(f);
	q->each(q->arg, &h);
}

static bool writes(int pid, const char *fd)
{
	char path[300], line[128];
	unsigned int flags = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "flags: %o", &flags) == 1)
			break;
	if (f)
		fclose(f);
	return (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH);
}

/* By its name in the tree; by another, if it is a file of several names on the same disk. */
static void look_at_fd(const struct holders_query *q, int pid, const char *fd)
{
	char link[300], path[PATH_MAX];
	struct stat st;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%s", pid, fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0 || path[0] != '/')
		return;
	path[n] = '\0';
	if (stat(link, &st) || !S_ISREG(st.st_mode))
		return;
	if (!lies_in(q, path) && !(st.st_dev == q->dev && st.st_nlink > 1))
		return;
	if (writes(pid, fd))
		tell(q, pid, "descriptor", path);
}

static void look_at_fds(const struct holders_query *q, int pid)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			look_at_fd(q, pid, e->d_name);
	if (d)
		closedir(d);
}

/* "FROM-TO rw-s OFFSET DEV INO   PATH"; a name that was mapped twice is told once. */
static void look_at_maps(const struct holders_query *q, int pid)
{
	char name[64], last[PATH_MAX] = "", *line = NULL, *path, perms[8];
	size_t cap = 0;
	FILE *f;
	int at;

	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	f = fopen(name, "re");
	while (f && getline(&line, &cap, f) > 0) {
		at = 0;
		if (sscanf(line, "%*s %7s %*s %*s %*s %n", perms, &at) != 1 || !at ||
		    perms[1] != 'w' || perms[3] != 's')
			continue;
		path = line + at;
		path[strcspn(path, "\n")] = '\0';
		if (!lies_in(q, path) || !strcmp(path, last))
			continue;
		snprintf(last, sizeof(last), "%s", path);
		tell(q, pid, "mapping", path);
	}
	free(line);
	if (f)
		fclose(f);
}

static void look_at_loops(const struct holders_query *q)
{
	DIR *d = opendir("/sys/block");
	char name[300], path[PATH_MAX];
	struct dirent *e;
	FILE *f;

	while (d && (e = readdir(d))) {
		snprintf(name, sizeof(name), "/sys/block/%.200s/loop/backing_file", e->d_name);
		f = fopen(name, "re");
		if (f && fgets(path, sizeof(path), f)) {
			path[strcspn(path, "\n")] = '\0';
			if (lies_in(q, path))
				tell(q, 0, "loop", path);
		}
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
}

static void look_at_swaps(const struct holders_query *q)
{
	FILE *f = fopen("/proc/swaps", "re");
	char line[PATH_MAX + 128], path[PATH_MAX];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%4095s file", path) == 1 && lies_in(q, path))
			tell(q, 0, "swap", path);
	if (f)
		fclose(f);
}

void holders_find(const struct holders_query *q)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		look_at_fds(q, strtol(e->d_name, NULL, 10));
		look_at_maps(q, strtol(e->d_name, NULL, 10));
	}
	if (d)
		closedir(d);
	look_at_loops(q);
	look_at_swaps(q);
}
