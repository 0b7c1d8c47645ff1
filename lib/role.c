// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fsx.h"
#include "role.h"
#include "sandbox.h"

#define DELAY_FIRST_MS 100
#define DELAY_MOST_MS 10000
#define ARGS_MAX 32
/*
 * A role that has run for so long did not fall over its own start: the next delay is small again,
 * however often somebody kills it. One that never lives for WELL_AFTER_S is failing.
 */
#define UP_AFTER_NS 2000000000ll
#define WELL_AFTER_S 30
#define FAILING_ENDS 5 /* in a row, each before WELL_AFTER_S */
/* So many looks in a row without a beat, and it hangs. */
#define LOOK_S 4
#define LOOKS_MISSED 3

struct role {
	struct event_base *base;
	char name[32];
	char *args[ARGS_MAX];
	const struct role_ops *ops;
	void *arg;
	int (*open_it)(void *arg); /* NULL: ROLE_FD is all it gets */
	struct chan *chan;
	pid_t pid;
	int pidfd;
	struct event *ended, *again;
	int delay_ms;
	unsigned ends; /* in a row, soon after the start */
	int64_t since; /* monotonic ns */
	struct event *look;
	uint64_t beats, starts;
	unsigned missed, hung;
	int64_t started;
	bool held;
	TAILQ_ENTRY(role) entry;
	bool wanted; /* a restart was asked for: no delay, no complaint */
};

static TAILQ_HEAD(role_list, role) roles = TAILQ_HEAD_INITIALIZER(roles);

static void spawn(struct role *r);

static void plan(struct role *r, int ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	evtimer_add(r->again, &tv);
}

static int longer(int ms)
{
	return ms * 2 > DELAY_MOST_MS ? DELAY_MOST_MS : ms * 2;
}

static void describe(int status, char *to, size_t cap)
{
	if (WIFSIGNALED(status))
		snprintf(to, cap, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(to, cap, "ended with status %d", WEXITSTATUS(status));
}

static void hang_up(struct role *r, const char *why)
{
	struct chan *c = r->chan;

	if (!c)
		return;
	r->chan = NULL;
	chan_close(c);
	r->ops->down(r->arg, why);
}

/* The process is gone: reap it, say so, and start another in a while. */
static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct role *r = arg;
	int64_t lived = fsx_mono_ns() - r->since;
	char how[128];
	int status;

	(void)fd;
	(void)what;
	if (waitpid(r->pid, &status, WNOHANG) != r->pid)
		return;
	event_free(r->ended);
	close(r->pidfd);
	r->ended = NULL;
	r->pid = 0;
	describe(status, how, sizeof(how));
	if (lived >= UP_AFTER_NS || r->wanted)
		r->delay_ms = DELAY_FIRST_MS;
	r->ends = lived >= WELL_AFTER_S * 1000000000ll || r->wanted ? 0 : r->ends + 1;
	if (!r->wanted && !r->held)
		log_warn("role %s %s; starting it again in %d ms", r->name, how, r->delay_ms);
	hang_up(r, how);
	if (r->held)
		return;
	plan(r, r->wanted ? 0 : r->delay_ms);
	r->wanted = false;
	r->delay_ms = longer(r->delay_ms);
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct role *r = arg;

	r->ops->message(r->arg, type, p, n);
}

/* The channel broke; the process follows, or is made to. */
static void on_closed(void *arg, const char *reason)
{
	struct role *r = arg;

	r->chan = NULL;
	if (r->pid)
		kill(r->pid, SIGKILL);
	r->ops->down(r->arg, reason);
}

static void on_drained(void *arg)
{
	struct role *r = arg;

	if (r->ops->drained)
		r->ops->drained(r->arg);
}

static const struct chan_ops chan_ops = {on_message, on_closed, on_drained};

/* ROLE_FD, and if there is more, ROLE_FD + 1: all else is closed. */
static void arrange(int fd, int more)
{
	if (more >= 0)
		more = fcntl(more, F_DUPFD, ROLE_FD + 2); /* out of the way of what comes now */
	if (fd == ROLE_FD)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, ROLE_FD);
	if (more >= 0)
		dup2(more, ROLE_FD + 1);
	close_range(ROLE_FD + 1 + (more >= 0), ~0u, 0);
}

/* In the child, between fork and exec. */
static void become(struct role *r, int fd, int more)
{
	char *argv[ARGS_MAX + 4] = {program_invocation_name, (char *)"--role", r->name};
	sigset_t none;

	for (int i = 0; r->args[i]; i++)
		argv[3 + i] = r->args[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Ctrl-C reaches the whole group; the hub decides what it means. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	arrange(fd, more);
	/* The very binary the hub runs, also when it has been replaced on disk. */
	execv("/proc/self/exe", argv);
	_exit(127);
}

static void spawn(struct role *r)
{
	int pair[2], more = -1;

	if (r->open_it) {
		more = r->open_it(r->arg);
		if (more < 0) {
			plan(r, r->delay_ms);
			r->delay_ms = longer(r->delay_ms);
			return;
		}
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		goto again;
	r->pid = fork();
	if (r->pid == 0)
		become(r, pair[1], more);
	close(pair[1]);
	if (more >= 0)
		close(more);
	more = -1;
	if (r->pid < 0) {
		r->pid = 0;
		close(pair[0]);
		goto again;
	}
	r->since = fsx_mono_ns();
	r->started = fsx_now_ns();
	r->starts++;
	r->beats = r->missed = 0;
	r->pidfd = pidfd_open(r->pid, 0);
	r->ended = event_new(r->base, r->pidfd, EV_READ | EV_PERSIST, on_ended, r);
	event_add(r->ended, NULL);
	r->chan = chan_new_fd(r->base, pair[0], &chan_ops, r);
	log_debug("role %s is process %d", r->name, r->pid);
	r->ops->up(r->arg, r->chan);
	return;
again:
	log_err("cannot start role %s: %s; trying again in %d ms", r->name, strerror(errno),
		DELAY_MOST_MS);
	if (more >= 0)
		close(more);
	plan(r, DELAY_MOST_MS);
}

/* Counted by looks, not by time: a hub that was held up itself must not blame its roles. */
static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct role *r = arg;
	uint64_t beats = r->chan ? chan_beats(r->chan) : 0;

	(void)fd;
	(void)what;
	if (!r->pid || !beats || beats != r->beats) {
		r->beats = beats;
		r->missed = 0;
		return;
	}
	if (++r->missed < LOOKS_MISSED)
		return;
	log_err("role %s: three heartbeats are missing, it hangs: ending process %d", r->name,
		(int)r->pid);
	r->missed = 0;
	r->hung++;
	kill(r->pid, SIGKILL);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	spawn(arg);
}

struct role *role_start(struct event_base *base, const char *name, char *const argv[],
			const struct role_ops *ops, void *arg)
{
	return role_start_with(base, name, argv, ops, arg, NULL);
}

struct role *role_start_with(struct event_base *base, const char *name, char *const argv[],
			     const struct role_ops *ops, void *arg, int (*open_it)(void *arg))
{
	struct role *r = calloc(1, sizeof(*r));

	if (!r)
		log_fatal("no memory");
	*r = (struct role){.base = base,
			   .ops = ops,
			   .arg = arg,
			   .open_it = open_it,
			   .delay_ms = DELAY_FIRST_MS};
	snprintf(r->name, sizeof(r->name), "%s", name);
	for (int i = 0; argv && argv[i] && i < ARGS_MAX - 1; i++)
		r->args[i] = strdup(argv[i]);
	r->again = evtimer_new(base, on_again, r);
	r->look = event_new(base, -1, EV_PERSIST, on_look, r);
	if (r->look)
		event_add(r->look, &(struct timeval){LOOK_S, 0});
	TAILQ_INSERT_TAIL(&roles, r, entry);
	spawn(r);
	return r;
}

struct chan *role_chan(struct role *r)
{
	return r ? r->chan : NULL;
}

pid_t role_pid(const struct role *r)
{
	return r->pid;
}

void role_restart(struct role *r)
{
	r->wanted = true;
	if (r->pid)
		kill(r->pid, SIGTERM);
}

void role_hold(struct role *r, bool down)
{
	if (r->held == down)
		return;
	r->held = down;
	if (down) {
		log_info("role %s: stopped on request", r->name);
		evtimer_del(r->again);
		if (r->pid)
			kill(r->pid, SIGTERM);
	} else {
		log_info("role %s: started on request", r->name);
		r->delay_ms = DELAY_FIRST_MS;
		r->ends = 0;
		if (!r->pid)
			plan(r, 0);
	}
}

static struct role_state state_of(const struct role *r)
{
	bool young = fsx_now_ns() - r->started < WELL_AFTER_S * 1000000000ll;

	return (struct role_state){.name = r->name,
				   .pid = r->pid,
				   .since = r->started,
				   .starts = r->starts,
				   .held = r->held,
				   .failing = !r->held && r->ends >= FAILING_ENDS &&
					      (!r->pid || young),
				   .hung = r->hung};
}

void role_each(void (*each)(void *arg, struct role *r, const struct role_state *s), void *arg)
{
	struct role *r, *next;

	for (r = TAILQ_FIRST(&roles); r; r = next) {
		struct role_state s = state_of(r);

		next = TAILQ_NEXT(r, entry);
		each(arg, r, &s);
	}
}

struct role *role_find(const char *name)
{
	struct role *r;

	TAILQ_FOREACH (r, &roles, entry)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

void role_stop(struct role *r)
{
	if (!r)
		return;
	if (r->chan)
		chan_close(r->chan);
	if (r->ended) {
		event_free(r->ended);
		close(r->pidfd);
	}
	if (r->pid) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
	}
	event_free(r->again);
	if (r->look)
		event_free(r->look);
	TAILQ_REMOVE(&roles, r, entry);
	for (int i = 0; r->args[i]; i++)
		free(r->args[i]);
	free(r);
}

static int change_identity(const struct role_limits *l, struct err *err)
{
	struct passwd *pw = NULL;

	if (geteuid() != 0)
		return 0; /* started without rights: nothing to give up */
	if (l->user) {
		pw = getpwnam(l->user);
		if (!pw)
			return err_set(
				err, "user \"%s\" does not exist: create it (adduser --system %s)",
				l->user, l->user);
	}
	if (l->root && (chroot(l->root) < 0 || chdir("/") < 0))
		return err_sys(err, "cannot chroot to %s", l->root);
	if (pw && (setgroups(0, NULL) < 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
		   setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0))
		return err_sys(err, "cannot become user \"%s\"", l->user);
	return 0;
}

int role_confine(const struct role_limits *l, struct err *err)
{
	if (change_identity(l, err) < 0)
		return -1;
	/* Changing the identity has cleared this. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(err, "prctl");
	return sandbox_enter(l->network, l->write_files, err);
}
