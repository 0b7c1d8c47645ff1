// SPDX-License-Identifier: Apache-2.0
/*
 * dpkg renames a new "status" over the old one several times in one run, rpm writes into its
 * database: the directory is watched, not the file, and a pause is waited for.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include "audit_watch.h"

struct audit_watch {
	int fd, quiet;
	struct event *readable, *pause;
	void (*changed)(void *arg);
	void *arg;
};

static const char *const usual[] = {"/var/lib/dpkg", "/var/lib/rpm", NULL};

static bool matters(const struct inotify_event *e)
{
	static const char *const names[] = {"status", "rpmdb.sqlite", "Packages", "Packages.db"};

	if (e->mask & IN_Q_OVERFLOW)
		return true;
	for (size_t i = 0; e->len && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(e->name, names[i]) == 0)
			return true;
	return false;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	char bytes[8192] __attribute__((aligned(8)));
	struct audit_watch *w = arg;
	struct timeval t = {w->quiet, 0};
	bool changed = false;
	ssize_t n;

	(void)what;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		for (char *at = bytes; at < bytes + n;) {
			const struct inotify_event *e = (const struct inotify_event *)at;

			changed |= matters(e);
			at += sizeof(*e) + e->len;
		}
	if (changed)
		evtimer_add(w->pause, &t); /* begins anew */
}

static void on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct audit_watch *w = arg;

	(void)fd;
	(void)what;
	w->changed(w->arg);
}

struct audit_watch *audit_watch_new(struct event_base *base, const char *const *dirs, int quiet,
				    void (*changed)(void *arg), void *arg, struct err *err)
{
	struct audit_watch *w = calloc(1, sizeof(*w));
	int n = 0;

	if (!w) {
		err_set(err, "out of memory");
		return NULL;
	}
	*w = (struct audit_watch){.quiet = quiet, .changed = changed, .arg = arg};
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (const char *const *dir = dirs ? dirs : usual; w->fd >= 0 && *dir; dir++)
		n += inotify_add_watch(w->fd, *dir, IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR) >= 0;
	if (!n) {
		err_set(err, "no package database can be watched: %s", strerror(errno));
		audit_watch_free(w);
		return NULL;
	}
	w->readable = event_new(base, w->fd, EV_READ | EV_PERSIST, on_readable, w);
	w->pause = evtimer_new(base, on_pause, w);
	if (w->readable && w->pause && !event_add(w->readable, NULL))
		return w;
	err_set(err, "out of memory");
	audit_watch_free(w);
	return NULL;
}

void audit_watch_free(struct audit_watch *w)
{
	if (!w)
		return;
	if (w->readable)
		event_free(w->readable);
	if (w->pause)
		event_free(w->pause);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}
