/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc - how busy this machine and its processes are, out of /proc
 *
 * By hand: six numbers do not earn the agent another library on every web server.
 */
#ifndef WD_PROC_H
#define WD_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Processor time since the boot, in ticks of all processors together; memory in bytes. */
struct proc_machine {
	uint64_t busy, total;
	uint64_t memory_used, memory_total; /* used: what cannot be had without harm */
};
struct proc_one {
	uint64_t rss;	 /* bytes */
	uint64_t ticks;	 /* processor time so far */
	int64_t started; /* ns since 1970 */
};

/* root: "/proc", or what a test made look like it. -1: cannot be read, or not understood. */
int proc_machine(const char *root, struct proc_machine *m);
int proc_one(const char *root, pid_t pid, struct proc_one *p);
/* Used and all bytes of the file system that path is on. */
int proc_disk(const char *path, uint64_t *used, uint64_t *total);
/* Thousandths of one processor (one) or of all of them between two readings. */
unsigned proc_busy(const struct proc_machine *before, const struct proc_machine *now);
unsigned proc_share(const struct proc_one *before, const struct proc_one *now, int64_t ns);

#endif
