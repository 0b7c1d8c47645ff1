/* SPDX-License-Identifier: Apache-2.0 */
/* input.h - what covfuzz gives the module: steps of three kinds, as bytes that can be varied */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_STEPS 6
#define STEP_ROOM 700

enum step_kind {
	STEP_MESSAGE, /* a: command, b: 1 for a dump; bytes: the attributes */
	STEP_SYSFS,   /* a: which file, b: 0 reads, 1 writes bytes */
	STEP_FILE,    /* a: what is done, b: to which names */
	STEP_KINDS,
};

struct step {
	uint8_t kind, a, b;
	uint16_t len;
	unsigned char bytes[STEP_ROOM];
};

struct input {
	unsigned int count;
	struct step step[INPUT_STEPS];
};

struct ran {
	unsigned int steps, attributes;
};

/* The switches below ops/, and which of them are off where nothing was changed. */
struct op_switch {
	const char *name;
	bool off;
};
extern const struct op_switch ops[];
extern const unsigned int nr_ops;

/* The caller's source of chance: below that. */
uint32_t chance(uint32_t below);

/* The i-th right input; false when there are no more. */
bool input_seed(struct input *in, unsigned int i, const char *key, size_t key_len);

/* Once or a few times, in some way; what is missing comes from the other one. */
void input_vary(struct input *in, const struct input *other);

/* Gives it to the module; sysfs is its directory. */
struct ran input_run(const struct input *in, int sysfs);

#endif
