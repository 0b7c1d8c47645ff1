// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "db.h"
#include "fsx.h"
#include "guard.h"
#include "ident.h"
#include "keeper.h"

#define SYNC_MS 100
#define MINUTE_S 60
/* With events a verification only guards against what nobody thought of; without, it is all. */
#define VERIFY_KMOD_S 3600
#define VERIFY_NONE_S 60

/* ---- small services ---- */

struct guard_site *guard_site(struct guard *g, const char *name)
{
	for (int i = 0; i < g->n_sites; i++)
		if (!strcmp(g->sites[i].site.conf->name, name))
			return &g->sites[i];
	return NULL;
}

struct guard_site *guard_site_at(struct guard *g, const char *path, const char **within)
{
	for (int i = 0; i < g->n_sites; i++) {
		const char *dir = g->sites[i].site.conf->dir;
		size_t n = strlen(dir);

		if (strncmp(path, dir, n) || (path[n] && path[n] != '/'))
			continue;
		*within = path + n + (path[n] == '/');
		return &g->sites[i];
	}
	return NULL;
}

void guard_note(struct guard *g, const char *op, const char *site, uint32_t repeat, const char *fmt,
		...)
{
	static struct wd_event e; /* large */
	va_list ap;

	ident_event(&e, "agent", op, site, "");
	e.outcome = OUTCOME_NOTED;
	e.repeat = repeat;
	e.done = e.time;
	va_start(ap, fmt);
	vsnprintf(e.note, sizeof(e.note), fmt, ap);
	va_end(ap);
	spool_put(g->spool, &e);
}

void guard_verify_all(struct guard *g)
{
	g->last_verify = fsx_mono_ns();
	for (int i = 0; i < g->n_sites; i++)
		if (g->sites[i].site.mode != MODE_OFF)
			verify_request(g->sites[i].verify);
}

int guard_set_mode(struct guard *g, struct guard_site *gs, uint8_t mode, struct err *err)
{
	int i = gs - g->sites;
	uint8_t was = gs->site.mode;

	if (source_set_mode(g->source, i, mode, err))
		return -1;
	g->source_sites[i].mode = gs->site.mode = mode;
	if (was != mode) {
		log_info("site %s: mode %s", gs->site.conf->name, conf_mode_name(mode));
		guard_note(g, "mode", gs->site.conf->name, 1, "mode %s, was %s",
			   conf_mode_name(mode), conf_mode_name(was));
	}
	/* Nobody looked while it was off. */
	if (was == MODE_OFF && mode != MODE_OFF)
		verify_request(gs->verify);
	return 0;
}

void guard_keep_mode(struct guard *g, int site, uint8_t mode)
{
	struct site *s = &g->sites[site].site;

	log_warn("site %s: mode %s is kept, as it was before this start; the configuration says %s"
		 " (wdctl mode %s %s)",
		 s->conf->name, conf_mode_name(mode), conf_mode_name(s->mode),
		 conf_mode_name(s->mode), s->conf->name);
	guard_note(g, "mode", s->conf->name, 1, "mode %s kept over a start, configured %s",
		   conf_mode_name(mode), conf_mode_name(s->mode));
	g->source_sites[site].mode = s->mode = mode;
}

bool guard_idle(const struct guard *g)
{
	for (int i = 0; i < g->n_sites; i++)
		if (apply_busy(g->sites[i].apply) || g->sites[i].site.verifying)
			return false;
	return sched_idle(g->sched) && checks_idle(g->checks);
}

/* ---- what the parts tell each other ---- */

static void on_trouble(void *arg, struct site *site, const char *path, const struct hash *need,
		       uint64_t size, struct incident *i, const char *why)
{
	struct guard *g = arg;

	checks_trouble(g->checks, site, path, need, size, i, why);
}

static void on_detached(void *arg, const char *path, int fd, const struct entry *want,
			struct incident *i)
{
	struct guard *g = arg;

	watch_detached(g->watches, path, fd, want, i);
}

static void on_excepted(void *arg, struct site *site)
{
	struct guard *g = arg;

	source_renew(g->source, guard_site(g, site->conf->name) - g->sites);
}

static void on_written(void *arg, struct site *site, const char *path, struct incident *i)
{
	struct guard *g = arg;

	checks_add(g->checks, site, path, 0, i);
}

static void on_overflow(void *arg, struct site *site)
{
	struct guard *g = arg;

	verify_request(guard_site(g, site->conf->name)->verify);
}

static void on_evidence(void *arg, const struct chain_item *item)
{
	struct guard *g = arg;
	struct timeval t = {0, SYNC_MS * 1000};

	upload_add(g->upload, item);
	if (!evtimer_pending(g->sync, NULL))
		evtimer_add(g->sync, &t);
}

static void on_sync(int fd, short what, void *arg)
{
	struct guard *g = arg;

	(void)fd;
	(void)what;
	evidence_sync(g->evidence);
}

static void on_progress(void *arg, const struct msg_progress *p)
{
	struct guard *g = arg;

	uplink_progress(g->uplink, p);
}

static void on_begun(void *arg, struct site *site)
{
	struct guard *g = arg;

	verify_suspend(guard_site(g, site->conf->name)->verify);
	checks_again(g->checks, site);
}

static void collect_garbage(struct guard *g)
{
	const struct release *live[PROTO_SITES_MAX];
	int n = 0;

	for (int i = 0; i < g->n_sites; i++) {
		const struct site *s = &g->sites[i].site;

		if (s->phase != SITE_IDLE)
			return; /* its end will come here */
		if (s->want.serial)
			live[n++] = &s->want;
	}
	gc_start(g->gc, live, n);
}

static void on_finished(void *arg, struct site *site)
{
	struct guard *g = arg;
	struct guard_site *gs = guard_site(g, site->conf->name);

	checks_again(g->checks, site);
	/* What is no longer excepted was not compared with the release before. */
	if (site->filters_changed)
		verify_request(gs->verify);
	site->filters_changed = false;
	verify_resume(gs->verify);
	source_renew(g->source, gs - g->sites);
	collect_garbage(g);
}

static void on_refused(void *arg, struct site *site, const char *why)
{
	struct guard *g = arg;

	guard_note(g, "refused", site->conf->name, 1, "release refused: %.200s", why);
}

static const struct apply_ops apply_ops = {on_progress, on_begun, on_finished, on_refused};

static void on_unfinished(void *arg, const struct wd_event *e)
{
	struct guard *g = arg;
	static struct wd_event end; /* large */

	end = *e;
	end.outcome = OUTCOME_NOTED;
	end.done = fsx_now_ns();
	snprintf(end.note, sizeof(end.note),
		 "the agent ended meanwhile; the verification at its next start covers it");
	spool_put(g->spool, &end);
}

static int64_t verify_every(const struct guard *g)
{
	struct source_state s;

	if (g->conf->verify_every)
		return g->conf->verify_every;
	source_state(g->source, &s);
	return s.kind == SOURCE_NONE ? VERIFY_NONE_S : VERIFY_KMOD_S;
}

static void on_minute(int fd, short what, void *arg)
{
	struct guard *g = arg;
	struct timeval t = {verify_every(g) < MINUTE_S ? verify_every(g) : MINUTE_S, 0};

	(void)fd;
	(void)what;
	guard_check_expiry(g);
	if (fsx_mono_ns() - g->last_verify >= verify_every(g) * 1000000000ll)
		guard_verify_all(g);
	evtimer_add(g->minute, &t);
}

/* ---- putting it together ---- */

static int open_records(struct guard *g, struct err *err)
{
	char path[STATE_PATH_MAX];

	g->store = db_open(state_path(path, g->state, "agent.db"), err);
	if (!g->store)
		return -1;
	g->spool = spool_new(g->base, g->store, SPOOL_CAP, err);
	if (!g->spool)
		return -1;
	g->evidence =
		evidence_open(state_path(path, g->state, "evidence"), g->conf->evidence_max, err);
	if (!g->evidence)
		return -1;
	g->upload = upload_new(path, g->evidence, g->store, err);
	if (!g->upload)
		return -1;
	g->desk.spool = g->spool;
	g->desk.evidence = g->evidence;
	evidence_listen(g->evidence, on_evidence, g);
	spool_unfinished(g->spool, on_unfinished, g);
	return 0;
}

static int open_works(struct guard *g, struct err *err)
{
	char path[STATE_PATH_MAX];

	g->vault = depot_open(state_path(path, g->state, "vault"), false, err);
	if (!g->vault)
		return -1;
	g->expect = expect_new(g->vault);
	g->sched = sched_new(g->base);
	g->fetch = fetch_new(g->base, g->vault);
	g->sync = evtimer_new(g->base, on_sync, g);
	g->minute = evtimer_new(g->base, on_minute, g);
	if (!g->expect || !g->sched || !g->fetch || !g->sync || !g->minute)
		return err_set(err, "out of memory");
	g->place = (struct walk_place){.vault = g->vault,
				       .expect = g->expect,
				       .desk = &g->desk,
				       .trouble = on_trouble,
				       .detached = on_detached,
				       .excepted_made = on_excepted,
				       .arg = g};
	g->checks = checks_new(g->base, g->sched, g->fetch, &g->place, on_overflow, g);
	g->gc = gc_new(g->sched, g->vault, g->expect);
	if (!g->checks || !g->gc)
		return err_set(err, "out of memory");
	g->watches = watches_new(g->base, on_written, g, err);
	return g->watches ? 0 : -1;
}

static int open_site(struct guard *g, const struct conf_site *conf, struct err *err)
{
	struct guard_site *gs = &g->sites[g->n_sites];

	if (site_open(&gs->site, conf, g->state, &g->id.release_key, err) ||
	    fsx_mkdirs(conf->dir, 0755, err))
		return -1;
	g->source_sites[g->n_sites++] =
		(struct source_site){conf->dir, conf->mode, &gs->site.want.filters};
	gs->apply = apply_new(g->base, g->sched, g->fetch, &g->place, &gs->site, &g->id.release_key,
			      &apply_ops, g);
	gs->verify = verify_new(g->sched, &g->place, &gs->site);
	return gs->apply && gs->verify ? 0 : err_set(err, "out of memory");
}

static void on_audit_note(void *arg, const char *text)
{
	guard_note(arg, "audit", "", 1, "%s", text);
}

static int open_outside(struct guard *g, const struct guard_options *o, struct err *err)
{
	struct source_state s;

	g->source = source_open(g->base, g->source_sites, g->n_sites, o->source, &intake_ops, g);
	if (!g->source)
		return err_set(err, "out of memory");
	source_state(g->source, &s);
	if (s.kind == SOURCE_NONE)
		log_warn("event source none: %s", source_guarantees(s.kind));
	else
		log_info("event source %s: %s", source_name(s.kind), source_guarantees(s.kind));
	g->sealing = sealing_new(g, o->source);
	if (!g->sealing)
		return err_set(err, "out of memory");
	if (!o->uplink)
		return 0;
	if (g->conf->hass.port[0]) {
		g->hass = hass_hub_new(g, err);
		if (!g->hass)
			return -1;
	}
	g->reports = verify_reports_new(g);
	if (!g->reports)
		return err_set(err, "out of memory");
	g->audits = audit_desk_new(g->base, g->conf, &g->id, on_audit_note, g, err);
	if (!g->audits)
		return -1;
	if (g->conf->dial == DIAL_NONE) {
		log_warn("no publisher is configured: this agent only keeps what it has");
		return 0;
	}
	g->uplink = uplink_new(g->base, g->conf, &g->id, &line_ops, g);
	return g->uplink ? 0 : err_set(err, "out of memory");
}

struct guard *guard_open(struct event_base *base, const struct conf *conf, const char *state,
			 const struct guard_options *options, struct err *err)
{
	struct guard *g = calloc(1, sizeof(*g));
	int rc;

	if (!g) {
		err_set(err, "out of memory");
		return NULL;
	}
	g->base = base;
	g->conf = conf;
	snprintf(g->state, sizeof(g->state), "%s", state);
	g->meter = meter_new("guard", state);
	g->scraped = meter_new("guard", state);
	rc = identity_open(&g->id, state, err) || keeper_hold(&g->id, err) ||
	     open_records(g, err) || open_works(g, err);
	for (int i = 0; i < conf->n_sites && !rc; i++)
		rc = open_site(g, &conf->sites[i], err);
	if (rc || open_outside(g, options, err)) {
		guard_close(g);
		return NULL;
	}
	for (int i = 0; i < g->n_sites; i++)
		apply_resume(g->sites[i].apply);
	guard_verify_all(g);
	on_minute(-1, 0, g);
	return g;
}

void guard_close(struct guard *g)
{
	if (!g)
		return;
	metrics_stop(g->metrics);
	meter_free(g->meter);
	meter_free(g->scraped);
	sealing_free(g->sealing);
	uplink_free(g->uplink);
	g->uplink = NULL;
	hass_hub_free(g->hass);
	audit_desk_free(g->audits);
	source_close(g->source);
	verify_reports_free(g->reports);
	for (int i = 0; i < g->n_sites; i++) {
		apply_free(g->sites[i].apply);
		verify_free(g->sites[i].verify);
	}
	watches_free(g->watches);
	checks_free(g->checks);
	gc_free(g->gc);
	fetch_free(g->fetch);
	sched_free(g->sched);
	expect_free(g->expect);
	depot_close(g->vault);
	spool_free(g->spool);
	upload_free(g->upload);
	evidence_close(g->evidence);
	store_close(g->store);
	if (g->sync)
		event_free(g->sync);
	if (g->minute)
		event_free(g->minute);
	identity_close(&g->id);
	free(g);
}
