/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role - a daemon is several processes, each able to do one thing
 *
 * The hub (agent: guard, publisher: engine) starts its roles by executing itself with
 * "--role NAME"; the child finds its end of a socketpair as descriptor ROLE_FD. Start-up
 * of a role reads as a checklist: open what needs rights, role_confine(), loop.
 * A role that ends is started again by the hub after 0.1 s, one that lives for less than 2 s ever
 * later (backoff.h). One whose heartbeat (chan.h) fails to come three times
 * is ended by the hub: it hangs.
 *
 * With WD_ROLE_SOCKETS in its environment the hub starts nothing itself: it connects, and systemd
 * does (role_unit.h). The role is then no child, and its descriptor ROLE_FD a connection.
 */
#ifndef WD_ROLE_H
#define WD_ROLE_H

#include <event2/event.h>
#include <stdbool.h>
#include <sys/types.h>
#include "chan.h"
#include "log.h"

#define ROLE_FD CHAN_PARENT_FD

struct role;
struct role_ops {
	void (*up)(void *arg, struct chan *c); /* (re)started; c is owned by the role */
	void (*message)(void *arg, uint16_t type, const void *p, size_t n);
	void (*down)(void *arg, const char *why); /* the channel is gone */
	void (*drained)(void *arg);		  /* may be NULL */
};

/* In the hub. argv: further words for the child behind --role NAME, NULL-ended, may be NULL. */
struct role *role_start(struct event_base *base, const char *name, char *const argv[],
			const struct role_ops *ops, void *arg);
/* Why the process that runs now is about to end was told already: its end is no news. */
void role_known(struct role *r);
struct chan *role_chan(struct role *r); /* NULL while down */
pid_t role_pid(const struct role *r);	/* 0 while down */
/* Stopped on purpose: stays down until it is let go again. */
void role_hold(struct role *r, bool down);

/* Every role of this process, for who watches and reports. */
struct role_state {
	const char *name;
	pid_t pid;	 /* 0: down */
	int64_t since;	 /* ns since 1970: when the present process was started */
	uint64_t starts; /* in all */
	bool held;	 /* down on purpose */
	bool failing;	 /* it ended again and again, soon after each start */
	unsigned hung;	 /* how often it had to be ended */
};
void role_each(void (*each)(void *arg, struct role *r, const struct role_state *s), void *arg);
struct role *role_find(const char *name); /* NULL: there is none */
void role_restart(struct role *r);	  /* with what has changed on disk */
void role_stop(struct role *r);		  /* ends it and frees r; NULL is fine */

/* In the child: no way back. user NULL keeps the identity; root NULL does not chroot. */
struct role_limits {
	const char *user; /* needs to exist; ignored when not started by root */
	const char *root; /* chroot there */
	bool network;	  /* may make and accept TCP connections */
	bool write_files; /* may create and change files below root */
};
int role_confine(const struct role_limits *l, struct err *err);

#endif
