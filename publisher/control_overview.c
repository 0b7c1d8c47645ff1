// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "alarm.h"
#include "checker.h"
#include "control.h"
#include "desk.h"
#include "event.h"
#include "fsx.h"
#include "hosts.h"
#include "lines.h"
#include "settings.h"
#include "signer.h"
#include "sites.h"

#define QUARTER (900 * 1000000000ll)
#define QUARTERS 96
#define STRIP 60

struct day {
	int64_t first; /* quarter */
	int64_t counts[OUTCOME_MAX];
	int64_t quarters[QUARTERS][4]; /* denied, repaired, failed, other */
};

static int kind_of(int outcome)
{
	switch (outcome) {
	case OUTCOME_DENIED:
		return 0;
	case OUTCOME_RESTORED:
	case OUTCOME_REMOVED:
		return 1;
	case OUTCOME_FAILED:
	case OUTCOME_WAITING:
	case OUTCOME_PENDING:
		return 2;
	}
	return 3;
}

static int quarter_row(void *arg, struct store_row *r)
{
	struct day *d = arg;
	int64_t at = store_int(r, 0) - d->first, outcome = store_int(r, 1);

	if (at < 0 || at >= QUARTERS || outcome < 0 || outcome >= OUTCOME_MAX)
		return 0;
	d->counts[outcome] += store_int(r, 2);
	d->quarters[at][kind_of(outcome)] += store_int(r, 2);
	return 0;
}

static int count_row(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 0);
	return 0;
}

static json_t *timeline(const struct day *d)
{
	json_t *list = json_array();
	char when[32];

	for (int i = 0; i < QUARTERS; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:I}", "time",
						      event_time((d->first + i) * QUARTER, when),
						      "denied", (json_int_t)d->quarters[i][0],
						      "repaired", (json_int_t)d->quarters[i][1],
						      "failed", (json_int_t)d->quarters[i][2],
						      "other", (json_int_t)d->quarters[i][3]));
	return list;
}

static json_t *counts(const struct day *d)
{
	json_t *j = json_object();

	for (int i = 0; i < OUTCOME_MAX; i++)
		json_object_set_new(j, event_outcome_name(i), json_integer(d->counts[i]));
	return j;
}

static json_t *beat_json(const struct host *h)
{
	char seen[32] = "", strip[STRIP + 1];

	for (int i = 0; i < STRIP; i++)
		strip[i] = STRIP - i > (int)h->beat_periods	  ? '-'
			   : h->beat_strip >> (STRIP - 1 - i) & 1 ? '1'
								  : '0';
	strip[STRIP] = 0;
	if (h->seen)
		event_time(h->seen, seen);
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "from", h->name, "to", "publisher",
			 "period", h->engine->conf.beat, "last", seen, "state",
			 h->state == HOST_ONLINE   ? "ok"
			 : h->state == HOST_SILENT ? "missed"
						   : "late",
			 "strip", strip);
}

static json_t *role_beat(const char *name, pid_t pid)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "from", "publisher", "to", name,
			 "period", 0, "last", "", "state", pid ? "ok" : "missed", "strip", "");
}

static json_t *beats(struct engine *e)
{
	json_t *list = json_array();
	struct host *h;

	TAILQ_FOREACH (h, &e->hosts, entry)
		json_array_append_new(list, beat_json(h));
	json_array_append_new(list, role_beat("keys", signer_pid(e->signer)));
	json_array_append_new(list, role_beat("link", lines_pid(e)));
	json_array_append_new(list, role_beat("auth", checker_pid(e->checker)));
	if (e->desk)
		json_array_append_new(list, role_beat("console", desk_pid(e)));
	return list;
}

/* With what each of its hosts has. */
static json_t *site_detail(struct engine *e, const struct site *s)
{
	json_t *j = site_json(s), *hosts = json_array(), *row;
	struct host_site *hs;
	struct host *h;
	char verified[32];

	TAILQ_FOREACH (h, &e->hosts, entry) {
		hs = host_site_find(h, s->name);
		if (!hs)
			continue;
		*verified = 0;
		if (hs->verified)
			event_time(hs->verified * 1000000000ll, verified);
		row = json_pack(
			"{s:s, s:I, s:s, s:s, s:o, s:i, s:I, s:I, s:s}", "host", h->name, "serial",
			(json_int_t)hs->serial, "mode", mode_name(hs->mode), "verified", verified,
			"refused", json_bytes(hs->refused), "progress", (int)hs->progress.state,
			"objects", (json_int_t)hs->progress.objects, "wanted",
			(json_int_t)hs->progress.wanted, "state", host_state_name(h->state));
		json_object_set_new(
			row, "lag_seconds",
			s->has_current && hs->serial < s->current.serial
				? json_integer(fsx_now_ns() / 1000000000 - s->current.issued)
				: json_integer(0));
		json_array_append_new(hosts, row);
	}
	json_object_set_new(j, "hosts", hosts);
	return j;
}

void control_site_show(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name;
	struct site *s;

	if (!control_args(c, request, "s:s", "site", &name) && (s = control_site(e, c, name)))
		ctl_ok(c, site_detail(e, s));
}

void control_overview(struct engine *e, struct ctl_conn *c, json_t *request)
{
	json_t *hosts, *sites;
	struct day d = {.first = fsx_now_ns() / QUARTER - QUARTERS + 1};
	int64_t unseen = 0;
	struct host *h;
	struct site *s;

	if (control_args(c, request, ""))
		return;
	db_read(e->db, NULL, SQL_EVENT_QUARTERS, quarter_row, &d, "i", d.first - 1);
	db_read(e->db, NULL, SQL_EVENT_UNSEEN, count_row, &unseen, "");
	hosts = json_array();
	sites = json_array();
	TAILQ_FOREACH (h, &e->hosts, entry)
		json_array_append_new(hosts, host_json(h));
	TAILQ_FOREACH (s, &e->sites, entry)
		json_array_append_new(sites, site_detail(e, s));
	ctl_ok(c, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "hosts", hosts, "sites",
			    sites, "alarms", alarms_live_json(e, 50), "counts", counts(&d),
			    "timeline", timeline(&d), "beats", beats(e), "open_events",
			    (json_int_t)unseen, "maintenance", maintenance_json(e)));
}
