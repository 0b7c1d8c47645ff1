// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "fsx.h"
#include "proc.h"

#define FILE_MOST 65536

/* The beginning of a file, enough for what is asked. */
static int slurp(const char *root, const char *name, char *to, size_t cap)
{
	char path[256];
	ssize_t n;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", root, name) >= sizeof(path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = fsx_read_full(fd, to, cap - 1);
	close(fd);
	if (n < 0)
		return -1;
	to[n] = 0;
	return 0;
}

static uint64_t kib_after(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? strtoull(p + strlen(key), NULL, 10) << 10 : 0;
}

int proc_machine(const char *root, struct proc_machine *m)
{
	char text[FILE_MOST];
	uint64_t v[8] = {0}, available;

	*m = (struct proc_machine){0};
	if (slurp(root, "stat", text, sizeof(text)) ||
	    sscanf(text,
		   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64,
		   &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) < 4)
		return -1;
	for (int i = 0; i < 8; i++)
		m->total += v[i];
	m->busy = m->total - v[3] - v[4]; /* idle, waiting for disks */
	if (slurp(root, "meminfo", text, sizeof(text)))
		return -1;
	m->memory_total = kib_after(text, "MemTotal:");
	available = kib_after(text, "MemAvailable:");
	if (!m->memory_total || available > m->memory_total)
		return -1;
	m->memory_used = m->memory_total - available;
	return 0;
}

static int64_t boot_time(const char *root)
{
	char text[FILE_MOST];
	const char *p;

	if (slurp(root, "stat", text, sizeof(text)))
		return 0;
	p = strstr(text, "\nbtime ");
	return p ? strtoll(p + 7, NULL, 10) : 0;
}

int proc_one(const char *root, pid_t pid, struct proc_one *p)
{
	char name[32], text[4096];
	const char *at;
	uint64_t user, kernel, start;
	int64_t pages;
	long hz = sysconf(_SC_CLK_TCK);

	*p = (struct proc_one){0};
	snprintf(name, sizeof(name), "%d/stat", (int)pid);
	if (slurp(root, name, text, sizeof(text)))
		return -1;
	at = strrchr(text, ')'); /* the name before may hold anything */
	if (!at ||
	    sscanf(at + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		   " %*d %*d %*d %*d %*d %*d %" SCNu64 " %*u %" SCNd64,
		   &user, &kernel, &start, &pages) != 4 ||
	    pages < 0)
		return -1;
	p->ticks = user + kernel;
	p->rss = (uint64_t)pages * sysconf(_SC_PAGESIZE);
	p->started = boot_time(root) * 1000000000ll + (int64_t)(start * (1000000000ull / hz));
	return 0;
}

int proc_disk(const char *path, uint64_t *used, uint64_t *total)
{
	struct statvfs v;

	if (statvfs(path, &v))
		return -1;
	/* As df has it: what only root may use counts for nobody. */
	*used = (v.f_blocks - v.f_bfree) * v.f_frsize;
	*total = *used + v.f_bavail * v.f_frsize;
	return 0;
}

unsigned proc_busy(const struct proc_machine *before, const struct proc_machine *now)
{
	uint64_t total = now->total - before->total, busy = now->busy - before->busy;

	return !before->total || !total || busy > total ? 0 : 1000 * busy / total;
}

unsigned proc_share(const struct proc_one *before, const struct proc_one *now, int64_t ns)
{
	double s = (now->ticks - before->ticks) / (double)sysconf(_SC_CLK_TCK);

	return ns <= 0 || now->ticks < before->ticks || now->started != before->started
		       ? 0
		       : 1e12 * s / ns;
}
