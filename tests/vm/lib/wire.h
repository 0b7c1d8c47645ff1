/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - what vmexec on the host and guestd in the guest say to each other
 *
 * A guest has WIRE_PORTS virtio serial ports; each carries one command at a time.
 *
 *	guest				host
 *	HELLO ------------------------>		a host is connected
 *	      <------------------------	KNOCK	it is somebody new: a number
 *	WELCOME ---------------------->		the same number
 *	      <------------------------	ARGS*	argv, each string with its NUL
 *	      <------------------------	RUN	struct wire_run
 *	OUT, ERR* -------------------->
 *	      <------------------------	IN*	an empty one is end of file
 *	      <------------------------	SIGNAL, WINDOW
 *	EXIT ------------------------->		the host closes
 *
 * A serial port has no notion of a connection of its own: a guest that is slow to notice
 * that one host program left does not see it at all when the next one came meanwhile. So
 * the host knocks, says nothing more before WELCOME, and until then ignores what it gets.
 * The number tells its own WELCOME from that of somebody who knocked before and did not wait: a
 *slow guest finds both knocks at its door and answers each. To the guest a KNOCK after RUN means
 *that whoever sent RUN is gone; to the host a HELLO after WELCOME means that the process in the
 *guest that had welcomed it is. Numbers are little-endian; both ends are x86 and share this header.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_PORTS 12
#define WIRE_MAX 32768 /* payload of a frame: what the guest's driver takes at once */
#define WIRE_ARGS_MAX (2 * 1024 * 1024) /* all of argv */

enum wire_type {
	WIRE_HELLO = 'H',
	WIRE_KNOCK = 'K',
	WIRE_WELCOME = 'W',
	WIRE_ARGS = 'A',
	WIRE_RUN = 'R',
	WIRE_IN = 'i',
	WIRE_OUT = 'o',
	WIRE_ERR = 'e',
	WIRE_SIGNAL = 's',
	WIRE_WINDOW = 'w',
	WIRE_EXIT = 'x',
};

struct wire_head {
	uint8_t type;
	uint8_t zero[3];
	uint32_t length;
};

struct wire_knock {
	uint64_t number; /* random */
};

struct wire_window {
	uint16_t rows, cols;
};

struct wire_run {
	struct wire_window window;
	uint8_t tty;
	char term[31];
};

/* One direction: bytes that wait to be sent, or that do not yet make a frame. */
struct wire_buf {
	size_t start, end;
	char data[2 * (WIRE_MAX + sizeof(struct wire_head))];
};

static inline bool wire_empty(const struct wire_buf *buf)
{
	return buf->start == buf->end;
}

/* Appends a frame. The caller made sure that buf is empty or nearly so. */
void wire_put(struct wire_buf *buf, enum wire_type type, const void *payload, size_t length);

/* Write what the descriptor takes now. -1 when the other end is gone. */
int wire_flush(struct wire_buf *buf, int fd);

/* Read what is there. 0 at end of file, -1 on error (errno, EAGAIN included). */
int wire_fill(struct wire_buf *buf, int fd);

/*
 * The next whole frame in buf, valid until the next wire_fill(). 1 if there is one,
 * 0 if more bytes are needed, -1 if what is there is no frame.
 */
int wire_next(struct wire_buf *buf, struct wire_head *head, const char **payload);

#endif
