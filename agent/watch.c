// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fsx.h"
#include "watch.h"

#define WATCHES_MAX 512
#define OPEN_S 5 /* the check after 2 s gives an open file a new inode anyway */
#define DETACHED_S 2

struct watch {
	LIST_ENTRY(watch) link;
	struct watches *all;
	int wd;
	int fd; /* >= 0: the inode has been replaced */
	struct site *site;
	struct incident *cause;
	struct event *timer;
	struct entry want; /* name and target are not kept */
	char path[];
};

struct watches {
	struct event_base *base;
	struct event *event;
	int fd, n;
	LIST_HEAD(, watch) list;
	watch_written *written;
	void *arg;
};

static void on_inotify(int fd, short what, void *arg);

struct watches *watches_new(struct event_base *base, watch_written *written, void *arg,
			    struct err *err)
{
	struct watches *w = calloc(1, sizeof(*w));

	if (!w) {
		err_set(err, "out of memory");
		return NULL;
	}
	w->base = base;
	w->written = written;
	w->arg = arg;
	LIST_INIT(&w->list);
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0) {
		err_sys(err, "cannot use inotify");
		free(w);
		return NULL;
	}
	w->event = event_new(base, w->fd, EV_READ | EV_PERSIST, on_inotify, w);
	if (w->event && !event_add(w->event, NULL))
		return w;
	watches_free(w);
	err_set(err, "out of memory");
	return NULL;
}

static void take(struct watch *x)
{
	struct evidence_subject s = {.why = "content",
				     .path = x->path,
				     .dirfd = AT_FDCWD,
				     .name = "",
				     .fd = x->fd,
				     .expected = &x->want};
	struct hash found;
	uint64_t size;

	if (!hash_fd(x->fd, &found, &size) && hash_eq(&found, &x->want.hash))
		return;
	incident_evidence(x->cause, &s, &found);
	incident_tell(x->cause);
}

static void end(struct watch *x)
{
	if (x->fd >= 0) {
		take(x);
		close(x->fd);
	}
	inotify_rm_watch(x->all->fd, x->wd);
	LIST_REMOVE(x, link);
	x->all->n--;
	event_free(x->timer);
	incident_put(x->cause);
	free(x);
}

void watches_free(struct watches *w)
{
	if (!w)
		return;
	while (!LIST_EMPTY(&w->list))
		end(LIST_FIRST(&w->list));
	if (w->event)
		event_free(w->event);
	close(w->fd);
	free(w);
}

static void on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end(arg);
}

static struct watch *find(struct watches *w, int wd)
{
	struct watch *x;

	LIST_FOREACH (x, &w->list, link)
		if (x->wd == wd)
			return x;
	return NULL;
}

static void one(struct watches *w, const struct inotify_event *e)
{
	struct watch *x = find(w, e->wd);

	if (!x)
		return;
	if (x->fd < 0)
		w->written(w->arg, x->site, x->path, x->cause);
	if (e->mask & (IN_CLOSE_WRITE | IN_IGNORED))
		end(x);
}

static void on_inotify(int fd, short what, void *arg)
{
	char buf[16384] __attribute__((aligned(8)));
	const struct inotify_event *e;
	ssize_t n = read(fd, buf, sizeof(buf));

	(void)what;
	for (ssize_t at = 0; at < n; at += sizeof(*e) + e->len) {
		e = (const struct inotify_event *)(buf + at);
		one(arg, e);
	}
}

static struct watch *add(struct watches *w, int fd, uint32_t mask, const char *path, int seconds)
{
	struct timeval t = {seconds, 0};
	struct watch *x;
	char proc[64];
	int wd;

	if (w->n >= WATCHES_MAX)
		return NULL;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(w->fd, proc, mask);
	if (wd < 0)
		return NULL;
	x = find(w, wd); /* an inode has one watch: a later purpose takes it over */
	if (x) {
		evtimer_add(x->timer, &t);
		return x;
	}
	x = calloc(1, sizeof(*x) + strlen(path) + 1);
	if (x)
		x->timer = evtimer_new(w->base, on_timer, x);
	if (!x || !x->timer) {
		free(x);
		inotify_rm_watch(w->fd, wd);
		return NULL;
	}
	memcpy(x->path, path, strlen(path) + 1);
	x->all = w;
	x->wd = wd;
	x->fd = -1;
	LIST_INSERT_HEAD(&w->list, x, link);
	w->n++;
	evtimer_add(x->timer, &t);
	return x;
}

void watch_open(struct watches *w, struct site *site, const char *path, struct incident *cause)
{
	int root = open(site->conf->dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	struct watch *x = NULL;
	struct stat st;

	if (root < 0)
		return;
	fd = fsx_open_beneath(root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
	close(root);
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		x = add(w, fd, IN_MODIFY | IN_CLOSE_WRITE, path, OPEN_S);
	close(fd);
	if (!x || x->fd >= 0)
		return;
	incident_hold(cause); /* first: it may be the one that is let go */
	incident_put(x->cause);
	x->cause = cause;
	x->site = site;
}

void watch_detached(struct watches *w, const char *path, int fd, const struct entry *want,
		    struct incident *cause)
{
	struct watch *x = add(w, fd, IN_CLOSE_WRITE, path, DETACHED_S);

	if (!x) { /* too many: better an early copy than none */
		struct evidence_subject s = {.why = "content",
					     .path = path,
					     .dirfd = AT_FDCWD,
					     .name = "",
					     .fd = fd,
					     .expected = want};
		struct hash found;

		incident_evidence(cause, &s, &found);
		close(fd);
		return;
	}
	incident_hold(cause);
	incident_put(x->cause);
	x->cause = cause;
	x->fd = fd;
	x->want = *want;
	x->want.name = x->want.target = NULL;
}
