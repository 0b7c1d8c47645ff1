// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsx.h"
#include "telemetry.h"

#define PROC "/proc"

static const char *const states[SERVICE_STATES] = {"running", "stopped", "failed", "unknown"};
static const char *const acts[ACTS] = {"start", "stop", "restart"};

const char *service_state_name(unsigned state)
{
	return state < SERVICE_STATES ? states[state] : "unknown";
}

const char *service_act_name(unsigned act)
{
	return act < ACTS ? acts[act] : "unknown";
}

int service_act_parse(const char *name)
{
	for (int i = 0; i < ACTS; i++)
		if (!strcmp(acts[i], name))
			return i;
	return -1;
}

void telemetry_put(struct buf *b, const struct telemetry *t)
{
	buf_put_i64(b, t->time);
	buf_put_u16(b, t->cpu);
	buf_put_u64(b, t->memory);
	buf_put_u64(b, t->memory_total);
	buf_put_u64(b, t->disk);
	buf_put_u64(b, t->disk_total);
	buf_put_u8(b, t->n);
	for (unsigned i = 0; i < t->n; i++) {
		const struct service *s = &t->services[i];

		buf_put_str(b, s->name);
		buf_put_u8(b, s->state);
		buf_put_u32(b, s->pid);
		buf_put_i64(b, s->since);
		buf_put_u64(b, s->rss);
		buf_put_u16(b, s->cpu);
		buf_put_u32(b, s->starts);
	}
}

/* A name goes into a page, a command line and a metric's label: letters, digits, '-', '_'. */
static bool name_ok(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", *p))
			return false;
	return *s;
}

void telemetry_get(struct rd *r, struct telemetry *t)
{
	memset(t, 0, sizeof(*t));
	t->time = rd_i64(r);
	t->cpu = rd_u16(r);
	t->memory = rd_u64(r);
	t->memory_total = rd_u64(r);
	t->disk = rd_u64(r);
	t->disk_total = rd_u64(r);
	t->n = rd_u8(r);
	if (t->n > TELEMETRY_SERVICES_MAX || t->cpu > 1000 || t->memory > t->memory_total ||
	    t->disk > t->disk_total)
		r->failed = true;
	for (unsigned i = 0; i < t->n && !r->failed; i++) {
		struct service *s = &t->services[i];

		rd_str(r, s->name, sizeof(s->name));
		s->state = rd_u8(r);
		s->pid = rd_u32(r);
		s->since = rd_i64(r);
		s->rss = rd_u64(r);
		s->cpu = rd_u16(r);
		s->starts = rd_u32(r);
		if (s->state >= SERVICE_STATES || !name_ok(s->name))
			r->failed = true;
	}
	if (r->failed)
		t->n = 0;
}

/* ---- readings ---- */

struct meter {
	char hub[TELEMETRY_NAME_MAX];
	char disk[4096];
	struct proc_machine machine;
	int64_t at; /* monotonic ns of the reading before */
	struct {
		char name[TELEMETRY_NAME_MAX];
		struct proc_one last;
		bool seen;
	} known[TELEMETRY_SERVICES_MAX];
	int64_t elapsed;
	struct telemetry *into; /* while reading */
};

struct meter *meter_new(const char *hub, const char *disk)
{
	struct meter *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	snprintf(m->hub, sizeof(m->hub), "%s", hub);
	snprintf(m->disk, sizeof(m->disk), "%s", disk);
	return m;
}

void meter_free(struct meter *m)
{
	free(m);
}

static void measure(struct meter *m, struct service *s)
{
	struct proc_one now;
	unsigned i = 0, share;

	if (!s->pid || proc_one(PROC, s->pid, &now))
		return;
	while (i < TELEMETRY_SERVICES_MAX && *m->known[i].name && strcmp(m->known[i].name, s->name))
		i++;
	s->rss = now.rss;
	s->since = now.started;
	if (i == TELEMETRY_SERVICES_MAX)
		return;
	share = m->known[i].seen ? proc_share(&m->known[i].last, &now, m->elapsed) : 0;
	s->cpu = share > UINT16_MAX ? UINT16_MAX : share;
	snprintf(m->known[i].name, sizeof(m->known[i].name), "%s", s->name);
	m->known[i].last = now;
	m->known[i].seen = true;
}

static struct service *next(struct telemetry *t, const char *name, pid_t pid)
{
	struct service *s = &t->services[t->n];

	if (t->n == TELEMETRY_SERVICES_MAX)
		return NULL;
	t->n++;
	*s = (struct service){.pid = pid, .state = pid ? SERVICE_RUNNING : SERVICE_STOPPED};
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

void meter_add(struct meter *m, struct telemetry *t, const char *name, pid_t pid)
{
	struct service *s = next(t, name, pid);

	if (s)
		measure(m, s);
}

static void on_role(void *arg, struct role *r, const struct role_state *state)
{
	struct meter *m = arg;
	struct service *s = next(m->into, state->name, state->pid);

	(void)r;
	if (!s)
		return;
	s->state = state->held			   ? SERVICE_STOPPED
		   : state->failing || !state->pid ? SERVICE_FAILED
						   : SERVICE_RUNNING;
	s->starts = state->starts;
	measure(m, s);
}

void meter_read(struct meter *m, struct telemetry *t)
{
	struct proc_machine now;
	int64_t mono = fsx_mono_ns();

	memset(t, 0, sizeof(*t));
	t->time = fsx_now_ns();
	m->elapsed = m->at ? mono - m->at : 0;
	m->at = mono;
	if (!proc_machine(PROC, &now)) {
		t->cpu = proc_busy(&m->machine, &now);
		t->memory = now.memory_used;
		t->memory_total = now.memory_total;
		m->machine = now;
	}
	if (proc_disk(m->disk, &t->disk, &t->disk_total))
		t->disk = t->disk_total = 0;
	meter_add(m, t, m->hub, getpid());
	m->into = t;
	role_each(on_role, m);
}
