/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker - one thread for what would hold up the event loop: reading whole sites
 *
 * Jobs run one after another in the order given, so two never touch the depot's contents
 * at once. run() is called in the thread and may use only what the job carries; done() is
 * called in the event loop.
 */
#ifndef WD_WORKER_H
#define WD_WORKER_H

#include <event2/event.h>
#include <stdatomic.h>
#include "log.h"

struct job {
	void (*run)(struct job *j);
	void (*done)(struct job *j); /* owns j from then on */
	const atomic_bool *stop;     /* set by the worker: true when the job should give up */
	struct job *next;	     /* the worker's */
};

struct worker;
struct worker *worker_start(struct event_base *base, struct err *err);
void worker_add(struct worker *w, struct job *j);
/* Waits for the running job; jobs not done by then get done() called. NULL is fine. */
void worker_stop(struct worker *w);

#endif
