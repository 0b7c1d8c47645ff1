/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "sim.h"

static _Noreturn void fail(const char *what, const char *path)
{
	fprintf(stderr, "hass-sim: %s %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(fd, TCSANOW, &t);
	}
}

void pty_open(struct pty *pty, const char *link)
{
	const char *name;

	pty->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (pty->fd < 0 || grantpt(pty->fd) || unlockpt(pty->fd))
		fail("cannot make a pty for", link);
	name = ptsname(pty->fd);
	pty->keep = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	make_raw(pty->keep);
	unlink(link);
	if (symlink(name, link))
		fail("cannot make the link", link);
	pty->link = strdup(link);
}

void pty_attach(struct pty *pty, const char *path)
{
	pty->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (pty->fd < 0)
		fail("cannot open", path);
	make_raw(pty->fd);
	pty->keep = -1;
}

void pty_close(struct pty *pty)
{
	if (pty->link)
		unlink(pty->link);
	free(pty->link);
	if (pty->keep >= 0)
		close(pty->keep);
	if (pty->fd >= 0)
		close(pty->fd);
}

/* A wire does not wait: what nobody reads is lost when the pty is full. */
void pty_write(struct pty *pty, const void *bytes, size_t len)
{
	if (pty->fd >= 0 && write(pty->fd, bytes, len) < 0 && errno != EAGAIN)
		perror("hass-sim: write to pty");
}
