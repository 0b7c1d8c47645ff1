/* SPDX-License-Identifier: Apache-2.0 */
/* faults.h - making what the kernel allocates fail, one after the other; see faults.c */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#define SYS "/sys/kernel/webdefender"
#define MOST 20000 /* no call allocates more often */

/* Something that may fail in many places: each of them does, in turn. */
struct scene {
	const char *name;
	void (*prepare)(void);
	int (*act)(void);
	void (*check)(int err, unsigned int n);
};

void play(const struct scene *s);
#define PLAY_ALL(scenes)                                                                           \
	for (size_t i = 0; i < sizeof(scenes) / sizeof(*(scenes)); i++)                            \
	play(&(scenes)[i])

/* What should not have happened, at the n-th failure. */
void problem(const char *what, unsigned int n);

/* The n-th thing in this process's next call that may fail does; 0: none. */
void arm_fault(unsigned int n);

/* Whether it was reached; none is armed any more. Counted. */
bool fault_hit(void);

/* Each command in turn, or a sealed module's, below the directory; the key as SEAL_KEY takes it. */
void play_commands(const char *dir, const char *key_file);
void play_key(const char *key_file);
void play_sealed(const char *dir, const char *key_file);

/* Loading the module from its file; each step-th failure only, from that one on. */
void play_load(const char *file, unsigned int step, unsigned int from);

#endif
