/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine.h - the HaSS board: the chip with the shipped ELF, its pins and its two lines
 *
 * Time is virtual: cycles of the chip since it was made. Nothing here waits.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mega162.h"

enum machine_line {
	MACHINE_HOST,
	MACHINE_MODEM,
	MACHINE_LINES,
};

struct machine_pins {
	bool cut; /* all four switches of the MAX312 are open */
	bool power_key;
	bool modem_reset;
};

/* Called in the middle of a run. */
struct machine_events {
	void (*byte)(void *arg, enum machine_line line, uint8_t byte);
	void (*pins)(void *arg, const struct machine_pins *pins);
	void *arg;
};

struct machine;

/* NULL and a message on stderr if the ELF cannot be loaded. */
struct machine *machine_new(const char *elf, const struct machine_events *events);
void machine_free(struct machine *m);

void machine_run(struct machine *m, uint64_t until_us);
uint64_t machine_us(const struct machine *m);
uint64_t machine_cycles(const struct machine *m);
bool machine_crashed(const struct machine *m); /* the chip executed what is no code */

/* Bytes arrive one after the other at the line's speed. */
void machine_send(struct machine *m, enum machine_line line, const void *bytes, size_t len);
size_t machine_unsent(const struct machine *m, enum machine_line line);

void machine_jumper(struct machine *m, bool closed);
const struct machine_pins *machine_pins(const struct machine *m);
uint64_t machine_cut_edge(const struct machine *m); /* cycles at the last change of the cut */

void machine_power_cycle(struct machine *m, unsigned int seed);
uint8_t *machine_eeprom(struct machine *m);
struct mega162 *machine_chip(struct machine *m);
unsigned int machine_static_ram(const struct machine *m);
unsigned int
machine_stack_free(const struct machine *m); /* bytes never used since the last start */

#endif
