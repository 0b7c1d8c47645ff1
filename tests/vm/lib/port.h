/* SPDX-License-Identifier: Apache-2.0 */
/* port.h - getting one of a guest's ports for oneself */
#ifndef PORT_H
#define PORT_H

#include <sys/types.h>

#include "wire.h"

struct port_guest {
	const char *dir; /* with the ports' sockets c1 to c12 and their locks */
	int fd;		 /* of dir */
	pid_t qemu;	 /* no use in waiting when it is gone; 0 if unknown */
};

/*
 * A port on which the guest has welcomed us, ours until this process ends. In buf is
 * what was read after the welcome. These end the program rather than fail.
 */
int port_open(const struct port_guest *guest, struct wire_buf *buf);

/* The same for a guest that is still booting. */
int port_await_boot(const struct port_guest *guest, struct wire_buf *buf);

#endif
