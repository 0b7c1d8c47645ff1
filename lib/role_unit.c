// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "chan.h"
#include "role.h"
#include "role_unit.h"

#define WORDS_WITHIN_S 10

/* ---- in the hub ---- */

const char *role_unit_sockets(void)
{
	const char *dir = getenv("WD_ROLE_SOCKETS");

	return dir && *dir ? dir : NULL;
}

static int send_words(int fd, char *const words[])
{
	uint8_t head[CHAN_HEADER];
	struct buf b, frame;
	ssize_t sent = -1;
	unsigned n = 0;

	while (words && words[n])
		n++;
	buf_init(&b, ROLE_WORDS_BYTES);
	buf_put_u8(&b, n);
	for (unsigned i = 0; i < n; i++)
		buf_put_str(&b, words[i]);
	memcpy(head, (uint8_t[]){b.len >> 24, b.len >> 16, b.len >> 8, b.len}, 4);
	memcpy(head + 4, (uint8_t[]){ROLE_UNIT_WORDS >> 8, ROLE_UNIT_WORDS & 255, 0, 0}, 4);
	buf_init(&frame, CHAN_HEADER + ROLE_WORDS_BYTES);
	buf_put(&frame, head, sizeof(head));
	buf_put(&frame, b.data, b.len);
	errno = EMSGSIZE;
	if (buf_ok(&b) && buf_ok(&frame))
		sent = send(fd, frame.data, frame.len, MSG_NOSIGNAL);
	/* A socket that is new has room for all of it. */
	n = sent == (ssize_t)frame.len;
	buf_free(&b);
	buf_free(&frame);
	return n ? 0 : -1;
}

int role_unit_connect(const char *sockets, const char *name, char *const words[], struct err *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = -1, on = 1, why;

	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", sockets, name) >=
	    (int)sizeof(a.sun_path))
		return err_set(err, "WD_ROLE_SOCKETS is too long: %s", sockets);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Before anything can be sent: the greeting's byte is to bring its sender's pid. */
	if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) &&
	    !connect(fd, (struct sockaddr *)&a, sizeof(a)) && !send_words(fd, words))
		return fd;
	why = errno;
	err_sys(err, "%s cannot be reached (systemctl start webdefender-%s.socket)", a.sun_path,
		name);
	if (fd >= 0)
		close(fd);
	errno = why;
	return -1;
}

pid_t role_unit_greeted(int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} extra;
	char byte;
	struct iovec io = {&byte, 1};
	struct msghdr m = {.msg_iov = &io,
			   .msg_iovlen = 1,
			   .msg_control = &extra,
			   .msg_controllen = sizeof(extra)};
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	struct ucred who = {.pid = -1};
	int off = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
		memcpy(&who, CMSG_DATA(c), sizeof(who));
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));
	return who.pid > 0 && who.uid == geteuid() ? who.pid : -1;
}

void role_unit_mend(const char *name)
{
	char unit[64];
	pid_t child;

	if (access("/run/systemd/system", F_OK))
		return;
	snprintf(unit, sizeof(unit), "webdefender-%s.socket", name);
	child = fork();
	if (child == 0) {
		sigset_t none;

		if (fork()) /* a grandchild: nobody here waits for it */
			_exit(0);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close_range(3, ~0u, 0);
		execl("/bin/systemctl", "systemctl", "--no-block", "restart", unit, NULL);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

/* ---- in the role ---- */

bool role_unit_called(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	return pid && fds && strtol(pid, NULL, 10) == getpid() && !strcmp(fds, "1");
}

int role_unit_parse(const void *p, size_t n, char *store, char **words, struct err *err)
{
	struct rd r = rd_over(p, n);
	unsigned many = rd_u8(&r);
	char *at = store;

	if (n > ROLE_WORDS_BYTES || many > ROLE_WORDS_MAX)
		return err_set(err, "the hub's words are too many: %u of %zu bytes", many, n);
	for (unsigned i = 0; i < many; i++) {
		/* Each is two bytes shorter than it was in p: what is left has room in store. */
		rd_str(&r, at, ROLE_WORD_MAX < r.left ? ROLE_WORD_MAX : r.left + 1);
		words[i] = at;
		if (r.failed)
			break;
		at += strlen(at) + 1;
	}
	words[many] = NULL;
	return rd_end(&r) ? 0 : err_set(err, "the hub's words make no sense");
}

/* Exactly n bytes: what follows belongs to the channel. */
static int get(int fd, void *to, size_t n, struct err *err)
{
	ssize_t got = recv(fd, to, n, MSG_WAITALL);

	if (got == (ssize_t)n)
		return 0;
	if (got < 0)
		return err_sys(err, "no words from the hub");
	return err_set(err, "the hub hung up in the middle of its words");
}

static int notify = -1;

static void feed(void)
{
	static bool ready;
	const char *say = ready ? "WATCHDOG=1" : "READY=1\nWATCHDOG=1";

	/* Lost now and then, it does not matter; lost always, systemd ends us. */
	if (write(notify, say, strlen(say)) > 0)
		ready = true;
}

/* Now, while sockets can be made and the path be seen: neither is possible once confined. */
static int open_notify(struct err *err)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n = path ? strlen(path) : 0;

	if (!n)
		return 0;
	if (n >= sizeof(a.sun_path))
		return err_set(err, "NOTIFY_SOCKET is too long: %s", path);
	memcpy(a.sun_path, path, n);
	if (*path == '@')
		a.sun_path[0] = 0;
	notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify < 0 ||
	    connect(notify, (struct sockaddr *)&a, offsetof(struct sockaddr_un, sun_path) + n))
		return err_sys(err, "%s", path);
	chan_beat_also(feed);
	return 0;
}

int role_unit_words(char **words, struct err *err)
{
	const struct timeval within = {WORDS_WITHIN_S, 0}, ever = {0, 0};
	static char store[ROLE_WORDS_BYTES];
	static uint8_t payload[ROLE_WORDS_BYTES];
	uint8_t head[CHAN_HEADER] = {0};
	struct ucred who;
	socklen_t n = sizeof(who);
	struct rd r = rd_over(head, sizeof(head));
	uint32_t len;

	if (getsockopt(ROLE_FD, SOL_SOCKET, SO_PEERCRED, &who, &n))
		return err_sys(err, "descriptor %d is no connection", ROLE_FD);
	if (who.uid != geteuid())
		return err_set(err, "user %u is no hub: only %u is", who.uid, geteuid());
	setsockopt(ROLE_FD, SOL_SOCKET, SO_RCVTIMEO, &within, sizeof(within));
	if (get(ROLE_FD, head, sizeof(head), err))
		return -1;
	len = rd_u32(&r);
	if (rd_u16(&r) != ROLE_UNIT_WORDS || rd_u16(&r) || len > sizeof(payload))
		return err_set(err, "the hub does not begin with its words");
	if (get(ROLE_FD, payload, len, err) || role_unit_parse(payload, len, store, words, err) ||
	    open_notify(err))
		return -1;
	setsockopt(ROLE_FD, SOL_SOCKET, SO_RCVTIMEO, &ever, sizeof(ever));
	if (send(ROLE_FD, "", 1, MSG_NOSIGNAL) != 1)
		return err_sys(err, "the hub hung up");
	return 0;
}
