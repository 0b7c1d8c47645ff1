// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "guard.h"

#define ALARM_EVERY_S 86400

struct report {
	enum beat_health worst;
	char *note;
	size_t cap;
};

static void find(struct report *r, enum beat_health h, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void find(struct report *r, enum beat_health h, const char *fmt, ...)
{
	size_t n = strlen(r->note);
	va_list ap;

	if (h > r->worst)
		r->worst = h;
	if (n && n + 3 < r->cap)
		n += snprintf(r->note + n, r->cap - n, "; ");
	va_start(ap, fmt);
	vsnprintf(r->note + n, r->cap - n, fmt, ap);
	va_end(ap);
}

static void examine_sites(struct guard *g, struct report *r)
{
	int64_t now = time(NULL);

	for (int i = 0; i < g->n_sites; i++) {
		const struct site *s = &g->sites[i].site;
		const char *problem = apply_problem(g->sites[i].apply);

		if (problem)
			find(r, HEALTH_BAD, "site %s: %.200s", s->conf->name, problem);
		if (!s->want.serial)
			find(r, HEALTH_WARN, "site %s has no release yet", s->conf->name);
		else if (site_expired(s, now))
			find(r, HEALTH_WARN, "site %s: its release has expired", s->conf->name);
		if (s->mode == MODE_OFF)
			find(r, HEALTH_WARN, "site %s: mode off", s->conf->name);
	}
}

enum beat_health guard_health(struct guard *g, char *note, size_t cap)
{
	struct report r = {HEALTH_OK, note, cap};
	struct source_state source;
	struct spool_state spool;
	char seal[128];
	char unit[HASSMSG_WHY];
	uint32_t troubled = checks_troubled(g->checks);

	note[0] = '\0';
	source_state(g->source, &source);
	spool_state(g->spool, &spool);
	if (troubled)
		find(&r, HEALTH_BAD, "%" PRIu32 " paths are not as they should be", troubled);
	examine_sites(g, &r);
	if (evidence_failing(g->evidence))
		find(&r, HEALTH_BAD, "evidence cannot be kept");
	if (spool.refused)
		find(&r, HEALTH_BAD, "events cannot be kept: the disk refuses them");
	if (fetch_failing(g->fetch))
		find(&r, HEALTH_BAD, "the vault cannot be written");
	if (source.kind == SOURCE_NONE)
		find(&r, HEALTH_WARN, "no event source: the module is not in use");
	sealing_problem(g->sealing, seal, sizeof(seal));
	if (seal[0])
		find(&r, HEALTH_BAD, "%s", seal);
	hass_hub_problem(g->hass, unit, sizeof(unit));
	if (unit[0])
		find(&r, HEALTH_WARN, "hardware unit: %s", unit);
	if (source.armed_dirty)
		find(&r, HEALTH_WARN, "%" PRIu32 " files had a writer when protection began",
		     source.armed_dirty);
	return r.worst;
}

/* Enforcing and restoring go on: an old site is better than a defaced one. */
void guard_check_expiry(struct guard *g)
{
	int64_t now = time(NULL);

	for (int i = 0; i < g->n_sites; i++) {
		struct site *s = &g->sites[i].site;

		if (!site_expired(s, now) || now - s->expiry_alarm < ALARM_EVERY_S)
			continue;
		s->expiry_alarm = now;
		log_err("site %s: release %" PRIu64 " has expired; it is enforced all the same",
			s->conf->name, s->want.serial);
		guard_note(g, "expired", s->conf->name, 1,
			   "release %" PRIu64
			   " has expired: is the publisher kept from sending a newer one?",
			   s->want.serial);
	}
}
