// SPDX-License-Identifier: Apache-2.0
/*
 * vmexec.c - runs a command in a guest: the host's end of wire.h
 *
 * usage: vmexec [--tty] [--wait] [--timeout SECONDS] [--pid PID] DIR [COMMAND...]
 *
 * DIR holds the sockets of the guest's ports, c1 to c12, and a lock for each. Without a
 * command it only waits until the guest answers. Exit status: the command's; 124 when the
 * time is over; 125 when the guest is not there, does not answer or went away.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "limit.h"
#include "port.h"
#include "wire.h"

static struct {
	bool tty, wait;
	struct port_guest guest;
} opt;

static struct termios cooked;

static void restore_terminal(void)
{
	tcsetattr(STDIN_FILENO, TCSADRAIN, &cooked);
}

struct dialogue {
	int fd, signals;
	bool stdin_open;
	unsigned int interrupts;
	struct wire_buf from_guest, to_guest;
};

static struct wire_window window_size(void)
{
	struct winsize size;

	/* A terminal may not know its size, and programs do not like none. */
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		return (struct wire_window){24, 80};
	return (struct wire_window){size.ws_row, size.ws_col};
}

/* Before the loop starts, when nothing else is going on. */
static void send_now(struct dialogue *d, enum wire_type type, const void *payload, size_t length)
{
	struct pollfd at = {d->fd, POLLOUT, 0};

	wire_put(&d->to_guest, type, payload, length);
	while (!wire_empty(&d->to_guest)) {
		if (wire_flush(&d->to_guest, d->fd))
			leave(EXIT_LOST, "the guest went away");
		limit_check();
		poll(&at, 1, limit_left(1));
	}
}

static void send_argv(struct dialogue *d, char **argv)
{
	size_t total = 0;

	for (; *argv; argv++) {
		size_t length = strlen(*argv) + 1;

		total += length;
		if (total > WIRE_ARGS_MAX)
			leave(2, "the command is longer than %d bytes", WIRE_ARGS_MAX);
		for (size_t sent = 0; sent < length; sent += WIRE_MAX)
			send_now(d, WIRE_ARGS, *argv + sent,
				 length - sent < WIRE_MAX ? length - sent : WIRE_MAX);
	}
}

static void send_run(struct dialogue *d)
{
	struct wire_run run = {.window = window_size(), .tty = opt.tty};
	const char *term = getenv("TERM");

	snprintf(run.term, sizeof(run.term), "%s", term ? term : "");
	send_now(d, WIRE_RUN, &run, sizeof(run));
}

static void write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n = write(fd, data, length);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd at = {fd, POLLOUT, 0};

			poll(&at, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			/* As a program of this machine would end when nobody reads it. */
			exit(errno == EPIPE ? 128 + SIGPIPE : EXIT_LOST);
		} else if (n > 0) {
			data += n;
			length -= n;
		}
	}
}

static void take_frame(const struct wire_head *head, const char *payload)
{
	uint32_t status;

	switch (head->type) {
	case WIRE_OUT:
		write_all(STDOUT_FILENO, payload, head->length);
		return;
	case WIRE_ERR:
		write_all(STDERR_FILENO, payload, head->length);
		return;
	case WIRE_HELLO:
		leave(EXIT_LOST, "the guest's end of the channel was killed");
	case WIRE_EXIT:
		memcpy(&status, payload, sizeof(status));
		exit(status);
	}
	leave(EXIT_LOST, "the guest sent a frame of unknown type %d", head->type);
}

static void take_frames(struct dialogue *d)
{
	struct wire_head head;
	const char *payload;
	int got;

	while ((got = wire_next(&d->from_guest, &head, &payload)) > 0)
		take_frame(&head, payload);
	if (got < 0)
		leave(EXIT_LOST, "the guest sent what is no frame");
}

static void take_stdin(struct dialogue *d)
{
	char chunk[WIRE_MAX];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) /* in the background a terminal says EIO: that is no input either */
		n = 0;
	d->stdin_open = n > 0;
	wire_put(&d->to_guest, WIRE_IN, chunk, n);
}

/* Handed on; who insists does not want to wait for the guest's opinion. */
static void take_signal(struct dialogue *d)
{
	struct signalfd_siginfo info;
	struct wire_window window;
	char number;

	if (read(d->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		window = window_size();
		wire_put(&d->to_guest, WIRE_WINDOW, &window, sizeof(window));
		return;
	}
	number = info.ssi_signo;
	if (d->interrupts++)
		exit(128 + number);
	wire_put(&d->to_guest, WIRE_SIGNAL, &number, 1);
}

static _Noreturn void converse(struct dialogue *d)
{
	enum { GUEST, INPUT, SIGNALS };

	for (;;) {
		bool room = wire_empty(&d->to_guest);
		struct pollfd at[] = {
			[GUEST] = {d->fd, POLLIN | (room ? 0 : POLLOUT), 0},
			[INPUT] = {room && d->stdin_open ? STDIN_FILENO : -1, POLLIN, 0},
			[SIGNALS] = {d->signals, POLLIN, 0},
		};

		poll(at, 3, limit_left(-1));
		limit_check();
		if (at[GUEST].revents & POLLIN) {
			int got = wire_fill(&d->from_guest, d->fd);

			if (got == 0 || (got < 0 && errno != EAGAIN))
				leave(EXIT_LOST, "the guest went away");
			take_frames(d);
		} else if (at[GUEST].revents & (POLLHUP | POLLERR)) {
			leave(EXIT_LOST, "the guest went away");
		}
		if (at[INPUT].revents)
			take_stdin(d);
		if (at[SIGNALS].revents)
			take_signal(d);
		if (wire_flush(&d->to_guest, d->fd))
			leave(EXIT_LOST, "the guest went away");
	}
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void make_raw(void)
{
	struct termios raw;

	if (!opt.tty || tcgetattr(STDIN_FILENO, &cooked))
		return;
	atexit(restore_terminal);
	raw = cooked;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static _Noreturn void run_command(int fd, struct wire_buf *rest, char **argv)
{
	static struct dialogue d;

	d.fd = fd;
	d.from_guest = *rest;
	d.stdin_open = true;
	send_argv(&d, argv);
	send_run(&d);
	d.signals = catch_signals();
	make_raw();
	converse(&d);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: vmexec [--tty] [--wait] [--timeout SECONDS] [--pid PID] DIR [COMMAND...]\n");
	return 2;
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"tty", no_argument, NULL, 't'},
		{"wait", no_argument, NULL, 'w'},
		{"timeout", required_argument, NULL, 's'},
		{"pid", required_argument, NULL, 'p'},
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 't':
			opt.tty = true;
			break;
		case 'w':
			opt.wait = true;
			break;
		case 's':
			limit_set(atof(optarg));
			break;
		case 'p':
			opt.guest.qemu = atoi(optarg);
			break;
		default:
			return -1;
		}
	}
	return optind < argc ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct wire_buf buf;
	struct port_guest *guest = &opt.guest;
	int fd;

	if (parse(argc, argv))
		return usage();
	guest->dir = argv[optind++];
	guest->fd = open(guest->dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (guest->fd < 0)
		leave(EXIT_LOST, "no guest at %s: %s", guest->dir, strerror(errno));
	fd = opt.wait ? port_await_boot(guest, &buf) : port_open(guest, &buf);
	if (!argv[optind])
		return 0;
	run_command(fd, &buf, argv + optind);
}
