// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "audit_child.h"

#define PROGRAM "wd-auditor"
#define PATIENCE_S 1800
#define CHUNK 65536

struct stream {
	struct audit_child *child;
	struct event *event; /* NULL: it has ended */
	int fd;
	char *text;
	size_t n, max;
};

struct audit_child {
	pid_t pid;
	int pidfd, status;
	int handle; /* closed, by us or by our end, the kernel kills it */
	struct stream out, text;
	struct event *ended, *patience;
	audit_child_done *done;
	void *arg;
};

/* It lies beside the program that runs here. */
static int find_program(char *to, size_t cap)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return -1;
	self[n] = 0;
	return snprintf(to, cap, "%s/" PROGRAM, dirname(self)) >= (int)cap ? -1 : 0;
}

static void close_stream(struct stream *s)
{
	if (s->event)
		event_free(s->event);
	if (s->fd >= 0)
		close(s->fd);
	s->event = NULL;
	s->fd = -1;
}

/*
 * It becomes another user: we could not signal it without CAP_KILL, nor would PR_SET_PDEATHSIG
 * outlive that. The end of what it has as standard input is a signal that it orders here itself.
 */
static void let_go(struct audit_child *c)
{
	if (c->handle >= 0)
		close(c->handle);
	c->handle = -1;
}

static void child_free(struct audit_child *c)
{
	close_stream(&c->out);
	close_stream(&c->text);
	free(c->out.text);
	free(c->text.text);
	if (c->ended)
		event_free(c->ended);
	if (c->patience)
		event_free(c->patience);
	if (c->pidfd >= 0)
		close(c->pidfd);
	let_go(c);
	free(c);
}

/* Over when the process is, and all it wrote has been read. */
static void settle(struct audit_child *c)
{
	struct audit_child gone = *c;

	if (c->ended || c->out.event || c->text.event)
		return;
	c->out.text = c->text.text = NULL;
	child_free(c);
	gone.done(gone.arg, gone.status, gone.out.text, gone.text.text);
	free(gone.out.text);
	free(gone.text.text);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;
	char more[CHUNK];
	ssize_t n = read(fd, more, sizeof(more));
	size_t room = s->max - s->n;

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_stream(s);
		settle(s->child);
		return;
	}
	if ((size_t)n > room)
		n = room; /* what is beyond is read, and lost */
	memcpy(s->text + s->n, more, n);
	s->n += n;
	s->text[s->n] = 0;
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct audit_child *c = arg;
	int status;

	(void)fd;
	(void)what;
	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	c->pid = 0;
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	event_free(c->ended);
	c->ended = NULL;
	settle(c);
}

static void on_impatient(evutil_socket_t fd, short what, void *arg)
{
	struct audit_child *c = arg;

	(void)fd;
	(void)what;
	log_err("an audit took longer than %d s: ending it", PATIENCE_S);
	let_go(c);
	close_stream(&c->out);
	close_stream(&c->text);
	settle(c);
}

static bool hold_handle(int fd)
{
	return dup2(fd, 0) == 0 && !fcntl(0, F_SETOWN, getpid()) && !fcntl(0, F_SETSIG, SIGKILL) &&
	       !fcntl(0, F_SETFL, O_ASYNC | O_NONBLOCK);
}

static void become(const char *program, const char *const *words, const int *ends, int handle)
{
	const char *argv[AUDIT_CHILD_WORDS_MAX + 2] = {"wdctl audit"};
	char *const env[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	sigset_t none;
	size_t n = 0;

	for (; words[n] && n < AUDIT_CHILD_WORDS_MAX; n++)
		argv[n + 1] = words[n];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!hold_handle(handle) || dup2(ends[0], 1) < 0 || dup2(ends[1], 2) < 0)
		_exit(127);
	close_range(3, ~0u, 0);
	execve(program, (char *const *)argv, env);
	fprintf(stderr, "%s: %s: is the installation complete?\n", program, strerror(errno));
	_exit(127);
}

static int open_stream(struct event_base *base, struct audit_child *c, struct stream *s, size_t max,
		       int *end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	fcntl(ends[1], F_SETFL, 0); /* the program's end waits */
	*end = ends[1];
	*s = (struct stream){.child = c, .fd = ends[0], .max = max, .text = calloc(1, max + 1)};
	s->event = event_new(base, s->fd, EV_READ | EV_PERSIST, on_readable, s);
	return s->text && s->event ? event_add(s->event, NULL) : -1;
}

static int spawn(struct event_base *base, struct audit_child *c, const char *const *words)
{
	const struct timeval patience = {PATIENCE_S, 0};
	int ends[2] = {-1, -1}, handle[2] = {-1, -1}, r = -1;
	char program[4096];

	if (!find_program(program, sizeof(program)) &&
	    !open_stream(base, c, &c->out, AUDIT_CHILD_OUT_MAX, &ends[0]) &&
	    !open_stream(base, c, &c->text, AUDIT_CHILD_TEXT_MAX, &ends[1]) &&
	    !pipe2(handle, O_CLOEXEC)) {
		c->handle = handle[1];
		c->pid = fork();
		if (c->pid == 0)
			become(program, words, ends, handle[0]);
		r = c->pid < 0 ? -1 : 0;
	}
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	if (handle[0] >= 0)
		close(handle[0]);
	if (r)
		return -1;
	c->pidfd = pidfd_open(c->pid, 0);
	c->ended = event_new(base, c->pidfd, EV_READ | EV_PERSIST, on_ended, c);
	c->patience = evtimer_new(base, on_impatient, c);
	if (c->pidfd < 0 || !c->ended || !c->patience)
		return -1;
	event_add(c->ended, NULL);
	evtimer_add(c->patience, &patience);
	return 0;
}

struct audit_child *audit_child_start(struct event_base *base, const char *const *words,
				      audit_child_done *done, void *arg, struct err *err)
{
	struct audit_child *c = calloc(1, sizeof(*c));

	if (!c) {
		err_set(err, "out of memory");
		return NULL;
	}
	*c = (struct audit_child){
		.pidfd = -1, .handle = -1, .status = -1, .done = done, .arg = arg};
	c->out.fd = c->text.fd = -1;
	if (!spawn(base, c, words))
		return c;
	err_sys(err, "cannot start " PROGRAM);
	audit_child_stop(c);
	return NULL;
}

void audit_child_stop(struct audit_child *c)
{
	if (!c)
		return;
	if (c->pid > 0) {
		let_go(c);
		waitpid(c->pid, NULL, 0);
	}
	child_free(c);
}
