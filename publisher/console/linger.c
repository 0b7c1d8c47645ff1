// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console/linger.h"
#include "fsx.h"

struct lingering {
	struct event *event;
	int64_t until; /* monotonic ns */
	size_t left;
};

static unsigned open_now;

static void end(struct lingering *l)
{
	close(event_get_fd(l->event));
	event_free(l->event);
	free(l);
	open_now--;
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	static char nobody_looks[65536];
	struct lingering *l = arg;
	ssize_t n = what & EV_READ ? recv(fd, nobody_looks, sizeof(nobody_looks), MSG_DONTWAIT) : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || (size_t)n >= l->left || fsx_mono_ns() > l->until)
		end(l);
	else
		l->left -= n;
}

void linger(struct event_base *base, int fd)
{
	const struct timeval most = {LINGER_S, 0};
	struct lingering *l = open_now < LINGER_SOCKETS ? malloc(sizeof(*l)) : NULL;

	if (l)
		*l = (struct lingering){event_new(base, fd, EV_READ | EV_PERSIST, on_more, l),
					fsx_mono_ns() + LINGER_S * 1000000000ll, LINGER_BYTES};
	if (!l || !l->event) {
		free(l);
		close(fd);
		return;
	}
	open_now++;
	event_add(l->event, &most);
}
