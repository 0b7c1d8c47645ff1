// SPDX-License-Identifier: Apache-2.0
/* cover.c - see cover.h */
#include "cover.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define TRACE (1 << 18)	 /* places in one input */
#define PLACES (1 << 16) /* that there can be: the module has some thousands */

/* Only the module is instrumented (KCOV_INSTRUMENT in kmod/Kbuild), and only modules lie here. */
#define MODULES 0xffffffffa0000000ul

static unsigned long *trace;
static unsigned long places[PLACES];
static unsigned int count;

int cover_open(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR);

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, TRACE)) {
		if (errno != EPERM)
			fprintf(stderr, "this kernel has no KCOV: %s\n", strerror(errno));
		return -1;
	}
	trace = mmap(NULL, TRACE * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (trace == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC)) {
		fprintf(stderr, "KCOV: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

void cover_start(void)
{
	if (trace)
		__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}

static unsigned int take(unsigned long pc)
{
	unsigned long i = (pc * 0x9e3779b97f4a7c15ul) >> 48;

	while (places[i % PLACES] && places[i % PLACES] != pc)
		i++;
	if (places[i % PLACES] || count == PLACES / 2)
		return 0;
	places[i % PLACES] = pc;
	count++;
	return 1;
}

unsigned int cover_take(void)
{
	unsigned long n = trace ? __atomic_load_n(&trace[0], __ATOMIC_RELAXED) : 0, i;
	unsigned int fresh = 0;

	for (i = 1; i <= n && i < TRACE; i++)
		if (trace[i] >= MODULES)
			fresh += take(trace[i]);
	return fresh;
}

unsigned int cover_count(void)
{
	return count;
}
