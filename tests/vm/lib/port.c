// SPDX-License-Identifier: Apache-2.0
/* port.c - getting one of a guest's ports for oneself; see wire.h */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "limit.h"
#include "port.h"

static void check_guest(const struct port_guest *guest)
{
	if (guest->qemu && kill(guest->qemu, 0) && errno == ESRCH)
		leave(EXIT_LOST, "the guest is not running");
}

/* The directory's path may be longer than a socket address: go through the descriptor. */
static int connect_port(const struct port_guest *guest, int n)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/c%d", guest->fd, n);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* The lock goes with this process, so it needs no undoing. */
static int lock_port(const struct port_guest *guest, int n)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "c%d.lock", n);
	fd = openat(guest->fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		leave(EXIT_LOST, "cannot use %s/%s: %s", guest->dir, name, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A guest that was started by an older build of this has no number to send. */
static bool is_ours(const struct wire_head *head, const char *payload,
		    const struct wire_knock *ours)
{
	return !head->length ||
	       (head->length == sizeof(*ours) && !memcmp(payload, ours, sizeof(*ours)));
}

/* Before it there may be a HELLO, and what somebody else did not wait for, a WELCOME too. */
static bool got_welcome(struct wire_buf *buf, const struct wire_knock *ours, bool *broken)
{
	struct wire_head head;
	const char *payload;
	int got;

	while ((got = wire_next(buf, &head, &payload)) > 0)
		if (head.type == WIRE_WELCOME && is_ours(&head, payload, ours))
			return true;
	*broken = got < 0;
	return false;
}

static bool await_welcome(const struct port_guest *guest, int fd, struct wire_buf *buf,
			  const struct wire_knock *ours, double limit)
{
	double end = limit_now() + limit;
	bool broken = false;

	while (!got_welcome(buf, ours, &broken)) {
		struct pollfd at = {fd, POLLIN, 0};

		limit_check();
		check_guest(guest);
		if (broken || limit_now() > end)
			return false;
		/* In slices, to see a guest that ended. */
		poll(&at, 1, limit_left(0.25));
		if (at.revents && wire_fill(buf, fd) <= 0 && errno != EAGAIN)
			return false;
	}
	return true;
}

static struct wire_knock knock(int fd)
{
	struct wire_buf buf = {};
	struct wire_knock ours;

	if (getrandom(&ours, sizeof(ours), 0) != sizeof(ours))
		leave(EXIT_LOST, "no random number: %s", strerror(errno));
	wire_put(&buf, WIRE_KNOCK, &ours, sizeof(ours));
	wire_flush(&buf, fd); /* sixteen bytes always fit */
	return ours;
}

enum { PORT_BUSY = -1, PORT_SILENT = -2 };

static int try_port(const struct port_guest *guest, int n, struct wire_buf *buf, double limit)
{
	int lock = lock_port(guest, n), fd;

	if (lock < 0)
		return PORT_BUSY;
	memset(buf, 0, sizeof(*buf));
	fd = connect_port(guest, n);
	if (fd >= 0) {
		struct wire_knock ours = knock(fd);

		if (await_welcome(guest, fd, buf, &ours, limit))
			return fd;
		close(fd);
	}
	close(lock);
	return PORT_SILENT;
}

static void pause_ms(int ms)
{
	struct timespec ts = {.tv_nsec = ms * 1000000L};

	nanosleep(&ts, NULL);
}

/* Starts anywhere, so that many at once do not queue up at the same port. */
int port_open(const struct port_guest *guest, struct wire_buf *buf)
{
	double patience = 1, end = limit_now() + 60;

	for (int i = getpid(); limit_now() < end; i++) {
		int fd = try_port(guest, 1 + i % WIRE_PORTS, buf, patience);

		if (fd >= 0)
			return fd;
		limit_check();
		check_guest(guest);
		if (fd == PORT_SILENT) /* a busy machine, probably */
			patience *= 1.5;
		pause_ms(5);
	}
	leave(EXIT_LOST, "the guest does not answer, or %d commands run in it already", WIRE_PORTS);
}

/* While it boots there is nobody else, and the first port is as good as any. */
int port_await_boot(const struct port_guest *guest, struct wire_buf *buf)
{
	for (;;) {
		int fd = try_port(guest, 1, buf, 600);

		if (fd >= 0)
			return fd;
		limit_check();
		check_guest(guest);
		pause_ms(20);
	}
}
