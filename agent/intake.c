// SPDX-License-Identifier: Apache-2.0
/* What the source tells becomes incidents, and checks of the paths they name. */
#include <stdio.h>
#include <string.h>
#include "fsx.h"
#include "guard.h"
#include "ident.h"

static void note_only(struct guard *g, struct wd_event *e, const char *note)
{
	if (!e->denied)
		e->outcome = OUTCOME_NOTED;
	e->done = e->seen;
	snprintf(e->note, sizeof(e->note), "%s", note);
	spool_put(g->spool, e);
}

static void check_path(struct guard *g, const char *path, const struct kernel_event *k,
		       struct incident *i)
{
	const char *within;
	struct guard_site *gs = guard_site_at(g, path, &within);

	if (!gs)
		return;
	if (k->opened)
		watch_open(g->watches, &gs->site, within, i);
	checks_add(g->checks, &gs->site, within, CHECK_FOLLOW | (k->subtree ? CHECK_BELOW : 0), i);
}

/* Which entry is meant cannot be told from the event: look at all of them. */
static void check_site(struct guard *g, struct guard_site *gs, struct wd_event *e)
{
	verify_request(gs->verify);
	note_only(g, e, "the whole site is being verified");
}

static void on_event(void *arg, const char *boot_id, const struct kernel_event *k)
{
	static struct wd_event e; /* large */
	struct guard *g = arg;
	struct guard_site *gs;
	struct incident *i;
	const char *within;

	e = k->event;
	ident_kernel(e.id, boot_id, k->seq);
	e.seen = fsx_now_ns();
	gs = guard_site_at(g, e.path, &within);
	if (!gs)
		gs = guard_site_at(g, e.path2, &within);
	if (gs)
		snprintf(e.site, sizeof(e.site), "%s", gs->site.conf->name);
	if (e.denied || !k->is_file || !gs) {
		/* A root nobody gave us a release of, protected by hand. */
		note_only(g, &e,
			  e.denied || gs ? "" : "the agent has no release of this directory");
		return;
	}
	if (gs->site.mode == MODE_OFF) {
		note_only(g, &e, "mode off: nothing is restored");
		return;
	}
	if (k->path_cut || k->alias || k->whole_root) {
		check_site(g, gs, &e);
		return;
	}
	i = incident_open(&g->desk, &e);
	check_path(g, e.path, k, i);
	if (e.path2[0])
		check_path(g, e.path2, k, i);
	incident_put(i);
}

static void on_lost(void *arg, uint64_t n, const char *why)
{
	struct guard *g = arg;

	guard_note(g, "lost", "", n > UINT32_MAX ? UINT32_MAX : n,
		   "%llu kernel events lost: %s; verifying all sites", (unsigned long long)n, why);
	guard_verify_all(g);
}

static void on_changed(void *arg, const char *why)
{
	struct guard *g = arg;
	struct source_state s;

	source_state(g->source, &s);
	log_warn("event source is now %s (%s): %s", source_name(s.kind), why,
		 source_guarantees(s.kind));
	guard_note(g, "source", "", 1, "event source is now %s: %.180s", source_name(s.kind), why);
	guard_verify_all(g);
}

static void on_stricter(void *arg, int site, uint8_t mode)
{
	guard_keep_mode(arg, site, mode);
}

const struct source_ops intake_ops = {on_event, on_lost, on_changed, on_stricter};
