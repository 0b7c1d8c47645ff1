/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role_parts - what the files of role share
 *
 *   role.c        when it is started, ended, started again
 *   role_child.c  as a child of the hub
 *   role_unit.c   as a unit of systemd's
 *   role_confine.c  in the role: no way back
 */
#ifndef WD_ROLE_PARTS_H
#define WD_ROLE_PARTS_H

#include <sys/queue.h>
#include "backoff.h"
#include "role.h"
#include "role_unit.h"

struct role {
	struct event_base *base;
	char name[32];
	char *args[ROLE_WORDS_MAX + 1];
	const struct role_ops *ops;
	void *arg;
	struct chan *chan;
	pid_t pid;
	/* A child of ours: */
	int pidfd;
	struct event *ended;
	/* A unit of systemd's: connected, and waited for */
	const char *sockets; /* NULL: it is a child */
	struct event *greeting;
	int line;
	bool complained; /* of not getting there */
	struct event *again;
	struct backoff delay;
	bool came_up;  /* it has beaten, once at least */
	unsigned ends; /* in a row, soon after the start */
	int64_t since; /* monotonic ns */
	struct event *look;
	uint64_t beats, starts;
	unsigned missed, hung;
	int64_t started;
	bool held;
	TAILQ_ENTRY(role) entry;
	bool wanted; /* a restart was asked for: no delay, no complaint */
	bool known;  /* why it ends has been told already */
};

void role_plan(struct role *r, int ms);		    /* start it then */
void role_begun(struct role *r, pid_t pid, int fd); /* there is a process, and fd leads to it */
void role_over(struct role *r, const char *how);    /* it is gone: another in a while */

void role_child_start(struct role *r);
void role_child_forget(struct role *r); /* ends it, and waits for that */

#endif
