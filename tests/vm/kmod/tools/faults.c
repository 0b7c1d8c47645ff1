// SPDX-License-Identifier: Apache-2.0
/*
 * faults - everything in the kernel that a command allocates fails once, in turn
 *
 * usage: faults commands ROOT-DIRECTORY [KEY-FILE]
 *        faults sealed ROOT-DIRECTORY KEY-FILE      the module stays sealed afterwards
 *        faults load MODULE-FILE STEP [FROM]        loading; each STEP-th allocation only
 *
 * For each command of webdefender.ko, its sysfs files, the hooks and loading itself: the first
 * thing that may fail in the call is made to, then the second, until the call has no more.
 * Those are allocations of the slab and of pages. What was refused must have changed nothing, what
 * was taken must hold, and what is guarded stays guarded. Needs a kernel with failslab (77
 * otherwise).
 *
 * Prints {"failures":N,"problems":N}; exits 1 with problems, or if nothing was made to fail.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "nl.h"

#define DEBUG "/sys/kernel/debug"

static int fail_nth;
static unsigned int failures, problems;

void problem(const char *what, unsigned int n)
{
	fprintf(stderr, "faults: %s at failure %u\n", what, n);
	problems++;
}

/* ---- making things fail ---- */

static int set(const char *file, const char *word)
{
	int fd = open(file, O_WRONLY), err;

	if (fd < 0)
		return -1;
	err = write(fd, word, strlen(word)) < 0 ? -1 : 0;
	close(fd);
	return err;
}

static int faults_open(void)
{
	if (set(DEBUG "/failslab/ignore-gfp-wait", "N"))
		return -1;
	set(DEBUG "/failslab/verbose", "0");
	set(DEBUG "/fail_page_alloc/ignore-gfp-wait", "N");
	set(DEBUG "/fail_page_alloc/min-order", "0");
	set(DEBUG "/fail_page_alloc/verbose", "0");
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	return fail_nth < 0 ? -1 : 0;
}

void arm_fault(unsigned int n)
{
	char text[16];

	if (pwrite(fail_nth, text, snprintf(text, sizeof(text), "%u", n), 0) < 0) {
		perror("faults: fail-nth");
		exit(77);
	}
}

bool fault_hit(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 0)
		return false;
	arm_fault(0);
	if (atoi(text))
		return false;
	failures++;
	return true;
}

/* ---- one after the other ---- */

void play(const struct scene *s)
{
	unsigned int n;
	bool hit = true;
	int err;

	for (n = 1; hit && n < MOST; n++) {
		if (s->prepare)
			s->prepare();
		arm_fault(n);
		err = s->act();
		hit = fault_hit();
		if (s->check)
			s->check(err, n);
	}
	printf("# %s: %u may fail\n", s->name, n - 2);
	fflush(stdout);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: faults commands ROOT [KEY] | sealed ROOT KEY | load MODULE STEP [FROM]\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *key = argc > 3 ? argv[3] : NULL;
	bool loading = argc > 2 && !strcmp(argv[1], "load");

	if (argc < 3)
		return usage();
	if (!loading)
		nl_open("faults");
	if (faults_open())
		return 77;
	if (loading)
		play_load(argv[2], key ? atoi(key) : 1, argc > 4 ? atoi(argv[4]) : 1);
	else if (!strcmp(argv[1], "commands"))
		play_commands(argv[2], key);
	else if (!strcmp(argv[1], "sealed") && key)
		play_sealed(argv[2], key);
	else
		return usage();
	printf("{\"failures\":%u,\"problems\":%u}\n", failures, problems);
	return problems || !failures;
}
