// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include "guard.h"
#include "verify_report.h"

/* One that the publisher waits for. */
struct report {
	struct verify_reports *all;
	struct guard_site *gs; /* NULL: this place is free */
	uint64_t number;
	void *watcher;
};

struct verify_reports {
	struct guard *guard;
	struct report reports[VERIFY_REPORTS_MAX];
};

struct verify_reports *verify_reports_new(struct guard *g)
{
	struct verify_reports *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->guard = g;
	for (int i = 0; i < VERIFY_REPORTS_MAX; i++)
		r->reports[i].all = r;
	return r;
}

void verify_reports_free(struct verify_reports *r)
{
	for (int i = 0; r && i < VERIFY_REPORTS_MAX; i++)
		if (r->reports[i].gs)
			verify_unwatch(r->reports[i].gs->verify, r->reports[i].watcher);
	free(r);
}

static void on_move(void *arg, const struct walk_counts *c, bool done)
{
	struct report *r = arg;
	struct site *site = &r->gs->site;
	struct msg_verified m = {.number = r->number,
				 .state = done ? VERIFIED_DONE : VERIFIED_RUNNING,
				 .files = c->files,
				 .of = site->want.files,
				 .wrong = c->wrong,
				 .restored = c->restored,
				 .removed = c->removed,
				 .waiting = c->waiting,
				 .failed = c->failed};

	snprintf(m.site, sizeof(m.site), "%s", site->conf->name);
	uplink_verified(r->all->guard->uplink, &m);
	if (done)
		r->gs = NULL;
}

static void cannot(struct verify_reports *all, const struct msg_verify *asked, const char *why)
{
	struct msg_verified m = {.number = asked->number, .state = VERIFIED_NOT};

	snprintf(m.site, sizeof(m.site), "%s", asked->site);
	snprintf(m.text, sizeof(m.text), "%s", why);
	uplink_verified(all->guard->uplink, &m);
}

static struct report *free_place(struct verify_reports *all)
{
	for (int i = 0; i < VERIFY_REPORTS_MAX; i++)
		if (!all->reports[i].gs)
			return &all->reports[i];
	return NULL;
}

static void watch(struct verify_reports *all, struct guard_site *gs, const struct msg_verify *m)
{
	struct report *r = free_place(all);

	if (!gs->site.want.serial) {
		cannot(all, m, "there is no release yet to compare with");
		return;
	}
	if (!r || !(r->watcher = verify_request_watched(gs->verify, on_move, r))) {
		cannot(all, m,
		       "too many verifications are being waited for; it is done all the same");
		verify_request(gs->verify);
		return;
	}
	r->gs = gs;
	r->number = m->number;
}

void verify_report(struct verify_reports *all, const struct msg_verify *m)
{
	struct guard_site *gs = guard_site(all->guard, m->site);

	if (!m->site[0])
		guard_verify_all(all->guard);
	else if (gs && m->number)
		watch(all, gs, m);
	else if (gs)
		verify_request(gs->verify);
	else if (m->number)
		cannot(all, m, "the agent's configuration does not have this site");
}
