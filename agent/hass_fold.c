// SPDX-License-Identifier: Apache-2.0
#include "hass_fold.h"
#include <stdio.h>
#include <string.h>

/* What the agent tells of itself that must reach a person though the network may be gone. */
static bool grave(const char *op)
{
	static const char *const ops[] = {"lost",    "silent", "away",	 "refused",
					  "expired", "source", "folded", "mode"};

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (!strcmp(op, ops[i]))
			return true;
	return false;
}

bool hass_fold_alarming(const struct wd_event *e)
{
	switch (e->outcome) {
	case OUTCOME_DENIED:
	case OUTCOME_RESTORED:
	case OUTCOME_REMOVED:
	case OUTCOME_WAITING:
	case OUTCOME_FAILED:
		return true;
	case OUTCOME_NOTED:
		return e->denied || (!strcmp(e->source, "agent") && grave(e->op));
	}
	return e->denied;
}

static uint64_t key_of(const struct wd_event *e)
{
	struct hash h = hash_of(e->id, strlen(e->id));
	uint64_t k;

	memcpy(&k, h.b, sizeof(k));
	return (k & ~1ull) | (e->outcome == OUTCOME_FAILED);
}

static bool known(struct hass_fold *f, uint64_t key)
{
	for (unsigned int i = 0; i < HASS_FOLD_SEEN; i++)
		if (f->seen[i] == key)
			return true;
	f->seen[f->next++ % HASS_FOLD_SEEN] = key;
	return false;
}

static const char *what(const struct wd_event *e)
{
	if (e->outcome == OUTCOME_FAILED)
		return "NOT RESTORED";
	if (e->outcome == OUTCOME_NOTED && !e->denied)
		return e->op;
	return e->denied ? "denied" : event_outcome_name(e->outcome);
}

/* The end of a path says more than its beginning. */
static void describe(const struct wd_event *e, char to[HASS_FOLD_TEXT])
{
	const char *path = e->path[0] ? e->path : e->site[0] ? e->site : e->note;
	int n = snprintf(to, HASS_FOLD_TEXT, "%.22s %s ", e->id, what(e));
	size_t room, len = strlen(path);

	if (n >= HASS_FOLD_TEXT - 1)
		return;
	room = HASS_FOLD_TEXT - 1 - n;
	if (e->path[0] && len > room)
		path += len - room;
	snprintf(to + n, room + 1, "%s", path);
}

bool hass_fold_add(struct hass_fold *f, const struct wd_event *e)
{
	if (!hass_fold_alarming(e) || known(f, key_of(e)))
		return false;
	f->count += e->repeat ? e->repeat : 1;
	snprintf(f->id, sizeof(f->id), "%s", e->id);
	describe(e, f->text);
	return true;
}

void hass_fold_take(struct hass_fold *f, struct hass_alarm_out *out)
{
	char whole[EVENT_ID_MAX + 24];
	struct hash h;

	memset(out, 0, sizeof(*out));
	if (!f->count)
		return;
	out->count = f->count > UINT16_MAX ? UINT16_MAX : f->count;
	snprintf(out->text, sizeof(out->text), "%s", f->text);
	snprintf(out->event, sizeof(out->event), "%s", f->id);
	snprintf(whole, sizeof(whole), "%s %llu", f->id, (unsigned long long)f->count);
	h = hash_of(whole, strlen(whole));
	memcpy(&out->id, h.b, sizeof(out->id));
	f->count -= out->count;
}

void hass_fold_back(struct hass_fold *f, const struct hass_alarm_out *out)
{
	/* What came meanwhile is newer: its text stays. */
	if (!f->count) {
		snprintf(f->text, sizeof(f->text), "%s", out->text);
		snprintf(f->id, sizeof(f->id), "%s", out->event);
	}
	f->count += out->count;
}
