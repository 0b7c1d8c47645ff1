// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fsx.h"
#include "incident.h"

struct incident {
	struct incident_desk *desk;
	unsigned int refs;
	unsigned int restored, removed, items;
	unsigned int trouble[TROUBLE_KINDS]; /* paths so troubled now */
	bool changed;
	struct hash expected, found;
	int64_t seen, done;
	char evidence[CHAIN_NAME_MAX];
	char note[EVENT_DETAIL_MAX];
	/* The event encoded: decoded it is 17 KB, and a storm brings tens of thousands. */
	size_t len;
	uint8_t bytes[];
};

static struct wd_event *event_of(const struct incident *i)
{
	static struct wd_event e; /* one thread, never kept */
	struct rd r = rd_over(i->bytes, i->len);

	event_get(&r, &e);
	return &e;
}

struct incident *incident_open(struct incident_desk *desk, const struct wd_event *e)
{
	struct incident *i = NULL;
	struct buf b;

	spool_put(desk->spool, e);
	buf_init(&b, EVENT_BYTES_MAX);
	event_put(&b, e);
	if (buf_ok(&b))
		i = calloc(1, sizeof(*i) + b.len);
	if (i) {
		i->desk = desk;
		i->refs = 1;
		i->seen = fsx_now_ns();
		i->len = b.len;
		memcpy(i->bytes, b.data, b.len);
		snprintf(i->note, sizeof(i->note), "%s", e->note);
		desk->live++;
	}
	buf_free(&b);
	return i;
}

struct incident *incident_hold(struct incident *i)
{
	if (i)
		i->refs++;
	return i;
}

static uint8_t outcome(const struct incident *i)
{
	if (i->trouble[TROUBLE_FAILED])
		return OUTCOME_FAILED;
	if (i->trouble[TROUBLE_WAITING])
		return OUTCOME_WAITING;
	if (i->restored)
		return OUTCOME_RESTORED;
	if (i->removed)
		return OUTCOME_REMOVED;
	return i->refs ? OUTCOME_PENDING : OUTCOME_CLEAN;
}

static void tell(struct incident *i)
{
	struct wd_event *e = event_of(i);
	unsigned int more = i->restored + i->removed;

	e->outcome = outcome(i);
	e->expected = i->expected;
	e->found = i->found;
	e->seen = i->seen;
	e->done = i->done ? i->done : e->outcome == OUTCOME_CLEAN ? fsx_now_ns() : 0;
	snprintf(e->evidence, sizeof(e->evidence), "%s", i->evidence);
	if (more > 1)
		snprintf(e->note, sizeof(e->note), "%u restored, %u removed%s%.180s", i->restored,
			 i->removed, i->note[0] ? "; " : "", i->note);
	else
		snprintf(e->note, sizeof(e->note), "%s", i->note);
	spool_put(i->desk->spool, e);
	i->changed = false;
}

void incident_tell(struct incident *i)
{
	if (i && i->changed)
		tell(i);
}

void incident_put(struct incident *i)
{
	if (!i || --i->refs)
		return;
	if (i->changed || outcome(i) == OUTCOME_CLEAN)
		tell(i);
	i->desk->live--;
	free(i);
}

bool incident_untouched(const struct incident *i)
{
	return !i->restored && !i->removed && !i->trouble[0] && !i->trouble[1];
}

static void learn(struct hash *to, const struct hash *h)
{
	if (h && hash_is_zero(to))
		*to = *h;
}

void incident_restored(struct incident *i, const struct hash *expected, const struct hash *found)
{
	if (!i)
		return;
	i->restored++;
	learn(&i->expected, expected);
	learn(&i->found, found);
	i->done = fsx_now_ns();
	i->changed = true;
}

void incident_removed(struct incident *i, const struct hash *found)
{
	if (!i)
		return;
	i->removed++;
	learn(&i->found, found);
	i->done = fsx_now_ns();
	i->changed = true;
}

void incident_trouble(struct incident *i, enum incident_trouble t, const char *why)
{
	if (!i)
		return;
	i->trouble[t]++;
	i->changed = true;
	incident_note(i, "%s", why);
}

void incident_trouble_over(struct incident *i, enum incident_trouble t)
{
	if (!i || !i->trouble[t])
		return;
	i->trouble[t]--;
	i->changed = true;
}

void incident_note(struct incident *i, const char *fmt, ...)
{
	va_list ap;

	if (!i || i->note[0])
		return;
	va_start(ap, fmt);
	vsnprintf(i->note, sizeof(i->note), fmt, ap);
	va_end(ap);
	i->changed = true;
}

void incident_evidence(struct incident *i, struct evidence_subject *s, struct hash *found)
{
	char name[CHAIN_NAME_MAX];
	struct err err = {""};

	memset(found, 0, sizeof(*found));
	if (!i)
		return;
	s->event = event_of(i);
	s->number = i->items + 1;
	if (evidence_take(i->desk->evidence, s, name, found, &err)) {
		log_err("evidence of %s: %s", s->path, err.text);
		incident_note(i, "no evidence: %s", err.text);
		return;
	}
	if (!i->items++)
		snprintf(i->evidence, sizeof(i->evidence), "%s", name);
	learn(&i->found, found);
	i->changed = true;
}
