// SPDX-License-Identifier: Apache-2.0
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>
#include "daemon.h"
#include "fsx.h"

#define ALIVE_S 5

struct daemon {
	struct event_base *base;
	struct event *term, *intr, *alive;
};

const char *daemon_sibling(const char *name)
{
	static char path[STATE_PATH_MAX];
	char self[STATE_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return "";
	self[n] = 0;
	return fsx_join(path, sizeof(path), dirname(self), name) ? "" : path;
}

void daemon_beside(char to[STATE_PATH_MAX], const char *socket, const char *name)
{
	char copy[STATE_PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", socket) >= (int)sizeof(copy))
		log_fatal("%.80s...: the path of the control socket is too long", socket);
	if (!*name)
		snprintf(to, STATE_PATH_MAX, "%s", dirname(copy));
	else if (fsx_join(to, STATE_PATH_MAX, dirname(copy), name))
		log_fatal("%s: the path of the control socket is too long", socket);
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	log_info("%s: ending", strsignal(sig));
	event_base_loopbreak(arg);
}

static bool (*by_other)(enum daemon_word word);

void daemon_tell_by(bool (*by)(enum daemon_word word))
{
	by_other = by;
}

void daemon_tell(enum daemon_word word)
{
	static const char *const words[DAEMON_WORDS] = {"READY=1", "WATCHDOG=1", "RELOADING=1",
							"STOPPING=1"};

	if (word < DAEMON_WORDS && !(by_other && by_other(word)))
		sd_notify(0, words[word]);
}

static void on_alive(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	daemon_tell(DAEMON_ALIVE);
}

struct daemon *daemon_begin(struct event_base *base)
{
	struct daemon *d = calloc(1, sizeof(*d));

	if (!d || !base)
		log_fatal("out of memory");
	d->base = base;
	d->term = evsignal_new(base, SIGTERM, on_signal, base);
	d->intr = evsignal_new(base, SIGINT, on_signal, base);
	d->alive = event_new(base, -1, EV_PERSIST, on_alive, NULL);
	if (!d->term || !d->intr || !d->alive)
		log_fatal("out of memory");
	evsignal_add(d->term, NULL);
	evsignal_add(d->intr, NULL);
	return d;
}

void daemon_run(struct daemon *d)
{
	event_add(d->alive, &(struct timeval){ALIVE_S, 0});
	daemon_tell(DAEMON_READY);
	event_base_dispatch(d->base);
}

void daemon_end(struct daemon *d)
{
	event_free(d->alive);
	event_free(d->term);
	event_free(d->intr);
	free(d);
}
