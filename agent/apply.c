// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "apply.h"
#include "fsx.h"
#include "step.h"

#define TELL_NS 250000000
#define TELL_MS 500
#define AGAIN_S 5

enum apply_state { IDLE, COLLECTING, ADDING, REMOVING, AGAIN };
static const char *const state_names[] = {"idle", "collecting", "adding", "removing", "again"};

struct apply {
	struct sched *sched;
	struct fetch *fetch;
	const struct walk_place *place;
	struct site *site;
	const struct sign_public *key;
	const struct apply_ops *ops;
	void *arg;

	enum apply_state state;
	struct task task;
	struct event *timer;
	struct collect *collect;
	struct walk *walk;
	struct signed_release later;
	bool has_later;
	uint64_t changed, removed, objects, wanted, bytes_before;
	int64_t told, started;
	char problem[256];
};

static bool on_step(void *arg);
static void on_timer(int fd, short what, void *arg);
static void begin_collecting(struct apply *a, bool prune);

static void enter(struct apply *a, enum apply_state state)
{
	log_debug("site %s: apply %s -> %s", a->site->conf->name, state_names[a->state],
		  state_names[state]);
	a->state = state;
}

struct apply *apply_new(struct event_base *base, struct sched *sched, struct fetch *fetch,
			const struct walk_place *place, struct site *site,
			const struct sign_public *key, const struct apply_ops *ops, void *arg)
{
	struct apply *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->sched = sched;
	a->fetch = fetch;
	a->place = place;
	a->site = site;
	a->key = key;
	a->ops = ops;
	a->arg = arg;
	a->task = (struct task){.step = on_step, .arg = a, .class = SCHED_APPLY};
	a->timer = evtimer_new(base, on_timer, a);
	if (!a->timer) {
		free(a);
		return NULL;
	}
	return a;
}

void apply_free(struct apply *a)
{
	if (!a)
		return;
	sched_remove(a->sched, &a->task);
	collect_free(a->collect);
	walk_free(a->walk);
	event_free(a->timer);
	free(a);
}

bool apply_busy(const struct apply *a)
{
	return a->state != IDLE;
}

const char *apply_problem(const struct apply *a)
{
	return a->problem[0] ? a->problem : NULL;
}

/* ---- telling ---- */

static const struct release *subject(const struct apply *a)
{
	return a->site->phase == SITE_FETCHING ? &a->site->coming : &a->site->want;
}

static void count(struct apply *a)
{
	if (a->collect) {
		a->objects = collect_counts(a->collect)->objects;
		a->wanted = collect_counts(a->collect)->wanted;
	}
}

static void progress(struct apply *a, enum progress_state state, uint64_t serial, const char *text)
{
	struct msg_progress p = {.serial = serial, .state = state};
	const struct walk_counts *c = a->walk ? walk_counts(a->walk) : NULL;

	count(a);
	snprintf(p.site, sizeof(p.site), "%s", a->site->conf->name);
	snprintf(p.text, sizeof(p.text), "%s", text);
	p.objects = a->objects;
	p.wanted = a->wanted;
	p.bytes = fetch_bytes(a->fetch) - a->bytes_before;
	p.changed = a->changed + (c ? c->restored : 0);
	p.removed = a->removed + (c ? c->removed : 0);
	a->told = fsx_mono_ns();
	a->ops->progress(a->arg, &p);
}

static void progress_now_and_then(struct apply *a, enum progress_state state)
{
	if (fsx_mono_ns() - a->told > TELL_NS)
		progress(a, state, subject(a)->serial, "");
}

static void refuse(struct apply *a, uint64_t serial, const char *why)
{
	log_err("site %s: release refused: %s", a->site->conf->name, why);
	a->ops->refused(a->arg, a->site, why);
	progress(a, PROGRESS_REFUSED, serial, why);
}

/* ---- the states ---- */

static void try_again(struct apply *a, const char *why)
{
	struct timeval t = {AGAIN_S, 0};

	if (strcmp(a->problem, why))
		log_err("site %s: release %" PRIu64 ": %s; trying again every %d s",
			a->site->conf->name, subject(a)->serial, why, AGAIN_S);
	snprintf(a->problem, sizeof(a->problem), "%s", why);
	enter(a, AGAIN);
	event_add(a->timer, &t);
}

static void watch_collecting(struct apply *a)
{
	struct timeval t = {0, TELL_MS * 1000};

	event_add(a->timer, &t);
}

static void on_timer(int fd, short what, void *arg)
{
	struct apply *a = arg;

	(void)fd;
	(void)what;
	if (a->state == AGAIN) {
		begin_collecting(a, false);
	} else if (a->state == COLLECTING) {
		progress(a, PROGRESS_FETCHING, subject(a)->serial, "");
		watch_collecting(a);
	}
}

static void take_later(struct apply *a)
{
	struct signed_release offer = a->later;

	if (!a->has_later)
		return;
	a->has_later = false;
	apply_offer(a, &offer);
}

static void give_up(struct apply *a, const char *why)
{
	uint64_t serial = a->site->coming.serial;

	a->site->coming.serial = 0;
	a->site->phase = SITE_IDLE;
	enter(a, IDLE);
	refuse(a, serial, why);
	take_later(a);
}

static int begin_walk(struct apply *a, unsigned int flags, enum apply_state state)
{
	a->walk = walk_new(a->place, a->site, "", WALK_BELOW | WALK_DIFF | flags, "apply", NULL);
	if (!a->walk) {
		try_again(a, "out of memory");
		return -1;
	}
	enter(a, state);
	sched_add(a->sched, &a->task);
	return 0;
}

/* All objects are here: make that durable, then say so on disk, then begin. */
static void begin_applying(struct apply *a)
{
	struct err err = {""};

	if (depot_sync(a->place->vault, &err)) {
		try_again(a, err.text);
		return;
	}
	step("collected");
	if (a->site->phase != SITE_APPLYING) {
		if (site_begin(a->site, &err)) {
			try_again(a, err.text);
			return;
		}
		step("begun");
		a->ops->begun(a->arg, a->site);
	}
	a->changed = a->removed = 0;
	progress(a, PROGRESS_APPLYING, a->site->want.serial, "");
	begin_walk(a, WALK_ADD, ADDING);
}

static void on_collected(void *arg, const char *why)
{
	struct apply *a = arg;

	count(a);
	collect_free(a->collect);
	a->collect = NULL;
	if (!why)
		begin_applying(a);
	else if (a->site->phase == SITE_APPLYING)
		try_again(a, why);
	else
		give_up(a, why);
}

static void begin_collecting(struct apply *a, bool prune)
{
	const struct release *old = &a->site->want;

	a->objects = a->wanted = 0;
	a->bytes_before = fetch_bytes(a->fetch);
	a->collect = collect_new(a->sched, a->place->vault, a->place->expect, a->fetch, subject(a),
				 prune && old->serial ? old : NULL, on_collected, a);
	if (!a->collect) {
		try_again(a, "out of memory");
		return;
	}
	enter(a, COLLECTING);
	watch_collecting(a);
}

static void finish(struct apply *a)
{
	struct site *s = a->site;
	struct err err = {""};
	int fd = open(s->conf->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) || site_finish(s, &err)) {
		if (!err.text[0])
			err_sys(&err, "cannot flush %s", s->conf->dir);
		if (fd >= 0)
			close(fd);
		try_again(a, err.text);
		return;
	}
	close(fd);
	step("finished");
	a->problem[0] = '\0';
	enter(a, IDLE);
	log_info("site %s: release %" PRIu64 " applied: %" PRIu64 " objects fetched, %" PRIu64
		 " entries written, %" PRIu64 " removed, %" PRId64 " ms",
		 s->conf->name, s->applied, a->objects, a->changed, a->removed,
		 (fsx_mono_ns() - a->started) / 1000000);
	progress(a, PROGRESS_APPLIED, s->applied, "");
	a->ops->finished(a->arg, s);
	take_later(a);
}

static void walked(struct apply *a)
{
	const struct walk_counts c = *walk_counts(a->walk);
	char why[128];

	walk_free(a->walk);
	a->walk = NULL;
	a->changed += c.restored;
	a->removed += c.removed;
	if (c.failed || c.waiting) {
		snprintf(why, sizeof(why), "%" PRIu64 " entries could not be written",
			 c.failed + c.waiting);
		try_again(a, why);
	} else if (a->state == ADDING) {
		step("added");
		begin_walk(a, WALK_QUICK, REMOVING);
	} else {
		finish(a);
	}
}

static bool on_step(void *arg)
{
	struct apply *a = arg;

	if (!a->walk)
		return false;
	if (walk_step(a->walk)) {
		progress_now_and_then(a, PROGRESS_APPLYING);
		return true;
	}
	walked(a);
	return false;
}

void apply_resume(struct apply *a)
{
	if (a->site->phase != SITE_APPLYING || a->state != IDLE)
		return;
	log_info("site %s: going on with release %" PRIu64, a->site->conf->name,
		 a->site->want.serial);
	a->started = fsx_mono_ns();
	begin_collecting(a, false);
}

static void take_up(struct apply *a)
{
	struct site *s = a->site;

	log_info("site %s: release %" PRIu64 " (%" PRIu64 " files, %" PRIu64 " bytes)%s%s",
		 s->conf->name, s->coming.serial, s->coming.files, s->coming.bytes,
		 s->coming.note[0] ? ": " : "", s->coming.note);
	collect_free(a->collect);
	a->collect = NULL;
	s->phase = SITE_FETCHING;
	a->started = fsx_mono_ns();
	begin_collecting(a, true);
	progress(a, PROGRESS_FETCHING, s->coming.serial, "");
}

void apply_offer(struct apply *a, const struct signed_release *offer)
{
	struct err err = {""};
	bool known;

	/* One that cannot be finished (a full disk) must not stand in the way of the next. */
	if (a->site->phase == SITE_APPLYING && a->state != AGAIN) {
		a->later = *offer;
		a->has_later = true;
		return;
	}
	if (site_offer(a->site, offer, a->key, time(NULL), &known, &err)) {
		struct release r = {.serial = 0};

		release_decode(offer->bytes, offer->len, &r, NULL);
		refuse(a, r.serial, err.text);
	} else if (!known) {
		take_up(a);
	} else if (a->site->phase == SITE_IDLE) {
		a->objects = a->wanted = a->changed = a->removed =
			0; /* nothing was needed this time */
		a->bytes_before = fetch_bytes(a->fetch);
		progress(a, PROGRESS_APPLIED, a->site->applied, "");
	}
}
