/* SPDX-License-Identifier: Apache-2.0 */
/* faultmod.h - the module's commands as the scenes of faults give them */
#ifndef FAULTMOD_H
#define FAULTMOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const char *dir, *key_file; /* the root's directory; a key as SEAL_KEY takes it, or NULL */
extern uint32_t root;		   /* its number, after with_root() */

/* 0 or the errno that was answered. What is about one root comes with that root's number. */
int command(uint8_t cmd, unsigned int type, const void *data, size_t len);
int set_mode(uint8_t mode);
int info(void);

unsigned int count(uint8_t cmd); /* how many a list has */
unsigned int hooks(void);	 /* that are attached */

/* That attempt (0: it went through) must be refused: by us, or for want of memory before us. */
bool refused(int got);

/* A path below the directory; good for three more calls. */
const char *in_root(const char *name);

bool guarded(void);
void clear(void);     /* no roots */
void with_root(void); /* one, in enforce */

#endif
