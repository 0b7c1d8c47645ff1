// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include "fsx.h"
#include "verify.h"

#define TELL_NS 200000000 /* progress, to those who watch */

struct watcher {
	LIST_ENTRY(watcher) link;
	verify_watch *watch;
	void *arg;
	bool waits; /* for the run after this one */
};

struct verify {
	struct sched *sched;
	const struct walk_place *place;
	struct site *site;
	struct task task;
	struct walk *walk;
	bool wanted;
	int64_t told, started;
	LIST_HEAD(, watcher) watchers;
};

static bool on_step(void *arg);

struct verify *verify_new(struct sched *sched, const struct walk_place *place, struct site *site)
{
	struct verify *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->sched = sched;
	v->place = place;
	v->site = site;
	v->task = (struct task){.step = on_step, .arg = v, .class = SCHED_BACKGROUND};
	LIST_INIT(&v->watchers);
	return v;
}

void verify_free(struct verify *v)
{
	if (!v)
		return;
	sched_remove(v->sched, &v->task);
	walk_free(v->walk);
	while (!LIST_EMPTY(&v->watchers))
		verify_unwatch(v, LIST_FIRST(&v->watchers));
	free(v);
}

void verify_unwatch(struct verify *v, void *watcher)
{
	struct watcher *w = watcher;

	(void)v;
	LIST_REMOVE(w, link);
	free(w);
}

static void tell(struct verify *v, bool done)
{
	struct walk_counts counts = *walk_counts(v->walk);
	struct watcher *w, *next;

	for (w = LIST_FIRST(&v->watchers); w; w = next) {
		next = LIST_NEXT(w, link);
		if (w->waits) {
			w->waits = !done;
			continue;
		}
		w->watch(w->arg, &counts, done);
		if (done)
			verify_unwatch(v, w);
	}
}

static void finish(struct verify *v)
{
	const struct walk_counts *c = walk_counts(v->walk);
	struct site *s = v->site;

	s->verifying = false;
	if (!c->failed && !c->waiting)
		s->verified = time(NULL);
	log_info("site %s: verified %" PRIu64 " files, %" PRIu64 " directories, %" PRIu64
		 " bytes in %" PRId64 " ms: %" PRIu64 " wrong, %" PRIu64 " waiting, %" PRIu64
		 " failed",
		 s->conf->name, c->files, c->dirs, c->bytes, (fsx_mono_ns() - v->started) / 1000000,
		 c->wrong, c->waiting, c->failed);
	tell(v, true);
	walk_free(v->walk);
	v->walk = NULL;
}

static bool start(struct verify *v)
{
	if (!v->site->want.serial || v->site->phase == SITE_APPLYING)
		return false; /* verify_resume() comes */
	v->wanted = false;
	v->walk = walk_new(v->place, v->site, "", WALK_BELOW | WALK_TREES, "scrub", NULL);
	v->site->verifying = v->walk != NULL;
	v->started = v->told = fsx_mono_ns();
	return v->walk != NULL;
}

static bool on_step(void *arg)
{
	struct verify *v = arg;

	if (!v->walk && !start(v))
		return false;
	if (walk_step(v->walk)) {
		if (!LIST_EMPTY(&v->watchers) && fsx_mono_ns() - v->told > TELL_NS) {
			v->told = fsx_mono_ns();
			tell(v, false);
		}
		return true;
	}
	finish(v);
	return v->wanted;
}

void verify_request(struct verify *v)
{
	v->wanted = true;
	sched_add(v->sched, &v->task);
}

void *verify_request_watched(struct verify *v, verify_watch *watch, void *arg)
{
	struct watcher *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->watch = watch;
	w->arg = arg;
	w->waits = v->walk != NULL;
	LIST_INSERT_HEAD(&v->watchers, w, link);
	verify_request(v);
	return w;
}

void verify_suspend(struct verify *v)
{
	if (!v->walk)
		return;
	walk_free(v->walk);
	v->walk = NULL;
	v->site->verifying = false;
	v->wanted = true;
}

void verify_resume(struct verify *v)
{
	if (v->wanted || v->walk)
		sched_add(v->sched, &v->task);
}

bool verify_busy(const struct verify *v)
{
	return v->walk || v->wanted;
}
