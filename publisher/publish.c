// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "build.h"
#include "fsx.h"
#include "gc.h"
#include "hosts.h"
#include "journal.h"
#include "publish.h"
#include "push.h"
#include "releases.h"
#include "signer.h"
#include "worker.h"

#define MS 1000000ll
#define DAY 86400
/* After so many times `settle`, files still being written are left as they were. */
#define PATIENCE 10
/* A large site is not walked again and again while one file is being uploaded. */
#define REST_FACTOR 20

struct build_job {
	struct job job;
	struct site *site;
	struct build_input in;
	struct release previous;
	struct build_result out;
	struct err err;
	int failed;
	int64_t took;
	int64_t give_up; /* the site's when this build began */
};

static void build_start(struct site *s, bool keep_busy);

static void wait_until(struct site *s, int64_t due)
{
	int64_t left = due - fsx_mono_ns();
	struct timeval tv;

	if (left < 0)
		left = 0;
	tv.tv_sec = left / 1000000000ll;
	tv.tv_usec = left % 1000000000ll / 1000 + 1;
	evtimer_add(s->timer, &tv);
}

/* Waits for quiet, at most until patience ends. */
static void settle(struct site *s)
{
	int64_t quiet = s->last_change + s->engine->conf.settle * MS;

	site_enter(s, SITE_SETTLING);
	wait_until(s, s->wish.now ? 0 : quiet < s->give_up ? quiet : s->give_up);
}

/* Quiet already: something is still being written, and only its end or patience help. */
static void wait_for_writers(struct site *s)
{
	site_enter(s, SITE_SETTLING);
	wait_until(s, s->give_up);
}

void publish_changed(struct site *s)
{
	int64_t now = fsx_mono_ns(), rest = s->took * REST_FACTOR;
	int64_t patience = s->engine->conf.settle * MS * PATIENCE;

	s->last_change = now;
	if (!s->dirty_since) {
		s->dirty_since = now;
		s->give_up = now + (rest > patience ? rest : patience);
	}
	if (s->state != SITE_BUILDING && s->state != SITE_SIGNING)
		settle(s);
}

void publish_timer(evutil_socket_t fd, short what, void *site)
{
	struct site *s = site;

	(void)fd;
	(void)what;
	if (s->state == SITE_BUILDING || s->state == SITE_SIGNING)
		return;
	if (s->held && !s->wish.now) {
		s->dirty_since = 0;
		site_enter(s, SITE_IDLE);
		return;
	}
	build_start(s, s->dirty_since && fsx_mono_ns() >= s->give_up);
}

void publish_now(struct site *s, const struct wish *wish)
{
	s->wish = *wish;
	s->wish.now = true;
	if (s->held) {
		struct err err;

		s->held = 0;
		if (db_write(s->engine->db, &err, SQL_SITE_HOLD, "ti", s->name, (int64_t)0) < 0)
			log_err("site %s: %s", s->name, err.text);
	}
	/* Counts as a change, so that patience is measured from here. */
	publish_changed(s);
}

/* ---- building, in the worker ---- */

static void build_run(struct job *j)
{
	struct build_job *b = (struct build_job *)j;
	struct site *s = b->site;
	int64_t begun = fsx_mono_ns();

	if (!s->cache_loaded)
		cache_load(&s->cache, s->engine->cache_store, s->name);
	s->cache_loaded = true;
	b->in.stop = j->stop;
	b->failed = build_site(&b->in, &b->out, &b->err);
	b->took = fsx_mono_ns() - begun;
}

static void refuse(struct site *s, const char *why)
{
	const struct timeval again = {s->engine->conf.rescan, 0};
	bool news = strcmp(s->problem, why) != 0;

	snprintf(s->problem, sizeof(s->problem), "%s", why);
	site_enter(s, SITE_REFUSED);
	if (news)
		journal(s->engine, LOG_L_WARN, "refuse", s->name, "",
			"not published, hosts keep the last release: %s", why);
	s->wish = (struct wish){0};
	push_site_refused(s, why);
	if (s->dirty_since)
		settle(s);
	else
		evtimer_add(s->timer, &again); /* the obstacle may go without an event */
}

/* Nothing is left to do for this round of changes. */
static void rest(struct site *s)
{
	const struct timeval again = {s->engine->conf.rescan, 0};

	/* A renewed release does not take away what keeps a newer one from being made. */
	site_enter(s, *s->problem ? SITE_REFUSED : SITE_IDLE);
	s->wish = (struct wish){0};
	if (s->dirty_since)
		settle(s);
	else if (*s->problem)
		evtimer_add(s->timer, &again);
}

static void clear_problem(struct site *s)
{
	if (*s->problem)
		journal(s->engine, LOG_L_INFO, "accept", s->name, "", "can be published again");
	*s->problem = 0;
}

static void on_signed(void *arg, const uint8_t *sig, const char *why)
{
	struct site *s = arg;
	struct release *r = &s->signing;
	struct err err;

	if (s->removed) {
		site_unref(s);
		return;
	}
	site_unref(s);
	if (why || release_keep(s, r, sig, &err)) {
		refuse(s, why ? why : err.text);
		return;
	}
	if (s->rebuilt)
		clear_problem(s);
	journal(s->engine, LOG_L_INFO, "publish", s->name, "",
		"serial %" PRIu64 ": %" PRIu64 " files, %" PRIu64 " bytes%s%s", r->serial, r->files,
		r->bytes, *r->note ? ": " : "", r->note);
	hosts_send_release(s);
	push_site_released(s, true);
	if (release_prune(s))
		gc_wanted(s->engine);
	rest(s);
}

static void sign(struct site *s, const struct release *r)
{
	site_enter(s, SITE_SIGNING);
	s->signing = *r;
	s->last_asked = r->serial;
	s->jobs++;
	signer_sign(s->engine->signer, &s->signing, on_signed, s);
}

static uint64_t next_serial(const struct site *s)
{
	uint64_t serial = s->has_current ? s->current.serial : 0;

	/* The keys role signs no serial twice, also if we could not keep the release. */
	if (serial < s->last_asked)
		serial = s->last_asked;
	if (serial < s->wish.above)
		serial = s->wish.above;
	return serial + 1;
}

static void date(struct site *s, struct release *r)
{
	snprintf(r->site, sizeof(r->site), "%s", s->name);
	r->filters = s->filters; /* a setting of the site, not content: also after a rollback */
	r->serial = next_serial(s);
	r->issued = time(NULL);
	r->expires = r->issued + (int64_t)s->engine->conf.release_days * DAY;
}

static void release_built(struct site *s, const struct build_result *b)
{
	struct release r = {
		.root = b->root,
		.root_size = b->root_size,
		.root_mode = b->root_mode,
		.root_mtime = b->root_mtime,
		.files = b->files,
		.bytes = b->bytes,
	};

	date(s, &r);
	snprintf(r.note, sizeof(r.note), "%s", s->wish.note);
	s->rebuilt = true;
	sign(s, &r);
}

static bool unchanged(const struct site *s, const struct build_result *b)
{
	return s->has_current && hash_eq(&s->current.root, &b->root) &&
	       s->current.root_mode == b->root_mode &&
	       filters_same(&s->current.filters, &s->filters) && s->current.serial >= s->wish.above;
}

static void note_busy(struct site *s, const struct build_result *b)
{
	snprintf(s->busy_path, sizeof(s->busy_path), "%s", b->busy ? b->busy_path : "");
	if (b->busy && !s->busy)
		log_info("site %s: %" PRIu64 " files are still being written, as %s", s->name,
			 b->busy, s->busy_path);
	s->busy = b->busy;
}

static void built(struct site *s, struct build_job *j)
{
	const struct build_result *b = &j->out;
	/* dirty_since was cleared when the build began: set again means changed meanwhile. */
	bool changed = s->dirty_since != 0;

	note_busy(s, b);
	if (!j->in.keep_busy && (changed || b->busy)) {
		/* Patience is for the whole round, not for each attempt. */
		if (!changed || j->give_up < s->give_up)
			s->give_up = j->give_up;
		if (!changed)
			s->dirty_since = s->last_change;
		if (changed)
			settle(s);
		else
			wait_for_writers(s);
		return;
	}
	if (b->busy) /* later: their end makes an event, but make sure */
		publish_changed(s);
	if (!b->files && s->has_current && s->current.files && !s->wish.allow_empty) {
		refuse(s, "the backup directory is empty, but the last release was not: is it"
			  " mounted? If it is meant to be empty: wdpub push SITE --allow-empty");
		return;
	}
	log_debug("site %s: %" PRIu64 " files, %" PRIu64 " read (%" PRIu64 " bytes) in %.3f s",
		  s->name, b->files, b->read_files, b->read_bytes, j->took / 1e9);
	clear_problem(s);
	if (!unchanged(s, b)) {
		release_built(s, b);
		return;
	}
	push_site_released(s, false);
	rest(s);
}

static void build_done(struct job *job)
{
	struct build_job *j = (struct build_job *)job;
	struct site *s = j->site;

	if (s->removed) {
		site_unref(s);
	} else {
		site_unref(s);
		s->took = j->took;
		if (j->failed)
			refuse(s, j->err.text);
		else
			built(s, j);
	}
	free(j);
}

static void build_start(struct site *s, bool keep_busy)
{
	struct build_job *j = calloc(1, sizeof(*j));
	struct engine *e = s->engine;

	if (!j) {
		refuse(s, "out of memory");
		return;
	}
	site_enter(s, SITE_BUILDING);
	s->dirty_since = 0;
	s->jobs++;
	j->job.run = build_run;
	j->job.done = build_done;
	j->site = s;
	j->previous = s->current;
	j->give_up = s->give_up;
	j->in = (struct build_input){
		.dir = s->dir,
		.excludes = s->excludes,
		.filters = &s->filters,
		.depot = e->depot,
		.cache = &s->cache,
		.previous = s->has_current ? &j->previous : NULL,
		.keep_busy = keep_busy,
		.quiet = e->conf.settle,
	};
	worker_add(e->worker, &j->job);
}

/* ---- releases that need no build ---- */

int publish_rollback(struct site *s, uint64_t serial, const char *note, struct err *err)
{
	struct release r;
	int found = release_find(s->engine, s->name, serial, &r, err);

	if (found < 0)
		return -1;
	if (found)
		return err_set(err,
			       "there is no release %" PRIu64 " of %s any more (wdpub releases"
			       " %s)",
			       serial, s->name, s->name);
	if (s->state == SITE_BUILDING || s->state == SITE_SIGNING)
		return err_set(err, "site %s is just being published; try again in a moment",
			       s->name);
	if (db_write(s->engine->db, err, SQL_SITE_HOLD, "ti", s->name, (int64_t)serial) < 0)
		return -1;
	s->held = serial;
	s->dirty_since = 0;
	evtimer_del(s->timer);
	date(s, &r);
	snprintf(r.note, sizeof(r.note), "rollback to %" PRIu64 "%s%s", serial, *note ? ": " : "",
		 note);
	s->rebuilt = false;
	journal(s->engine, LOG_L_WARN, "rollback", s->name, "",
		"to the content of serial %" PRIu64 "; changes of the backup wait for `wdpub push"
		" %s`",
		serial, s->name);
	sign(s, &r);
	return 0;
}

void publish_renew(struct engine *e)
{
	int64_t now = time(NULL);
	struct site *s;

	TAILQ_FOREACH (s, &e->sites, entry) {
		struct release r = s->current;

		if (!s->has_current || s->state == SITE_BUILDING || s->state == SITE_SIGNING ||
		    now < r.issued + (r.expires - r.issued) / 3 * 2)
			continue;
		date(s, &r);
		s->rebuilt = false;
		sign(s, &r);
	}
}
