// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alarm.h"
#include "event.h"
#include "fsx.h"
#include "hosts.h"
#include "journal.h"
#include "lines.h"
#include "load.h"
#include "notify.h"
#include "session.h"

#define SECOND 1000000000ll
#define EVERY (10 * SECOND)
#define HYSTERESIS 5 /* percent */
#define WARDEN_LOOKS 2
#define POINTS 500 /* of a curve */

struct self {
	struct meter *meter;
	struct load load;
	struct meter
		*asked; /* whenever somebody asks: its shares of time are since the last asking */
	struct telemetry now;
};

int load_start(struct engine *e, struct err *err)
{
	e->self = calloc(1, sizeof(*e->self));
	if (e->self)
		e->self->meter = meter_new("engine", e->state);
	if (e->self)
		e->self->asked = meter_new("engine", e->state);
	return e->self && e->self->meter && e->self->asked ? 0 : err_set(err, "out of memory");
}

void load_stop(struct engine *e)
{
	if (e->self) {
		meter_free(e->self->meter);
		meter_free(e->self->asked);
	}
	free(e->self);
	e->self = NULL;
}

/* ---- limits ---- */

/* Past the limit for long: an alarm. Well below it for as long: over. */
static void judge(struct engine *e, const char *host, struct load *l, int which, int percent,
		  const char *what)
{
	enum alarm_kind kind = which ? ALARM_MEMORY_HIGH : ALARM_CPU_HIGH;
	const struct notify_conf *c = notify_conf(e);
	int64_t now = fsx_mono_ns();
	int limit = c->kinds[kind].limit;

	if (percent <= limit)
		l->over[which] = 0;
	else if (!l->over[which])
		l->over[which] = now;
	if (percent >= limit - HYSTERESIS)
		l->under[which] = 0;
	else if (!l->under[which])
		l->under[which] = now;
	if (l->over[which] && now - l->over[which] >= c->sustained * SECOND)
		alarm_raise(e, kind, host, "", "", "%s: more than %d percent for %d seconds", what,
			    limit, c->sustained);
	if (l->under[which] && now - l->under[which] >= c->sustained * SECOND)
		alarm_clear(e, kind, host, "");
}

static void judge_disk(struct engine *e, const char *host, const struct telemetry *t)
{
	int limit = notify_conf(e)->kinds[ALARM_EVIDENCE_FULL].limit;
	int used = t->disk_total ? 100.0 * t->disk / t->disk_total : 0;

	if (used >= limit)
		alarm_raise(e, ALARM_EVIDENCE_FULL, host, "disk", "",
			    "the disk of %s is more than %d percent full",
			    *host ? "evidence" : e->state, limit);
	else if (used < limit - HYSTERESIS)
		alarm_clear(e, ALARM_EVIDENCE_FULL, host, "disk");
}

/* One that was ended on purpose stays away, so nobody would start a killed guard. Where there was
 * none, nobody misses it; a killed one is back by the next look. */
static void judge_warden(struct engine *e, const char *host, struct load *l,
			 const struct service *s)
{
	if (s->state == SERVICE_RUNNING) {
		l->warden = 1;
		alarm_clear(e, ALARM_SERVICE_DOWN, host, s->name);
	} else if (l->warden && l->warden++ >= WARDEN_LOOKS) {
		alarm_raise(e, ALARM_SERVICE_DOWN, host, s->name, "",
			    "wd-warden was ended: nobody starts the guard again if it is killed"
			    " (systemctl start wd-warden)");
	}
}

static void judge_services(struct engine *e, const char *host, struct load *l)
{
	const struct telemetry *t = &l->t;
	enum alarm_kind kind = *host ? ALARM_SERVICE_DOWN : ALARM_PUBLISHER_ROLE;

	for (unsigned i = 0; i < t->n; i++) {
		const struct service *s = &t->services[i];

		if (!strcmp(s->name, "warden"))
			judge_warden(e, host, l, s);
		else if (s->state == SERVICE_FAILED)
			alarm_raise(e, kind, host, s->name, "",
				    "%s ends soon after each start, or does not start", s->name);
		else
			alarm_clear(e, kind, host, s->name);
	}
}

static void take(struct engine *e, const char *host, struct load *l)
{
	const struct telemetry *t = &l->t;
	int64_t now = fsx_mono_ns();
	struct err err;

	l->heard = now;
	judge(e, host, l, 0, t->cpu / 10, "processor");
	judge(e, host, l, 1, t->memory_total ? 100.0 * t->memory / t->memory_total : 0, "memory");
	judge_disk(e, host, t);
	judge_services(e, host, l);
	if (l->stored && now - l->stored < EVERY - SECOND)
		return;
	l->stored = now;
	if (db_write(e->db, &err, SQL_METRIC_ADD, "tiiiiii", host, (int64_t)time(NULL),
		     (int64_t)t->cpu, (int64_t)t->memory, (int64_t)t->memory_total,
		     (int64_t)t->disk, (int64_t)t->disk_total) < 0)
		log_err("a reading of %s cannot be kept: %s", *host ? host : "this machine",
			err.text);
}

int load_received(struct engine *e, const char *host, struct load *l, struct rd *r)
{
	struct telemetry t;

	telemetry_get(r, &t);
	if (!rd_end(r))
		return -1;
	l->t = t;
	take(e, host, l);
	return 0;
}

void load_tick(struct engine *e)
{
	struct self *s = e->self;

	if (e->ticks % 10 != 1)
		return;
	meter_read(s->meter, &s->load.t);
	take(e, "", &s->load);
}

const struct telemetry *load_self(struct engine *e)
{
	meter_read(e->self->asked, &e->self->now);
	return &e->self->now;
}

/* ---- services ---- */

static json_t *acts_of(const char *host, const char *name)
{
	if (!strcmp(name, "engine") || !strcmp(name, "warden") || !strcmp(name, "module"))
		return json_array();
	if (*host && (!strcmp(name, "guard") || !strcmp(name, "link")))
		return json_pack("[s]", "restart");
	return json_pack("[s, s, s]", "start", "stop", "restart");
}

static void services_of(struct ctl_conn *c, const char *host, const struct telemetry *t,
			bool silent)
{
	for (unsigned i = 0; i < t->n; i++) {
		const struct service *s = &t->services[i];
		char since[32] = "";

		if (s->since && s->pid)
			event_time(s->since, since);
		ctl_row(c,
			json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:f, s:i, s:o}", "host", host,
				  "name", s->name, "state",
				  service_state_name(silent ? SERVICE_UNKNOWN : s->state), "since",
				  since, "pid", (int)s->pid, "rss", (json_int_t)s->rss, "cpu",
				  s->cpu / 10.0, "restarts", s->starts ? (int)s->starts - 1 : 0,
				  "acts", acts_of(host, s->name)));
	}
}

void load_services(struct engine *e, struct ctl_conn *c, const char *host)
{
	struct host *h;

	if (!host || !*host)
		services_of(c, "", load_self(e), false);
	TAILQ_FOREACH (h, &e->hosts, entry)
		if (!host || !strcmp(h->name, host))
			services_of(c, h->name, &h->load.t, h->state != HOST_ONLINE);
}

static int act_here(const char *name, int act, struct err *err)
{
	struct role *r = role_find(name);

	if (!r)
		return err_set(err,
			       "there is no service \"%s\" here that can be told; `systemctl"
			       " restart wdpublisherd` restarts all",
			       name);
	if (act == ACT_RESTART)
		role_hold(r, false);
	if (act == ACT_RESTART)
		role_restart(r);
	else
		role_hold(r, act == ACT_STOP);
	return 0;
}

static bool may(const char *host, const char *name, int act)
{
	json_t *acts = acts_of(host, name), *x;
	size_t i;
	bool yes = false;

	json_array_foreach (acts, i, x)
		yes = yes || !strcmp(json_string_value(x), service_act_name(act));
	json_decref(acts);
	return yes;
}

int load_act(struct engine *e, const char *host, const char *name, int act, struct err *err)
{
	struct host *h = *host ? host_find(e, host) : NULL;
	struct buf b;

	if (*host && !h)
		return err_set(err, "there is no host \"%s\" (wdpub host list shows them)", host);
	if (!may(host, name, act))
		return err_set(err, "%s: cannot be told to %s from here", name,
			       service_act_name(act));
	if (!h) {
		if (act_here(name, act, err))
			return -1;
	} else {
		if (!h->session || !session_open(h->session))
			return err_set(err, "host %s is not connected", host);
		buf_init(&b, 256);
		buf_put_str(&b, name);
		buf_put_u8(&b, act);
		lines_send(e, session_id(h->session), MSG_SERVICE, &b);
		buf_free(&b);
	}
	journal(e, LOG_L_WARN, "service", "", host, "%s: %s, on request", name,
		service_act_name(act));
	return 0;
}

/* ---- curves ---- */

struct curve {
	json_t *time, *cpu, *memory, *disk;
};

static json_t *percent(double part, double whole)
{
	return json_real(whole > 0 ? (int)(1000 * part / whole) / 10.0 : 0);
}

static int metric_row(void *arg, struct store_row *r)
{
	struct curve *c = arg;

	json_array_append_new(c->time, json_integer(store_int(r, 0)));
	json_array_append_new(c->cpu, json_real(store_int(r, 1) / 10.0));
	json_array_append_new(c->memory, percent(store_int(r, 2), store_int(r, 3)));
	json_array_append_new(c->disk, percent(store_int(r, 4), store_int(r, 5)));
	return 0;
}

json_t *load_metrics(struct engine *e, const char *host, int hours, struct err *err)
{
	const struct notify_conf *n = notify_conf(e);
	struct curve c = {json_array(), json_array(), json_array(), json_array()};
	int64_t from = time(NULL) - hours * 3600ll, step = hours * 3600ll / POINTS;
	int rows = db_read(e->db, err, SQL_METRIC_LIST, metric_row, &c, "tii", host, from,
			   step ? step : 1);
	json_t *j = json_pack("{s:s, s:i, s:i, s:o, s:o, s:o, s:o}", "host", host, "limit_cpu",
			      n->kinds[ALARM_CPU_HIGH].limit, "limit_memory",
			      n->kinds[ALARM_MEMORY_HIGH].limit, "time", c.time, "cpu", c.cpu,
			      "memory", c.memory, "disk", c.disk);

	if (rows >= 0)
		return j;
	json_decref(j);
	return NULL;
}
