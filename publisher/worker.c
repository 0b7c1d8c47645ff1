// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker.h"

struct queue {
	struct job *first, **last;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock; /* protects both queues and `ending` */
	pthread_cond_t wake;
	struct queue todo, finished;
	bool ending;
	atomic_bool stop;
	int fd; /* eventfd: something is in `finished` */
	struct event *ready;
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_add(struct queue *q, struct job *j)
{
	j->next = NULL;
	*q->last = j;
	q->last = &j->next;
}

static struct job *queue_take(struct queue *q)
{
	struct job *j = q->first;

	if (j) {
		q->first = j->next;
		if (!q->first)
			q->last = &q->first;
	}
	return j;
}

static struct job *next_job(struct worker *w)
{
	struct job *j = NULL;

	pthread_mutex_lock(&w->lock);
	while (!w->ending && !w->todo.first)
		pthread_cond_wait(&w->wake, &w->lock);
	if (!w->ending)
		j = queue_take(&w->todo);
	pthread_mutex_unlock(&w->lock);
	return j;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct job *j;

	while ((j = next_job(w))) {
		j->run(j);
		pthread_mutex_lock(&w->lock);
		queue_add(&w->finished, j);
		pthread_mutex_unlock(&w->lock);
		eventfd_write(w->fd, 1);
	}
	return NULL;
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	eventfd_t count;
	struct job *j;

	(void)what;
	eventfd_read(fd, &count);
	for (;;) {
		pthread_mutex_lock(&w->lock);
		j = queue_take(&w->finished);
		pthread_mutex_unlock(&w->lock);
		if (!j)
			return;
		j->done(j);
	}
}

static int start_thread(struct worker *w)
{
	sigset_t all, old;
	int failed;

	/* Signals are the event loop's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return failed;
}

struct worker *worker_start(struct event_base *base, struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w || (w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0) {
		err_sys(err, "worker");
		free(w);
		return NULL;
	}
	queue_init(&w->todo);
	queue_init(&w->finished);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->ready = event_new(base, w->fd, EV_READ | EV_PERSIST, on_ready, w);
	if (!w->ready || event_add(w->ready, NULL) || start_thread(w))
		log_fatal("the worker thread cannot be started: out of memory or threads");
	return w;
}

void worker_add(struct worker *w, struct job *j)
{
	j->stop = &w->stop;
	pthread_mutex_lock(&w->lock);
	queue_add(&w->todo, j);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

void worker_stop(struct worker *w)
{
	struct job *j;

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	atomic_store(&w->stop, true);
	pthread_join(w->thread, NULL);
	while ((j = queue_take(&w->finished)) || (j = queue_take(&w->todo)))
		j->done(j);
	event_free(w->ready);
	close(w->fd);
	free(w);
}
