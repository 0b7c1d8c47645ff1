// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "event.h"
#include "fsx.h"
#include "settings.h"

#define MAINTENANCE "maintenance"
#define DAYS_MOST 3650
#define SHOWN 80

/* words: those that are allowed, with '|' around each; NULL: a number from least to most. */
static const struct rule {
	const char *name;
	int64_t fallback, least, most;
	const char *unit, *words, *fallback_text;
} rules[] = {
	{"keep_events_days", 365, 1, DAYS_MOST, "days", NULL, NULL},
	{"keep_log_days", 365, 1, DAYS_MOST, "days", NULL, NULL},
	{"keep_metrics_days", 30, 1, DAYS_MOST, "days", NULL, NULL},
	{"evidence_max_mib", 1024, 1, 1 << 30, "MiB", NULL, NULL},
	{"session_minutes", 30, 5, 1440, "minutes", NULL, NULL},
	{"language", 0, 0, 0, NULL, "|en|zh|ko|", "en"},
};
#define RULES (sizeof(rules) / sizeof(*rules))

static const struct rule *rule_of(const char *name)
{
	for (size_t i = 0; i < RULES; i++)
		if (!strcmp(rules[i].name, name))
			return &rules[i];
	return NULL;
}

static int load_row(void *arg, struct store_row *r)
{
	json_t *value = json_loads(store_text(r, 1), JSON_DECODE_ANY, NULL);

	if (value)
		json_object_set_new(arg, store_text(r, 0), value);
	return 0;
}

/* What publisher.conf says is what holds until somebody sets it here. */
static void apply(struct engine *e)
{
	if (json_object_get(e->settings, "keep_events_days"))
		e->conf.keep_events = settings_int(e, "keep_events_days");
	if (json_object_get(e->settings, "keep_metrics_days"))
		e->conf.keep_metrics = settings_int(e, "keep_metrics_days");
	if (json_object_get(e->settings, "evidence_max_mib"))
		e->conf.evidence_max = (uint64_t)settings_int(e, "evidence_max_mib") << 20;
}

int settings_load(struct engine *e, struct err *err)
{
	e->settings = json_object();
	if (db_read(e->db, err, SQL_SETTING_LIST, load_row, e->settings, "") < 0)
		return -1;
	apply(e);
	return 0;
}

void settings_free(struct engine *e)
{
	json_decref(e->settings);
	e->settings = NULL;
}

int64_t settings_int(const struct engine *e, const char *name)
{
	const json_t *j = json_object_get(e->settings, name);

	if (json_is_integer(j))
		return json_integer_value(j);
	/* Who keeps events long wants to know what was done then. */
	if (!strcmp(name, "keep_events_days") || !strcmp(name, "keep_log_days"))
		return e->conf.keep_events;
	if (!strcmp(name, "keep_metrics_days"))
		return e->conf.keep_metrics;
	if (!strcmp(name, "evidence_max_mib"))
		return e->conf.evidence_max >> 20;
	return rule_of(name)->fallback;
}

const char *settings_text(const struct engine *e, const char *name)
{
	const char *set = json_string_value(json_object_get(e->settings, name));

	return set ? set : rule_of(name)->fallback_text;
}

json_t *settings_json(const struct engine *e)
{
	json_t *j = json_object();

	for (size_t i = 0; i < RULES; i++)
		json_object_set_new(j, rules[i].name,
				    rules[i].words ? json_string(settings_text(e, rules[i].name))
						   : json_integer(settings_int(e, rules[i].name)));
	return j;
}

static void complain(json_t *wrong, const char *field, const char *error)
{
	json_array_append_new(wrong, json_pack("{s:s, s:s}", "field", field, "error", error));
}

static const char *shown_json(const json_t *value, char to[SHOWN])
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_COMPACT);

	snprintf(to, SHOWN, "%.60s%s", text ? text : "", text && strlen(text) > 60 ? "..." : "");
	free(text);
	return to;
}

static void check(const char *name, const json_t *value, json_t *wrong)
{
	const struct rule *r = rule_of(name);
	const char *word = json_string_value(value);
	char text[256], quoted[64], shown[SHOWN];

	if (!r) {
		snprintf(text, sizeof(text),
			 "%.60s: there is no such setting (wdpub settings show lists them)", name);
		complain(wrong, name, text);
	} else if (r->words) {
		snprintf(quoted, sizeof(quoted), "|%s|", word ? word : "");
		if (word && !strchr(word, '|') && strstr(r->words, quoted))
			return;
		snprintf(text, sizeof(text), "%s: give one of %.*s, not %s", name,
			 (int)strlen(r->words) - 2, r->words + 1, shown_json(value, shown));
		complain(wrong, name, text);
	} else if (!json_is_integer(value) || json_integer_value(value) < r->least ||
		   json_integer_value(value) > r->most) {
		snprintf(text, sizeof(text), "%s: give a number of %s from %lld to %lld, not %s",
			 name, r->unit, (long long)r->least, (long long)r->most,
			 shown_json(value, shown));
		complain(wrong, name, text);
	}
}

/* Durable or nothing: what others have written before is committed first. */
static int keep(struct engine *e, const json_t *changes, struct err *err)
{
	const char *name;
	json_t *value;

	if (db_flush(e->db, err))
		return -1;
	json_object_foreach ((json_t *)changes, name, value) {
		char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		int n = text ? db_write(e->db, err, SQL_SETTING_PUT, "tt", name, text) : -1;

		free(text);
		if (n < 0) {
			db_undo(e->db);
			return -1;
		}
	}
	return db_flush(e->db, err);
}

int settings_set(struct engine *e, const json_t *changes, json_t **wrong, struct err *err)
{
	const char *name;
	json_t *value;

	*wrong = json_array();
	json_object_foreach ((json_t *)changes, name, value)
		check(name, value, *wrong);
	if (json_array_size(*wrong) || keep(e, changes, err))
		return -1;
	json_object_update(e->settings, (json_t *)changes);
	apply(e);
	return 0;
}

/* ---- maintenance ---- */

static int64_t until(struct engine *e)
{
	return json_integer_value(
		json_object_get(json_object_get(e->settings, MAINTENANCE), "until"));
}

static int keep_maintenance(struct engine *e, json_t *m, struct err *err)
{
	json_t *change = json_pack("{s:o}", MAINTENANCE, m);
	int result = keep(e, change, err);

	if (!result) {
		json_object_update(e->settings, change);
		desk_feed(e, MAINTENANCE, maintenance_json(e));
	}
	json_decref(change);
	return result;
}

int maintenance_begin(struct engine *e, const char *reason, int minutes, const char *by,
		      struct err *err)
{
	int64_t now = fsx_now_ns();

	return keep_maintenance(e,
				json_pack("{s:s, s:s, s:I, s:I}", "reason", reason, "by", by,
					  "since", (json_int_t)now, "until",
					  (json_int_t)(now + minutes * 60000000000ll)),
				err);
}

int maintenance_end(struct engine *e, struct err *err)
{
	return keep_maintenance(e, json_object(), err);
}

int64_t maintenance_until(struct engine *e)
{
	return until(e);
}

bool maintenance_now(struct engine *e)
{
	return until(e) > fsx_now_ns();
}

json_t *maintenance_json(struct engine *e)
{
	const json_t *m = json_object_get(e->settings, MAINTENANCE);
	char from[32], to[32];

	if (!maintenance_now(e))
		return json_null();
	return json_pack("{s:O, s:O, s:s, s:s}", "reason", json_object_get(m, "reason"), "by",
			 json_object_get(m, "by"), "since",
			 event_time(json_integer_value(json_object_get(m, "since")), from), "until",
			 event_time(until(e), to));
}
