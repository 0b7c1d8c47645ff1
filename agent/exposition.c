// SPDX-License-Identifier: Apache-2.0
/* What the agent tells Prometheus (lib/metrics.h). */
#include "guard.h"
#include "metrics.h"
#include "warden.h"

static void records(struct guard *g, FILE *to)
{
	struct spool_state spool;

	spool_state(g->spool, &spool);
	metric(to, "webdefender_events_unsent", "gauge", "Events the publisher does not have yet.");
	metric_sample(to, "webdefender_events_unsent", NULL, NULL, spool.unsent);
	metric(to, "webdefender_evidence_bytes", "gauge", "Evidence kept here.");
	metric_sample(to, "webdefender_evidence_bytes", NULL, NULL, evidence_bytes(g->evidence));
	metric(to, "webdefender_troubled_paths", "gauge", "Paths that could not be put right.");
	metric_sample(to, "webdefender_troubled_paths", NULL, NULL, checks_troubled(g->checks));
}

static void sites(struct guard *g, FILE *to)
{
	metric(to, "webdefender_site_serial", "gauge", "Serial number of the applied release.");
	for (int i = 0; i < g->n_sites; i++)
		metric_sample(to, "webdefender_site_serial", "site", g->sites[i].site.conf->name,
			      g->sites[i].site.applied);
	metric(to, "webdefender_site_mode", "gauge", "0 off, 1 audit, 2 enforce.");
	for (int i = 0; i < g->n_sites; i++)
		metric_sample(to, "webdefender_site_mode", "site", g->sites[i].site.conf->name,
			      g->sites[i].site.mode);
	metric(to, "webdefender_site_verified_timestamp_seconds", "gauge",
	       "End of the last clean verification of everything.");
	for (int i = 0; i < g->n_sites; i++)
		metric_sample(to, "webdefender_site_verified_timestamp_seconds", "site",
			      g->sites[i].site.conf->name, g->sites[i].site.verified);
}

void guard_exposition(void *arg, FILE *to)
{
	struct guard *g = arg;
	struct source_state s;
	struct telemetry t;

	source_state(g->source, &s);
	meter_read(g->scraped, &t);
	if (g->warden)
		meter_add(g->scraped, &t, "warden", warden_pid(g->warden));
	metric(to, "webdefender_monitored", "gauge", "Whether the kernel module is at work.");
	metric_sample(to, "webdefender_monitored", NULL, NULL, s.kind == SOURCE_KMOD);
	metric(to, "webdefender_publisher_up", "gauge", "Whether the publisher is connected.");
	metric_sample(to, "webdefender_publisher_up", NULL, NULL,
		      uplink_state(g->uplink) == UPLINK_ONLINE);
	metric(to, "webdefender_kernel_events_total", "counter", "Events of the kernel module.");
	metric_sample(to, "webdefender_kernel_events_total", NULL, NULL, s.seq);
	metric(to, "webdefender_events_lost_total", "counter", "Events that the kernel lost.");
	metric_sample(to, "webdefender_events_lost_total", NULL, NULL, s.dropped);
	records(g, to);
	sites(g, to);
	metrics_common(to, &t);
}
