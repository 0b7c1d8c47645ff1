/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nl.h - raw messages to webdefender.ko: whatever the bytes are, they are sent
 *
 * One link for a process. libmnl would refuse to make most of what is sent here.
 */
#ifndef NL_H
#define NL_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#include "webdefender.h"

#define NL_ROOM 16384

struct nl_message {
	struct nlmsghdr n;
	struct genlmsghdr g;
	unsigned char attrs[NL_ROOM];
};

/* Ends the program (2) when there is no module; said so on stderr. */
void nl_open(const char *program);
void nl_close(void);

/* An empty message of the command. */
void nl_start(struct nl_message *m, uint8_t cmd, uint16_t flags);

/* Appends an attribute; what does not fit is left out. */
void nl_add(struct nl_message *m, unsigned int type, const void *data, size_t len);

/*
 * Sends it and reads all that comes at once. The error of the last answer (positive), 0
 * without one. An answer is found by nl_answer() until the next call.
 */
int nl_talk(struct nl_message *m);

/* The kernel's words about the last error, "" if it had none. */
const char *nl_words(void);

/* How many answers of the family there were, and the u32 of that type in the i-th; 0 if none. */
unsigned int nl_answers(void);
uint32_t nl_answer(unsigned int i, unsigned int type);

/* Bytes of an attribute of the i-th answer; -1 if there are not as many. */
int nl_bytes(unsigned int i, unsigned int type, void *to, size_t len);

/* Removes every root. How many there are then. */
unsigned int nl_clear(void);

#endif
