// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fsx.h"
#include "role_parts.h"

#define AGAIN_MS 300	/* what was let go ends, and frees its port, in its own time */
#define GREET_S 60	/* systemd has so long to start one */
#define WELL_AFTER_S 30 /* one that never lives so long is failing */
#define FAILING_ENDS 5	/* in a row, each before WELL_AFTER_S */
/* So many looks in a row without a beat, and it hangs. */
#define LOOK_S 4
#define LOOKS_MISSED 3

static TAILQ_HEAD(role_list, role) roles = TAILQ_HEAD_INITIALIZER(roles);

static void spawn(struct role *r);

void role_plan(struct role *r, int ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	evtimer_add(r->again, &tv);
}

/* The channel has come to its end; whoever it was may close it. */
static struct chan *let_go(struct role *r)
{
	struct chan *c = r->chan;

	if (c)
		r->came_up = chan_beats(c) > 0;
	r->chan = NULL;
	return c;
}

static void hang_up(struct role *r, const char *why)
{
	struct chan *c = let_go(r);

	if (!c)
		return;
	chan_close(c);
	r->ops->down(r->arg, why);
}

/* It is gone: say so, and start another in a while. */
void role_over(struct role *r, const char *how)
{
	int64_t lived = fsx_mono_ns() - r->since;
	int delay;

	r->pid = 0;
	hang_up(r, how);
	if (r->wanted)
		backoff_reset(&r->delay);
	delay = backoff_ended(&r->delay, lived, r->came_up);
	if (!r->known)
		r->ends = lived >= WELL_AFTER_S * 1000000000ll || r->wanted ? 0 : r->ends + 1;
	if (!r->wanted && !r->held && !r->known)
		log_warn("role %s %s; starting it again in %d ms", r->name, how, delay);
	if (r->held)
		return;
	role_plan(r, !r->wanted ? delay : r->sockets ? AGAIN_MS : 0);
	r->wanted = false;
}

/*
 * A child hears what the signal says. What is a unit has a process id that somebody told us: it is
 * never signalled, the end of its connection is its end, and systemd's watchdog has the last word.
 */
static void end(struct role *r, int sig, const char *why)
{
	if (!r->pid)
		return;
	if (r->sockets)
		role_over(r, why);
	else
		kill(r->pid, sig);
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
	char how[300];

	let_go(r);
	r->ops->down(r->arg, reason);
	snprintf(how, sizeof(how), "has ended (%.256s)", reason);
	end(r, SIGKILL, how);
}

static void on_drained(void *arg)
{
	struct role *r = arg;

	if (r->ops->drained)
		r->ops->drained(r->arg);
}

static const struct chan_ops chan_ops = {on_message, on_closed, on_drained};

void role_begun(struct role *r, pid_t pid, int fd)
{
	r->pid = pid;
	r->since = fsx_mono_ns();
	r->started = fsx_now_ns();
	r->starts++;
	r->beats = r->missed = 0;
	r->known = r->complained = r->came_up = false;
	r->chan = chan_new_fd(r->base, fd, &chan_ops, r);
	log_debug("role %s is process %d", r->name, r->pid);
	r->ops->up(r->arg, r->chan);
}

/* ---- as units ---- */

/* Told once until it works again: it may last. */
static void unreached(struct role *r, const char *why)
{
	if (!r->complained)
		log_err("role %s: %s; trying again", r->name, why);
	r->complained = true;
	r->ends++;
	role_plan(r, backoff_take(&r->delay, BACKOFF_MOST_MS));
}

static void on_greeting(evutil_socket_t fd, short what, void *arg)
{
	struct role *r = arg;
	pid_t pid = what & EV_TIMEOUT ? -1 : role_unit_greeted(fd);

	if (pid == 0) { /* not yet */
		event_add(r->greeting, &(struct timeval){GREET_S, 0});
		return;
	}
	event_free(r->greeting);
	r->greeting = NULL;
	if (pid > 0) {
		role_begun(r, pid, fd);
		return;
	}
	close(fd);
	unreached(r, what & EV_TIMEOUT ? "systemd does not start it: systemctl status has why"
				       : "it ended before it said anything");
}

static void call(struct role *r)
{
	struct err err = {""};

	r->line = role_unit_connect(r->sockets, r->name, r->args, &err);
	if (r->line < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			role_unit_mend(r->name);
		unreached(r, err.text);
		return;
	}
	r->greeting = event_new(r->base, r->line, EV_READ, on_greeting, r);
	event_add(r->greeting, &(struct timeval){GREET_S, 0});
}

static void spawn(struct role *r)
{
	if (r->sockets)
		call(r);
	else
		role_child_start(r);
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
	end(r, SIGKILL, "hangs");
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
	struct role *r = calloc(1, sizeof(*r));

	if (!r)
		log_fatal("no memory");
	*r = (struct role){.base = base, .ops = ops, .arg = arg, .sockets = role_unit_sockets()};
	backoff_reset(&r->delay);
	snprintf(r->name, sizeof(r->name), "%s", name);
	for (int i = 0; argv && argv[i] && i < ROLE_WORDS_MAX; i++)
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
	end(r, SIGTERM, "is started again on request");
}

void role_known(struct role *r)
{
	r->known = true;
}

static void drop_greeting(struct role *r)
{
	if (!r->greeting)
		return;
	event_free(r->greeting);
	r->greeting = NULL;
	close(r->line);
}

void role_hold(struct role *r, bool down)
{
	if (r->held == down)
		return;
	r->held = down;
	if (down) {
		log_info("role %s: stopped on request", r->name);
		evtimer_del(r->again);
		drop_greeting(r);
		end(r, SIGTERM, "was stopped on request");
	} else {
		log_info("role %s: started on request", r->name);
		backoff_reset(&r->delay);
		r->ends = 0;
		if (!r->pid && !r->greeting)
			role_plan(r, 0);
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
	drop_greeting(r);
	if (!r->sockets)
		role_child_forget(r);
	event_free(r->again);
	if (r->look)
		event_free(r->look);
	TAILQ_REMOVE(&roles, r, entry);
	for (int i = 0; r->args[i]; i++)
		free(r->args[i]);
	free(r);
}
