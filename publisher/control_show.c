// SPDX-License-Identifier: Apache-2.0
#include "control.h"
#include "event.h"
#include "events.h"
#include "evidence.h"
#include "hosts.h"
#include "journal.h"
#include "layout.h"
#include "lines.h"
#include "signer.h"
#include "sites.h"

#define ROWS_MAX 1000000

void control_status(struct engine *e, struct ctl_conn *c, json_t *request)
{
	json_t *sites = json_array(), *hosts = json_array();
	char started[32];
	struct site *s;
	struct host *h;

	TAILQ_FOREACH (s, &e->sites, entry)
		json_array_append_new(sites, site_json(s));
	TAILQ_FOREACH (h, &e->hosts, entry)
		json_array_append_new(hosts, host_json(h));
	if (control_args(c, request, "")) {
		json_decref(sites);
		json_decref(hosts);
		return;
	}
	ctl_ok(c, json_pack("{s:s, s:s, s:s, s:s, s:i, s:b, s:b, s:o, s:o}", "version", WD_VERSION,
			    "started", event_time(e->started, started), "listen", e->conf.listen,
			    "address", e->address, "beat", e->conf.beat, "keys_up",
			    signer_pid(e->signer) != 0, "link_up", lines_pid(e) != 0, "sites",
			    sites, "hosts", hosts));
}

static int rows_ok(struct ctl_conn *c, int n)
{
	if (n >= 0 && n <= ROWS_MAX)
		return 0;
	ctl_fail(c, "-n: give a number from 0 to %d", ROWS_MAX);
	return -1;
}

void control_log(struct engine *e, struct ctl_conn *c, json_t *request)
{
	int n = 20, wants_more = 0;
	struct err err;

	if (control_args(c, request, "s?i, s?b", "n", &n, "follow", &wants_more) || rows_ok(c, n))
		return;
	journal_list(e, c, n, &err);
	if (*err.text)
		ctl_fail(c, "%s", err.text);
	else if (wants_more)
		follow(e, c, FOLLOW_JOURNAL, "");
	else
		ctl_ok(c, NULL);
}

void control_events(struct engine *e, struct ctl_conn *c, json_t *request)
{
	int n = 20, wants_more = 0;
	const char *host = "";
	struct err err;

	if (control_args(c, request, "s?i, s?b, s?s", "n", &n, "follow", &wants_more, "host",
			 &host) ||
	    rows_ok(c, n))
		return;
	if (events_list(e, c, host, n, &err))
		ctl_fail(c, "%s", err.text);
	else if (wants_more)
		follow(e, c, FOLLOW_EVENTS, host);
	else
		ctl_ok(c, NULL);
}

void control_evidence_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host = "";
	struct err err;

	if (control_args(c, request, "s?s", "host", &host))
		return;
	if (evidence_list(e, c, host, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}

void control_evidence_path(struct engine *e, struct ctl_conn *c, json_t *request)
{
	char path[LAYOUT_PATH_MAX];
	const char *host, *id;
	struct err err;

	if (control_args(c, request, "s:s, s:s", "host", &host, "id", &id))
		return;
	if (evidence_path(e, host, id, path, sizeof(path), &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, json_pack("{s:s}", "path", path));
}
