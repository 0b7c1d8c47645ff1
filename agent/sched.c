// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "fsx.h"
#include "sched.h"

#define SLICE_NS 8000000
/* After a slice of background work the disk and the processor belong to the visitors. */
#define REST_US 2000

struct sched {
	TAILQ_HEAD(, task) queues[SCHED_CLASSES];
	struct event *timer;
	struct task *running;
	bool again;
};

static struct task *first(const struct sched *s)
{
	for (int i = 0; i < SCHED_CLASSES; i++)
		if (!TAILQ_EMPTY(&s->queues[i]))
			return TAILQ_FIRST(&s->queues[i]);
	return NULL;
}

static void arm(struct sched *s, long us)
{
	struct timeval t = {0, us};

	evtimer_add(s->timer, &t);
}

/* Taken out while it runs: a task may then queue itself anew, remove itself, or be freed. */
static void run(struct sched *s, struct task *t)
{
	bool more;

	TAILQ_REMOVE(&s->queues[t->class], t, link);
	s->running = t;
	s->again = false;
	more = t->step(t->arg);
	if (s->running != t)
		return;
	s->running = NULL;
	if (more) {
		TAILQ_INSERT_HEAD(&s->queues[t->class], t, link);
		return;
	}
	t->queued = false;
	if (s->again)
		sched_add(s, t);
}

static void on_timer(int fd, short what, void *arg)
{
	struct sched *s = arg;
	int64_t stop = fsx_mono_ns() + SLICE_NS;
	struct task *t;

	(void)fd;
	(void)what;
	while ((t = first(s)) && fsx_mono_ns() < stop)
		run(s, t);
	t = first(s);
	if (t)
		arm(s, t->class == SCHED_BACKGROUND ? REST_US : 0);
}

struct sched *sched_new(struct event_base *base)
{
	struct sched *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	for (int i = 0; i < SCHED_CLASSES; i++)
		TAILQ_INIT(&s->queues[i]);
	s->timer = evtimer_new(base, on_timer, s);
	if (!s->timer) {
		free(s);
		return NULL;
	}
	return s;
}

void sched_free(struct sched *s)
{
	if (!s)
		return;
	event_free(s->timer);
	free(s);
}

void sched_add(struct sched *s, struct task *t)
{
	if (s->running == t) {
		s->again = true;
		return;
	}
	if (t->queued)
		return;
	t->queued = true;
	TAILQ_INSERT_TAIL(&s->queues[t->class], t, link);
	if (!evtimer_pending(s->timer, NULL) || t->class < SCHED_APPLY)
		arm(s, 0);
}

void sched_remove(struct sched *s, struct task *t)
{
	if (s->running == t) {
		s->running = NULL; /* it may be freed: run() touches it no more */
		t->queued = false;
		return;
	}
	if (!t->queued)
		return;
	t->queued = false;
	TAILQ_REMOVE(&s->queues[t->class], t, link);
}

bool sched_idle(const struct sched *s)
{
	return !first(s) && !s->running;
}
