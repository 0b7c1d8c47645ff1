// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "backoff.h"
#include "fsx.h"
#include "warden.h"

#define LOOK_MS 1000
#define SEEK_MS 200 /* between looks for one that is not there */
#define MISSED_MAX 30
#define COMING_MS 1000 /* so long one that was started may take before the next try */
#define WATCHERS_MAX 4

struct watcher { /* somebody who is connected to us */
	struct warden *w;
	int fd;
	struct event *gone;
	TAILQ_ENTRY(watcher) entry;
};

struct warden {
	struct event_base *base;
	const struct warden_other *other;
	char mine[108], theirs[108];
	int listener;
	struct event *coming;
	TAILQ_HEAD(watchers, watcher) watchers;
	int n_watchers;

	/* The other: */
	int fd, pidfd;
	pid_t pid;
	struct event *bytes, *died, *tick, *start;
	bool wanted; /* it was there, and did not end on purpose */
	struct backoff delay;
	int coming_ms; /* until the next try */
	unsigned missed, starts;
	bool beaten, came_up;
	int64_t since; /* monotonic ns: connected */
};

/* ---- those who watch us ---- */

static void watcher_free(struct watcher *o)
{
	TAILQ_REMOVE(&o->w->watchers, o, entry);
	o->w->n_watchers--;
	event_free(o->gone);
	close(o->fd);
	free(o);
}

static void on_watcher(evutil_socket_t fd, short what, void *arg)
{
	char away[64];

	(void)what;
	if (recv(fd, away, sizeof(away), MSG_DONTWAIT) <= 0 && errno != EAGAIN)
		watcher_free(arg);
}

static void on_coming(evutil_socket_t listener, short what, void *arg)
{
	struct warden *w = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred who;
	socklen_t n = sizeof(who);
	struct watcher *o;

	(void)what;
	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) || who.uid != geteuid() ||
	    w->n_watchers >= WATCHERS_MAX || !(o = calloc(1, sizeof(*o)))) {
		close(fd);
		return;
	}
	o->w = w;
	o->fd = fd;
	o->gone = event_new(w->base, fd, EV_READ | EV_PERSIST, on_watcher, o);
	TAILQ_INSERT_TAIL(&w->watchers, o, entry);
	w->n_watchers++;
	event_add(o->gone, NULL);
	if (send(fd, "b", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("a watcher left at once");
}

static void tell(struct warden *w, const char *byte)
{
	struct watcher *o;

	/* One that does not read only fills its own socket. */
	TAILQ_FOREACH (o, &w->watchers, entry)
		send(o->fd, byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int listen_at(struct warden *w, struct err *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	memcpy(a.sun_path, w->mine, sizeof(a.sun_path));
	w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(w->mine); /* of one that was killed; a lock elsewhere keeps us single */
	if (w->listener < 0 || bind(w->listener, (struct sockaddr *)&a, sizeof(a)) ||
	    chmod(w->mine, 0600) || listen(w->listener, 4))
		return err_sys(err, "%s", w->mine);
	w->coming = event_new(w->base, w->listener, EV_READ | EV_PERSIST, on_coming, w);
	return w->coming && !event_add(w->coming, NULL) ? 0 : err_set(err, "out of memory");
}

/* ---- starting the other ---- */

/* A grandchild, so that it is nobody's child here and outlives us. */
static void launch(const char *const *argv)
{
	pid_t child = fork();

	if (child == 0) {
		sigset_t none;

		if (fork())
			_exit(0);
		setsid();
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close_range(3, ~0u, 0);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

static void start_in(struct warden *w, int ms)
{
	event_add(w->start, &(struct timeval){ms / 1000, ms % 1000 * 1000});
}

static void on_start(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;
	const char *const by_systemd[] = {"/bin/systemctl", "--no-block", "start", w->other->unit,
					  NULL};

	(void)fd;
	(void)what;
	if (w->pid || !w->wanted)
		return;
	w->starts++;
	log_warn("starting %s again", w->other->name);
	launch(access("/run/systemd/system", F_OK) ? w->other->argv : by_systemd);
	/* If it does not come up, once more. */
	start_in(w, w->coming_ms);
	w->coming_ms = w->coming_ms * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : w->coming_ms * 2;
}

static void forget(struct warden *w)
{
	if (w->bytes)
		event_free(w->bytes);
	if (w->died)
		event_free(w->died);
	w->bytes = w->died = NULL;
	if (w->fd >= 0)
		close(w->fd);
	if (w->pidfd >= 0)
		close(w->pidfd);
	w->fd = w->pidfd = -1;
	w->pid = 0;
}

static void look_in(struct warden *w, int ms)
{
	event_add(w->tick, &(struct timeval){ms / 1000, ms % 1000 * 1000});
}

static void lost(struct warden *w, const char *how)
{
	int delay;

	forget(w);
	look_in(w, SEEK_MS);
	if (!w->wanted) {
		log_info("%s has ended on purpose", w->other->name);
		return;
	}
	delay = backoff_ended(&w->delay, fsx_mono_ns() - w->since, w->came_up);
	w->coming_ms = COMING_MS;
	log_err("%s %s: starting it again in %d ms", w->other->name, how, delay);
	start_in(w, delay);
}

/* ---- watching the other ---- */

static void on_bytes(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;
	char bytes[64];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)what;
	if (n > 0) {
		w->beaten = w->came_up = true;
		if (memchr(bytes, 'e', n))
			w->wanted = false;
	} else if (n == 0 || errno != EAGAIN) {
		event_del(w->bytes); /* the pidfd has the last word */
	}
}

static void on_died(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;

	(void)fd;
	(void)what;
	on_bytes(w->fd, EV_READ, w); /* its last word may still be there */
	lost(w, "was killed");
}

static bool connect_to(struct warden *w)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct ucred who;
	socklen_t n = sizeof(who);
	char byte;

	memcpy(a.sun_path, w->theirs, sizeof(a.sun_path));
	w->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (w->fd < 0 || connect(w->fd, (struct sockaddr *)&a, sizeof(a)) ||
	    getsockopt(w->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) || who.uid != geteuid())
		return false;
	w->pidfd = pidfd_open(who.pid, 0);
	/* Still the same one? Its socket would have closed before its number went to another. */
	if (w->pidfd < 0 || recv(w->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		return false;
	w->bytes = event_new(w->base, w->fd, EV_READ | EV_PERSIST, on_bytes, w);
	w->died = event_new(w->base, w->pidfd, EV_READ, on_died, w);
	if (!w->bytes || !w->died || event_add(w->bytes, NULL) || event_add(w->died, NULL))
		return false;
	w->pid = who.pid;
	w->wanted = true;
	w->came_up = false;
	w->missed = 0;
	w->since = fsx_mono_ns();
	evtimer_del(w->start);
	log_info("%s is there, process %d", w->other->name, (int)w->pid);
	return true;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;

	(void)fd;
	(void)what;
	tell(w, "b");
	if (!w->pid) {
		if (!connect_to(w))
			forget(w);
		look_in(w, w->pid ? LOOK_MS : SEEK_MS);
		return;
	}
	w->missed = w->beaten ? 0 : w->missed + 1;
	w->beaten = false;
	if (w->missed >= MISSED_MAX) {
		log_err("%s hangs: killing process %d", w->other->name, (int)w->pid);
		w->missed = 0;
		if (pidfd_send_signal(w->pidfd, SIGKILL, NULL, 0))
			log_err("%s cannot be killed: %s", w->other->name, strerror(errno));
	}
	look_in(w, LOOK_MS);
}

struct warden *warden_new(struct event_base *base, const char *mine, const char *theirs,
			  const struct warden_other *other, struct err *err)
{
	struct warden *w = calloc(1, sizeof(*w));

	if (!w || strlen(mine) >= sizeof(w->mine) || strlen(theirs) >= sizeof(w->theirs)) {
		err_set(err, "%s: %s", mine, w ? "too long for a socket" : "out of memory");
		free(w);
		return NULL;
	}
	*w = (struct warden){.base = base,
			     .other = other,
			     .fd = -1,
			     .pidfd = -1,
			     .listener = -1,
			     .coming_ms = COMING_MS};
	backoff_reset(&w->delay);
	TAILQ_INIT(&w->watchers);
	snprintf(w->mine, sizeof(w->mine), "%s", mine);
	snprintf(w->theirs, sizeof(w->theirs), "%s", theirs);
	w->tick = evtimer_new(base, on_tick, w);
	w->start = evtimer_new(base, on_start, w);
	if (!w->tick || !w->start || listen_at(w, err)) {
		warden_free(w, false);
		return NULL;
	}
	on_tick(-1, 0, w);
	return w;
}

void warden_free(struct warden *w, bool orderly)
{
	struct watcher *o;

	if (!w)
		return;
	if (orderly)
		tell(w, "e");
	while ((o = TAILQ_FIRST(&w->watchers)))
		watcher_free(o);
	forget(w);
	if (w->coming)
		event_free(w->coming);
	if (w->listener >= 0) {
		close(w->listener);
		unlink(w->mine);
	}
	if (w->tick)
		event_free(w->tick);
	if (w->start)
		event_free(w->start);
	free(w);
}

pid_t warden_pid(const struct warden *w)
{
	return w ? w->pid : 0;
}

unsigned warden_starts(const struct warden *w)
{
	return w ? w->starts : 0;
}
