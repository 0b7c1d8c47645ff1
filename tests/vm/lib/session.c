// SPDX-License-Identifier: Apache-2.0
/* session.c - runs one command for the host and carries its input, output and status */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "session.h"
#include "wire.h"

struct session {
	int port;
	struct wire_buf from_host, to_host;

	char *args; /* argv as it came, string after string */
	size_t args_length;
	struct wire_run run;

	struct command cmd;
	bool reported;		 /* the host was sent its status */
	bool knocked;		 /* the next one is at the door already */
	struct wire_knock knock; /* who knocked last */
	size_t knock_length;	 /* 0: an older vmexec */
	char input[WIRE_MAX];	 /* what the command has not read yet */
	size_t input_start, input_end;
	bool input_eof;
};

/* --- the command's side --- */

/* Passes on one bufferful; the caller saw to it that to_host has room. */
static bool pump_output(struct session *s, int *fd, enum wire_type type)
{
	char chunk[WIRE_MAX - sizeof(struct wire_head)];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) { /* a terminal whose last user left says EIO */
		fd_close(fd);
		return false;
	}
	wire_put(&s->to_host, type, chunk, n);
	return true;
}

static void pump_input(struct session *s)
{
	while (s->cmd.in >= 0 && s->input_start < s->input_end) {
		ssize_t n =
			write(s->cmd.in, s->input + s->input_start, s->input_end - s->input_start);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			fd_close(&s->cmd.in); /* it closed its input: the rest is for nobody */
		else
			s->input_start += n;
	}
	s->input_start = s->input_end = 0;
	if (s->input_eof)
		fd_close(&s->cmd.in);
}

/* --- the host's side --- */

/* No memory or no process to be had: as a shell would, say so and fail. */
static void report_failure(struct session *s)
{
	char text[128];
	uint32_t code = 126;
	int n = snprintf(text, sizeof(text), "guest: cannot start a command: %s\n",
			 strerror(errno));

	wire_put(&s->to_host, WIRE_ERR, text, n);
	wire_put(&s->to_host, WIRE_EXIT, &code, sizeof(code));
	s->cmd.pid = 0;
	s->reported = true;
}

static int note_knock(struct session *s, const char *payload, size_t length)
{
	if (length && length != sizeof(s->knock))
		return -1;
	memcpy(&s->knock, payload, length);
	s->knock_length = length;
	return 0;
}

static void welcome(struct session *s)
{
	wire_put(&s->to_host, WIRE_WELCOME, &s->knock, s->knock_length);
}

/* After RUN it is no longer ours who knocks, nor are the words of who knocked before. */
static int take_knock(struct session *s, const char *payload, size_t length)
{
	if (note_knock(s, payload, length))
		return -1;
	if (s->cmd.pid || s->reported) {
		s->knocked = true;
		return -1;
	}
	s->args_length = 0;
	welcome(s);
	return 0;
}

static int take_args(struct session *s, const char *payload, size_t length)
{
	char *grown;

	if (s->args_length + length > WIRE_ARGS_MAX)
		return -1;
	grown = realloc(s->args, s->args_length + length);
	if (!grown)
		return -1;
	memcpy(grown + s->args_length, payload, length);
	s->args = grown;
	s->args_length += length;
	return 0;
}

static int take_run(struct session *s, const char *payload, size_t length)
{
	if (s->cmd.pid || length != sizeof(s->run) || !s->args_length ||
	    s->args[s->args_length - 1] != '\0')
		return -1;
	memcpy(&s->run, payload, length);
	s->run.term[sizeof(s->run.term) - 1] = '\0';
	if (command_start(&s->cmd, s->args, s->args_length, &s->run))
		report_failure(s);
	return 0;
}

static int take_input(struct session *s, const char *payload, size_t length)
{
	if (s->cmd.in < 0)
		return 0;
	if (!length && s->run.tty) { /* a terminal's end of file is a character */
		payload = "\4";
		length = 1;
	}
	memcpy(s->input, payload, length);
	s->input_start = 0;
	s->input_end = length;
	s->input_eof = !length;
	pump_input(s);
	return 0;
}

static int take_signal(struct session *s, const char *payload, size_t length)
{
	if (length != 1)
		return -1;
	if (s->cmd.pid)
		kill(-s->cmd.pid, payload[0]);
	return 0;
}

static int take_window(struct session *s, const char *payload, size_t length)
{
	struct wire_window window;

	if (length != sizeof(window))
		return -1;
	memcpy(&window, payload, length);
	if (s->run.tty)
		command_resize(&s->cmd, &window);
	return 0;
}

static int take_frame(struct session *s, const struct wire_head *head, const char *payload)
{
	switch (head->type) {
	case WIRE_KNOCK:
		return take_knock(s, payload, head->length);
	case WIRE_ARGS:
		return take_args(s, payload, head->length);
	case WIRE_RUN:
		return take_run(s, payload, head->length);
	case WIRE_IN:
		return take_input(s, payload, head->length);
	case WIRE_SIGNAL:
		return take_signal(s, payload, head->length);
	case WIRE_WINDOW:
		return take_window(s, payload, head->length);
	}
	return -1;
}

/* As many frames as there are, but input only as the command takes it. */
static int take_frames(struct session *s)
{
	struct wire_head head;
	const char *payload;
	int got = 0;

	while (s->input_start == s->input_end &&
	       (got = wire_next(&s->from_host, &head, &payload)) > 0)
		if (take_frame(s, &head, payload))
			return -1;
	return got;
}

/* --- the two together --- */

enum { AT_PORT, AT_IN, AT_OUT, AT_ERR, AT_PID, AT_COUNT };

static void wait_for_work(struct session *s, struct pollfd *at)
{
	bool room = wire_empty(&s->to_host), hungry = s->input_start == s->input_end;

	/* Negative descriptors are skipped; a full pipe must not wake us. */
	at[AT_PORT] = (struct pollfd){s->port, (hungry ? POLLIN : 0) | (room ? 0 : POLLOUT), 0};
	at[AT_IN] = (struct pollfd){hungry ? -1 : s->cmd.in, POLLOUT, 0};
	at[AT_OUT] = (struct pollfd){room ? s->cmd.out : -1, POLLIN, 0};
	at[AT_ERR] = (struct pollfd){room ? s->cmd.err : -1, POLLIN, 0};
	at[AT_PID] = (struct pollfd){room ? s->cmd.pidfd : -1, POLLIN, 0};
	while (poll(at, AT_COUNT, -1) < 0 && errno == EINTR)
		;
}

/* The command ended: what it wrote is in the pipes, so the first empty read is the end. */
static bool drain(struct session *s)
{
	return pump_output(s, &s->cmd.out, WIRE_OUT) || pump_output(s, &s->cmd.err, WIRE_ERR);
}

static void report_exit(struct session *s)
{
	int status = 0;
	uint32_t code;

	while (waitpid(s->cmd.pid, &status, 0) < 0 && errno == EINTR)
		;
	code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	wire_put(&s->to_host, WIRE_EXIT, &code, sizeof(code));
	fd_close(&s->cmd.pidfd);
	s->cmd.pid = 0;
	s->reported = true;
}

/*
 * The driver learns who came and went by another queue than the bytes: when a host leaves and the
 * next comes at once, that one's knock may be read before the hang-up of the one before. So only a
 * hang-up that lasts is one; who took the place of ours meanwhile will have knocked.
 */
static bool hung_up(int port)
{
	struct pollfd at = {port, 0, 0};

	for (int tries = 0; tries < 100; tries++) {
		if (poll(&at, 1, 0) == 0)
			return false;
		usleep(5000);
	}
	return true;
}

/* Carries bytes until the command's status is sent, or -1: the host left. */
static int carry(struct session *s)
{
	struct pollfd at[AT_COUNT];

	while (!s->reported || !wire_empty(&s->to_host)) {
		wait_for_work(s, at);
		if (at[AT_PORT].revents & (POLLHUP | POLLERR) && hung_up(s->port))
			return -1;
		if (at[AT_PORT].revents & POLLIN && wire_fill(&s->from_host, s->port) < 0 &&
		    errno != EAGAIN)
			return -1;
		if (at[AT_IN].revents)
			pump_input(s);
		if (take_frames(s) < 0)
			return -1;
		if (at[AT_OUT].revents)
			pump_output(s, &s->cmd.out, WIRE_OUT);
		else if (at[AT_ERR].revents)
			pump_output(s, &s->cmd.err, WIRE_ERR);
		else if (at[AT_PID].revents && !drain(s))
			report_exit(s);
		if (wire_flush(&s->to_host, s->port))
			return -1;
	}
	return 0;
}

/* Until the host leaves, or another has come already; input comes too late now. */
static void wait_for_hangup(struct session *s)
{
	struct pollfd at = {s->port, POLLIN, 0};
	struct wire_head head;
	const char *payload;
	int got;

	while (!s->knocked && !(at.revents & (POLLHUP | POLLERR))) {
		if (poll(&at, 1, -1) > 0 && at.revents & POLLIN)
			wire_fill(&s->from_host, s->port);
		while ((got = wire_next(&s->from_host, &head, &payload)) > 0)
			if (head.type == WIRE_KNOCK && !note_knock(s, payload, head.length))
				s->knocked = true;
		if (got < 0) /* the rest of what was cut off: useless */
			s->from_host.start = s->from_host.end;
	}
}

/* A blocking write waits for a host to connect, which poll(2) cannot do here. */
static int greet(struct session *s)
{
	ssize_t n;

	fd_nonblock(s->port, false);
	wire_put(&s->to_host, WIRE_HELLO, NULL, 0);
	n = write(s->port, s->to_host.data, s->to_host.end);
	s->to_host.start = s->to_host.end;
	fd_nonblock(s->port, true);
	return n > 0 ? 0 : -1;
}

/* 0 or -1 if the port is of no use. */
static int serve_one(struct session *s)
{
	if (s->knocked)
		welcome(s);
	else if (greet(s))
		return -1;
	s->knocked = false;
	if (carry(s))
		command_end(&s->cmd);
	else
		wait_for_hangup(s);
	return 0;
}

/* Behind a knock there may be another: what came from the host is kept then. */
static void begin(struct session *s, int port)
{
	static struct session next;

	next = (struct session){.port = port, .cmd = COMMAND_NONE};
	if (s->knocked) {
		next.knocked = true;
		next.knock = s->knock;
		next.knock_length = s->knock_length;
		next.from_host = s->from_host;
	}
	*s = next;
}

void session_serve(const char *port)
{
	static struct session s;
	int fd = open(port, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	for (;;) {
		begin(&s, fd);
		if (serve_one(&s))
			return;
		command_clear(&s.cmd);
		free(s.args);
	}
}
