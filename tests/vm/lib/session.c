// SPDX-License-Identifier: Apache-2.0
/* session.c - runs one command for the host and carries its input, output and status */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"
#include "wire.h"

struct session {
	int port;
	struct wire_buf from_host, to_host;

	char *args; /* argv as it came, string after string */
	size_t args_length;
	struct wire_run run;

	pid_t pid;     /* 0 until the command runs, and when it ended */
	bool reported; /* the host was sent its status */
	bool knocked;  /* the next one is at the door already */
	int pidfd;
	int in, out, err;     /* the command's; -1 once closed. With a terminal, out is all three */
	char input[WIRE_MAX]; /* what the command has not read yet */
	size_t input_start, input_end;
	bool input_eof;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

/* --- the command's side --- */

static char **make_argv(struct session *s)
{
	size_t n = 0;
	char **argv;

	for (size_t i = 0; i < s->args_length; i++)
		n += s->args[i] == '\0';
	argv = calloc(n + 1, sizeof(*argv));
	if (!argv)
		return NULL;
	n = 0;
	for (char *arg = s->args; arg < s->args + s->args_length; arg += strlen(arg) + 1)
		argv[n++] = arg;
	return argv;
}

static _Noreturn void exec_command(struct session *s)
{
	char **argv = make_argv(s);
	sigset_t none;
	int saved, fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* Like us it would survive the OOM killer, and no test could provoke that. */
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		dprintf(fd, "0");
	if (s->run.tty && s->run.term[0])
		setenv("TERM", s->run.term, 1);
	if (!argv || !argv[0])
		_exit(127);
	execvp(argv[0], argv);
	saved = errno;
	dprintf(STDERR_FILENO, "guest: cannot run %s: %s\n", argv[0], strerror(saved));
	_exit(saved == ENOENT ? 127 : 126);
}

static struct winsize winsize_of(const struct wire_window *window)
{
	return (struct winsize){.ws_row = window->rows, .ws_col = window->cols};
}

static int start_on_tty(struct session *s)
{
	struct winsize size = winsize_of(&s->run.window);

	s->pid = forkpty(&s->out, NULL, NULL, &size);
	if (s->pid == 0)
		exec_command(s);
	if (s->pid < 0)
		return -1;
	s->in = fcntl(s->out, F_DUPFD_CLOEXEC, 0);
	return 0;
}

static int make_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++) {
		if (!pipe2(pipes[i], O_CLOEXEC))
			continue;
		while (i--) {
			close(pipes[i][0]);
			close(pipes[i][1]);
		}
		return -1;
	}
	return 0;
}

static int start_on_pipes(struct session *s)
{
	int pipes[3][2]; /* by the number the command knows them */

	if (make_pipes(pipes))
		return -1;
	s->pid = fork();
	if (s->pid == 0) {
		setsid();
		dup2(pipes[STDIN_FILENO][0], STDIN_FILENO);
		dup2(pipes[STDOUT_FILENO][1], STDOUT_FILENO);
		dup2(pipes[STDERR_FILENO][1], STDERR_FILENO);
		exec_command(s);
	}
	close(pipes[STDIN_FILENO][0]);
	close(pipes[STDOUT_FILENO][1]);
	close(pipes[STDERR_FILENO][1]);
	s->in = pipes[STDIN_FILENO][1];
	s->out = pipes[STDOUT_FILENO][0];
	s->err = pipes[STDERR_FILENO][0];
	return s->pid < 0 ? -1 : 0;
}

static int start_command(struct session *s)
{
	if (s->run.tty ? start_on_tty(s) : start_on_pipes(s))
		return -1;
	s->pidfd = syscall(SYS_pidfd_open, s->pid, 0);
	set_nonblock(s->in, true);
	set_nonblock(s->out, true);
	if (s->err >= 0)
		set_nonblock(s->err, true);
	return s->pidfd < 0 ? -1 : 0;
}

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
		close_fd(fd);
		return false;
	}
	wire_put(&s->to_host, type, chunk, n);
	return true;
}

static void pump_input(struct session *s)
{
	while (s->in >= 0 && s->input_start < s->input_end) {
		ssize_t n = write(s->in, s->input + s->input_start, s->input_end - s->input_start);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			close_fd(&s->in); /* it closed its input: the rest is for nobody */
		else
			s->input_start += n;
	}
	s->input_start = s->input_end = 0;
	if (s->input_eof)
		close_fd(&s->in);
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
	s->pid = 0;
	s->reported = true;
}

/* After RUN it is no longer ours who knocks. */
static int take_knock(struct session *s)
{
	if (s->pid || s->reported) {
		s->knocked = true;
		return -1;
	}
	wire_put(&s->to_host, WIRE_WELCOME, NULL, 0);
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
	if (s->pid || length != sizeof(s->run) || !s->args_length ||
	    s->args[s->args_length - 1] != '\0')
		return -1;
	memcpy(&s->run, payload, length);
	s->run.term[sizeof(s->run.term) - 1] = '\0';
	if (start_command(s))
		report_failure(s);
	return 0;
}

static int take_input(struct session *s, const char *payload, size_t length)
{
	if (s->in < 0)
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
	if (s->pid)
		kill(-s->pid, payload[0]);
	return 0;
}

static int take_window(struct session *s, const char *payload, size_t length)
{
	struct wire_window window;
	struct winsize size;

	if (length != sizeof(window))
		return -1;
	memcpy(&window, payload, length);
	size = winsize_of(&window);
	if (s->run.tty && s->out >= 0)
		ioctl(s->out, TIOCSWINSZ, &size);
	return 0;
}

static int take_frame(struct session *s, const struct wire_head *head, const char *payload)
{
	switch (head->type) {
	case WIRE_KNOCK:
		return take_knock(s);
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
	at[AT_IN] = (struct pollfd){hungry ? -1 : s->in, POLLOUT, 0};
	at[AT_OUT] = (struct pollfd){room ? s->out : -1, POLLIN, 0};
	at[AT_ERR] = (struct pollfd){room ? s->err : -1, POLLIN, 0};
	at[AT_PID] = (struct pollfd){room ? s->pidfd : -1, POLLIN, 0};
	while (poll(at, AT_COUNT, -1) < 0 && errno == EINTR)
		;
}

/* The command ended: what it wrote is in the pipes, so the first empty read is the end. */
static bool drain(struct session *s)
{
	return pump_output(s, &s->out, WIRE_OUT) || pump_output(s, &s->err, WIRE_ERR);
}

static void report_exit(struct session *s)
{
	int status = 0;
	uint32_t code;

	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	wire_put(&s->to_host, WIRE_EXIT, &code, sizeof(code));
	close_fd(&s->pidfd);
	s->pid = 0;
	s->reported = true;
}

/* Carries bytes until the command's status is sent, or -1: the host left. */
static int carry(struct session *s)
{
	struct pollfd at[AT_COUNT];

	while (!s->reported || !wire_empty(&s->to_host)) {
		wait_for_work(s, at);
		if (at[AT_PORT].revents & (POLLHUP | POLLERR))
			return -1;
		if (at[AT_PORT].revents & POLLIN && wire_fill(&s->from_host, s->port) < 0 &&
		    errno != EAGAIN)
			return -1;
		if (at[AT_IN].revents)
			pump_input(s);
		if (take_frames(s) < 0)
			return -1;
		if (at[AT_OUT].revents)
			pump_output(s, &s->out, WIRE_OUT);
		else if (at[AT_ERR].revents)
			pump_output(s, &s->err, WIRE_ERR);
		else if (at[AT_PID].revents && !drain(s)) {
			report_exit(s);
		}
		if (wire_flush(&s->to_host, s->port))
			return -1;
	}
	return 0;
}

/* Nobody is left to read what the command says; give it a moment to leave by itself. */
static void end_command(struct session *s)
{
	struct pollfd pid = {s->pidfd, POLLIN, 0};

	if (!s->pid)
		return;
	kill(-s->pid, SIGHUP);
	if (poll(&pid, 1, 500) == 0)
		kill(-s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
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
			s->knocked |= head.type == WIRE_KNOCK;
		if (got < 0) /* the rest of what was cut off: useless */
			s->from_host.start = s->from_host.end;
	}
}

/* A blocking write waits for a host to connect, which poll(2) cannot do here. */
static int greet(struct session *s)
{
	ssize_t n;

	set_nonblock(s->port, false);
	wire_put(&s->to_host, WIRE_HELLO, NULL, 0);
	n = write(s->port, s->to_host.data, s->to_host.end);
	s->to_host.start = s->to_host.end;
	set_nonblock(s->port, true);
	return n > 0 ? 0 : -1;
}

/* 0 or -1 if the port is of no use. */
static int serve_one(struct session *s)
{
	if (s->knocked)
		wire_put(&s->to_host, WIRE_WELCOME, NULL, 0);
	else if (greet(s))
		return -1;
	s->knocked = false;
	if (carry(s))
		end_command(s);
	else
		wait_for_hangup(s);
	return 0;
}

static void session_clear(struct session *s)
{
	close_fd(&s->in);
	close_fd(&s->out);
	close_fd(&s->err);
	close_fd(&s->pidfd);
	free(s->args);
}

void session_serve(const char *port)
{
	static struct session s;
	int fd = open(port, O_RDWR | O_CLOEXEC);
	bool knocked = false;

	if (fd < 0)
		return;
	for (;;) {
		s = (struct session){.port = fd,
				     .pidfd = -1,
				     .in = -1,
				     .out = -1,
				     .err = -1,
				     .knocked = knocked};
		if (serve_one(&s))
			return;
		knocked = s.knocked;
		session_clear(&s);
	}
}
