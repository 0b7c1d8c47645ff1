/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched - work in small steps between the events of the loop
 *
 * Steps of the most urgent class that has any run until a few milliseconds are over; then
 * the loop looks at its descriptors again.
 */
#ifndef WD_SCHED_H
#define WD_SCHED_H

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>

/* FOLLOW: looking once more at what has been put right; news come before it. */
enum sched_class { SCHED_URGENT, SCHED_FOLLOW, SCHED_APPLY, SCHED_BACKGROUND, SCHED_CLASSES };

struct task {
	TAILQ_ENTRY(task) link;
	bool (*step)(void *arg); /* true: there is more to do; it may remove or free its task */
	void *arg;
	enum sched_class class;
	bool queued;
};

struct sched;
struct sched *sched_new(struct event_base *base);
void sched_free(struct sched *s);
void sched_add(struct sched *s, struct task *t);    /* queued already: nothing */
void sched_remove(struct sched *s, struct task *t); /* likewise */
bool sched_idle(const struct sched *s);

#endif
