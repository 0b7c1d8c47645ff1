// SPDX-License-Identifier: Apache-2.0
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"
#include "tls.h"

int listen_on(const char *address, struct err *err)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				       .ai_socktype = SOCK_STREAM};
	struct addrinfo *ai = NULL;
	char host[256], port[8];
	int fd, failed, one = 1;

	if (addr_split(address, host, port, err))
		return -1;
	failed = getaddrinfo(*host ? host : NULL, port, &hints, &ai);
	if (failed)
		return err_set(err, "cannot listen on %s: %s", address, gai_strerror(failed));
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, 128)) {
		err_sys(err, "cannot listen on %s", address);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}
