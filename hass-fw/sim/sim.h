/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sim.h - the parts of hass-sim: the unit, its modem, the world outside
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "machine.h"
#include "me3000.h"

#define CONTROL_CLIENTS 8
#define CONTROL_LINE 600

struct pty {
	int fd;
	int keep; /* the other end, held open so that a client may come and go */
	char *link;
};

/* Opens a pty in raw mode and makes `link` point to it. Exits with a message on failure. */
void pty_open(struct pty *pty, const char *link);
/* A device or pty that exists already. */
void pty_attach(struct pty *pty, const char *path);
void pty_close(struct pty *pty);
void pty_write(struct pty *pty, const void *bytes, size_t len);

struct relay {
	const char *exec; /* command that gets "cut" or "on" as its last argument */
	const char *qmp;  /* QEMU's monitor, and the name of the NIC behind a comma */
};
/* A link that could not be switched is told on stderr: the unit cannot know. */
void relay_set(const struct relay *relay, bool cut);

struct sim {
	struct machine *machine; /* NULL: only the modem runs */
	struct me3000 *modem;	 /* NULL: the modem is outside */
	struct pty host, line;	 /* fd -1: not used */
	struct relay relay;
	double speed;
	const char *eeprom; /* file that keeps it */
	int control;
	int client[CONTROL_CLIENTS];
	char text[CONTROL_CLIENTS][CONTROL_LINE];
	size_t len[CONTROL_CLIENTS];
	bool stop;
};

uint64_t sim_ms(const struct sim *sim);

void control_open(struct sim *sim, const char *path);
void control_accept(struct sim *sim);
void control_read(struct sim *sim, int i);

#endif
