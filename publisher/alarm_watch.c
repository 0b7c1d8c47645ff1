// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "alarm.h"
#include "alarm_watch.h"
#include "fsx.h"
#include "notify.h"
#include "sites.h"

#define DAY 86400
#define HOUR 3600
#define SECOND 1000000000ll
#define PATH_SHOWN 300

/* One condition: raise it with a text, or clear it. */
#define CONDITION(holds, e, kind, host, subject, ...)                                              \
	do {                                                                                       \
		if (holds)                                                                         \
			alarm_raise(e, kind, host, subject, "", __VA_ARGS__);                      \
		else                                                                               \
			alarm_clear(e, kind, host, subject);                                       \
	} while (0)

/* ---- hosts ---- */

static void look_at_site(struct host *h, const struct host_site *hs)
{
	struct engine *e = h->engine;
	struct site *s = site_find(e, hs->site);
	const struct alarm *expiring = alarm_find(e, ALARM_RELEASE_EXPIRING, h->name, hs->site);

	CONDITION(*hs->refused, e, ALARM_RELEASE_REFUSED, h->name, hs->site, "%s", hs->refused);
	if (expiring && s && s->has_current && hs->serial == s->current.serial &&
	    s->current.expires > time(NULL))
		alarm_clear(e, ALARM_RELEASE_EXPIRING, h->name, hs->site);
}

static void look_at_host(struct host *h)
{
	struct engine *e = h->engine;
	struct host_site *hs;

	TAILQ_FOREACH (hs, &h->sites, entry)
		look_at_site(h, hs);
	if (h->state == HOST_SILENT)
		alarm_raise(e, ALARM_AGENT_SILENT, h->name, "", "",
			    "three heartbeats in a row are missing: the host, its agent or the"
			    " network between is down, or it was cut off");
	if (h->state != HOST_ONLINE)
		return; /* what it said last need not be so any more, or be over */
	alarm_clear(e, ALARM_AGENT_SILENT, h->name, "");
	CONDITION(h->source == SOURCE_NONE, e, ALARM_MONITOR_INVALID, h->name, "",
		  "the agent has no event source: the kernel module is not loaded or does not"
		  " answer");
	CONDITION(h->source == SOURCE_FANOTIFY, e, ALARM_SOURCE_STEPDOWN, h->name, "",
		  "the agent works with fanotify: it detects and restores, but cannot deny");
	CONDITION(h->health == HEALTH_BAD && h->pending, e, ALARM_NOT_RESTORED, h->name, "",
		  "%" PRIu32 " paths: %s", h->pending, h->note);
	CONDITION(h->health == HEALTH_BAD && !h->pending, e, ALARM_AGENT_HEALTH, h->name, "", "%s",
		  h->note);
	CONDITION(h->evidence_full, e, ALARM_EVIDENCE_FULL, h->name, "publisher",
		  "this host's evidence has reached evidence-max on the publisher");
}

/* ---- the publisher ---- */

static void look_at_releases(struct engine *e, const struct site *s)
{
	int days = notify_conf(e)->kinds[ALARM_RELEASE_EXPIRING].limit;
	int64_t left = s->current.expires - time(NULL);
	/* A release that was made to live shorter than the limit is always close to its end. */
	int64_t limit = (int64_t)days * DAY, third = (s->current.expires - s->current.issued) / 5;

	CONDITION(s->has_current && left<(third < limit ? third : limit), e, ALARM_RELEASE_EXPIRING,
					 "", s->name, left> 0
			  ? "serial %" PRIu64 " expires in less than %d days"
			  : "serial %" PRIu64 " has expired (limit %d days)",
		  s->current.serial, days);
}

void watch_tick(struct engine *e)
{
	struct host *h;
	struct site *s;

	TAILQ_FOREACH (h, &e->hosts, entry)
		look_at_host(h);
	TAILQ_FOREACH (s, &e->sites, entry) {
		CONDITION(*s->problem || *s->watch_problem, e, ALARM_BACKUP_SYNC, "", s->name, "%s",
			  *s->problem ? s->problem : s->watch_problem);
		look_at_releases(e, s);
	}
	if (e->ticks % HOUR == 1)
		watch_certificates(e);
}

/* ---- what happens once ---- */

static bool counts(const struct wd_event *e)
{
	switch (e->outcome) {
	case OUTCOME_DENIED:
	case OUTCOME_RESTORED:
	case OUTCOME_REMOVED:
	case OUTCOME_WAITING:
	case OUTCOME_FAILED:
		return strcmp(e->source, "agent") != 0;
	default:
		return false;
	}
}

static const char *verdict(uint8_t outcome)
{
	switch (outcome) {
	case OUTCOME_DENIED:
		return "denied, nothing changed";
	case OUTCOME_RESTORED:
		return "the original is back";
	case OUTCOME_REMOVED:
		return "what did not belong was removed";
	case OUTCOME_WAITING:
		return "the original is being fetched";
	default:
		return "NOT put right yet";
	}
}

void watch_event(struct host *h, const struct wd_event *e, bool again)
{
	bool scrub = !strcmp(e->source, "scrub");

	if (!strcmp(e->op, "expired") && !again)
		alarm_raise(h->engine, ALARM_RELEASE_EXPIRING, h->name, e->site, e->id, "%s",
			    e->note);
	if (again || !counts(e))
		return;
	alarm_raise(h->engine, scrub ? ALARM_SCRUB_MISMATCH : ALARM_TAMPERING, h->name, e->site,
		    e->id, "%s of %.*s%s by %s%s (uid %d): %s", e->op, PATH_SHOWN, e->path,
		    strlen(e->path) > PATH_SHOWN ? "..." : "",
		    *e->comm ? e->comm : "an unknown program", e->pid ? "" : "", (int)e->uid,
		    verdict(e->outcome));
}

void watch_lost(struct host *h, uint64_t n)
{
	alarm_raise(h->engine, ALARM_EVENTS_LOST, h->name, "", "",
		    "the kernel could not deliver %" PRIu64 " events; the agent checks every file",
		    n);
}

void watch_mode(struct host *h, const struct host_site *hs, uint8_t was)
{
	if (hs->mode < was && was < 3)
		alarm_raise(h->engine, ALARM_MODE_LOWERED, h->name, hs->site, "", "mode %s, was %s",
			    mode_name(hs->mode), mode_name(was));
	else if (hs->mode == 2)
		alarm_clear(h->engine, ALARM_MODE_LOWERED, h->name, hs->site);
}

/* A beat that waited on its way makes a clock look late once, not twice in a row. */
void watch_clock(struct host *h, int64_t says)
{
	int limit = notify_conf(h->engine)->kinds[ALARM_CLOCK_WRONG].limit;
	int64_t off = (says - fsx_now_ns()) / SECOND;

	if (off >= -limit && off <= limit) {
		h->clock_off = 0;
		alarm_clear(h->engine, ALARM_CLOCK_WRONG, h->name, "");
	} else if (h->clock_off++) {
		alarm_raise(h->engine, ALARM_CLOCK_WRONG, h->name, "", "",
			    "it is more than %d seconds %s this publisher's", limit,
			    off < 0 ? "behind" : "ahead of");
	}
}

void watch_rejected(struct engine *e, const char *host, const char *address, const char *why)
{
	alarm_raise(e, ALARM_HOST_REJECTED, host, "", "", "from %s: %s", address, why);
}
