// SPDX-License-Identifier: Apache-2.0
#include "alarm.h"
#include "exposition.h"
#include "hosts.h"
#include "load.h"
#include "metrics.h"
#include "notify.h"
#include "sites.h"

static void hosts(struct engine *e, FILE *to)
{
	struct host *h;

	metric(to, "webdefender_host_up", "gauge", "Whether a web server's agent is heard from.");
	TAILQ_FOREACH (h, &e->hosts, entry)
		metric_sample(to, "webdefender_host_up", "host", h->name, h->state == HOST_ONLINE);
	metric(to, "webdefender_host_monitored", "gauge", "Whether its kernel module is at work.");
	TAILQ_FOREACH (h, &e->hosts, entry)
		metric_sample(to, "webdefender_host_monitored", "host", h->name,
			      h->source == SOURCE_KMOD);
	metric(to, "webdefender_host_troubled_paths", "gauge",
	       "Paths that could not be put right.");
	TAILQ_FOREACH (h, &e->hosts, entry)
		metric_sample(to, "webdefender_host_troubled_paths", "host", h->name, h->pending);
	metric(to, "webdefender_host_kernel_events_total", "counter",
	       "Events of its kernel since it was booted.");
	TAILQ_FOREACH (h, &e->hosts, entry)
		metric_sample(to, "webdefender_host_kernel_events_total", "host", h->name,
			      h->events);
	metric(to, "webdefender_host_events_lost_total", "counter", "Events that its kernel lost.");
	TAILQ_FOREACH (h, &e->hosts, entry)
		metric_sample(to, "webdefender_host_events_lost_total", "host", h->name,
			      h->dropped);
}

static void sites(struct engine *e, FILE *to)
{
	struct site *s;

	metric(to, "webdefender_site_serial", "gauge", "Serial number of the release in force.");
	TAILQ_FOREACH (s, &e->sites, entry)
		metric_sample(to, "webdefender_site_serial", "site", s->name,
			      s->has_current ? s->current.serial : 0);
	metric(to, "webdefender_site_expires_timestamp_seconds", "gauge",
	       "When the release in force expires.");
	TAILQ_FOREACH (s, &e->sites, entry)
		metric_sample(to, "webdefender_site_expires_timestamp_seconds", "site", s->name,
			      s->has_current ? s->current.expires : 0);
	metric(to, "webdefender_site_refused", "gauge", "Whether its backup directory is refused.");
	TAILQ_FOREACH (s, &e->sites, entry)
		metric_sample(to, "webdefender_site_refused", "site", s->name, *s->problem != 0);
}

void exposition(void *engine, FILE *to)
{
	struct engine *e = engine;

	metric(to, "webdefender_start_time_seconds", "gauge", "When the publisher was started.");
	metric_sample(to, "webdefender_start_time_seconds", NULL, NULL, e->started / 1000000000);
	metric(to, "webdefender_alarms_open", "gauge", "Alarms that nobody has acknowledged.");
	for (int i = 0; i < SEVERITIES; i++)
		metric_sample(to, "webdefender_alarms_open", "severity", alarm_severity_name(i),
			      alarm_count(e, ALARM_OPEN, i));
	metric(to, "webdefender_messages_waiting", "gauge",
	       "Messages about alarms not delivered yet.");
	metric_sample(to, "webdefender_messages_waiting", NULL, NULL, notify_waiting(e));
	hosts(e, to);
	sites(e, to);
	metrics_common(to, load_self(e));
}
