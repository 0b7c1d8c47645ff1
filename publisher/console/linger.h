/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linger - who is refused in the middle of a request gets to read why
 *
 * evhttp closes a connection as soon as its refusal is written. What the client has sent and
 * nobody read makes the kernel reset it then, and the refusal is lost on its way (RFC 9112,
 * 9.6). So the socket is kept a while and read empty.
 */
#ifndef WD_CONSOLE_LINGER_H
#define WD_CONSOLE_LINGER_H

#include <event2/event.h>

#define LINGER_SOCKETS 32	 /* at a time; the others are closed at once */
#define LINGER_BYTES (16u << 20) /* of one */
#define LINGER_S 5

/* Takes fd, a second descriptor of a socket that its first owner has closed. */
void linger(struct event_base *base, int fd);

#endif
