// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fsx.h"
#include "notify_way.h"
#include "settings.h"

/* ---- when ---- */

/* The end of the quiet hours that now lies in; now if it lies in none. */
static int64_t after_quiet(const struct notify_conf *c, int64_t now)
{
	time_t s = now / SECOND;
	struct tm tm;
	int minute, wait;

	localtime_r(&s, &tm);
	minute = tm.tm_hour * 60 + tm.tm_min;
	if (c->quiet_from <= c->quiet_to ? minute < c->quiet_from || minute >= c->quiet_to
					 : minute < c->quiet_from && minute >= c->quiet_to)
		return now;
	wait = (c->quiet_to - minute + 1440) % 1440;
	return now + (wait * 60ll - tm.tm_sec) * SECOND;
}

int64_t notify_due(const struct notify_conf *c, enum alarm_kind kind, enum alarm_severity severity,
		   int64_t now)
{
	if (!c->quiet || kind == ALARM_TEST ||
	    (c->critical_breaks && severity == SEVERITY_CRITICAL))
		return now;
	return after_quiet(c, now);
}

/* While somebody works on purpose, what they cause is kept for afterwards. */
static int64_t later(int64_t when, const struct alarm *a, int64_t until)
{
	return a->kind != ALARM_TEST && until > when ? until : when;
}

void notify_kick(struct notify *n)
{
	const struct timeval soon = {0, 20000};

	if (n->kick && !evtimer_pending(n->kick, NULL))
		evtimer_add(n->kick, &soon);
}

/* ---- what ---- */

static char *target(struct notify *n, enum channel c, bool escalated)
{
	static const char *const names[] = {"", "host", "url", "target"};
	json_t *part = json_object_get(n->doc, channel_name(c)), *x;
	static char text[512];
	size_t i, at = 0;

	if (c != CHANNEL_MAIL) {
		const char *s = json_string_value(json_object_get(part, names[c]));

		snprintf(text, sizeof(text), "%s", s ? s : "");
		return text;
	}
	*text = 0;
	json_array_foreach (json_object_get(part, "to"), i, x)
		if (at < sizeof(text))
			at += snprintf(text + at, sizeof(text) - at, "%s%s", at ? ", " : "",
				       json_string_value(x));
	json_array_foreach (json_object_get(json_object_get(n->doc, "escalate"), "to"), i, x)
		if (escalated && at < sizeof(text))
			at += snprintf(text + at, sizeof(text) - at, ", %s", json_string_value(x));
	return text;
}

int64_t notify_enqueue(struct notify *n, enum channel c, int64_t alarm, const char *reason,
		       int64_t when, json_t *message)
{
	struct err err;
	char *text;
	int rc = -1;

	json_object_set_new(message, "to", json_string(target(n, c, !strcmp(reason, "escalate"))));
	text = json_dumps(message, JSON_COMPACT);
	if (text)
		rc = db_write(n->engine->db, &err, SQL_DELIVERY_ADD, "ittiit", alarm,
			      channel_name(c), reason, fsx_now_ns(), when, text);
	else
		err_set(&err, "out of memory");
	if (rc < 0)
		log_err("a message cannot be queued: %s", err.text);
	free(text);
	notify_kick(n);
	return rc < 0 ? 0 : store_last_id(db_store(n->engine->db));
}

json_t *notify_message(struct notify *n, const struct alarm *a, const char *reason)
{
	char name[128] = "";
	json_t *m = alarm_json(a);

	db_meta_get(n->engine->db, "name", name, sizeof(name), NULL);
	json_object_set_new(m, "publisher", json_string(name));
	json_object_set_new(m, "reason", json_string(reason));
	return m;
}

static void queue_all(struct notify *n, const struct alarm *a, const char *reason, json_t *message)
{
	int64_t when = later(notify_due(&n->conf, a->kind, a->severity, fsx_now_ns()), a,
			     maintenance_until(n->engine));

	for (int c = 0; c < CHANNELS; c++)
		if (n->conf.enabled[c] && n->conf.kinds[a->kind].channel[c])
			notify_enqueue(n, c, a->n, reason, when, message);
	json_decref(message);
}

void notify_alarm(struct engine *e, const struct alarm *a, const char *reason)
{
	queue_all(e->notify, a, reason, notify_message(e->notify, a, reason));
}

void notify_digest(struct engine *e, const struct alarm *a, int n, const char *names)
{
	json_t *m = notify_message(e->notify, a, "digest");
	char text[ALARM_TEXT_MAX];

	snprintf(text, sizeof(text), "%d alarms of this kind: %s%s", n, names,
		 n > 12 ? " and others" : "");
	json_object_set_new(m, "text", json_string(text));
	json_object_set_new(m, "count", json_integer(n));
	json_object_set_new(m, "host", json_string(""));
	json_object_set_new(m, "subject", json_string(""));
	queue_all(e->notify, a, "digest", m);
}

void notify_cancel(struct engine *e, int64_t alarm, const char *why)
{
	struct err err;

	if (db_write(e->db, &err, SQL_DELIVERY_CANCEL, "iit", alarm, fsx_now_ns(), why) < 0)
		log_err("messages cannot be taken back: %s", err.text);
	for (int c = 0; c < CHANNELS; c++)
		if (e->notify->ways[c].n && e->notify->ways[c].alarm == alarm)
			e->notify->ways[c].cancelled = true;
}
