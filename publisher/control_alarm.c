// SPDX-License-Identifier: Apache-2.0
/* alarm-*, notify-*: what calls for a person, and how people are told */
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "control.h"
#include "journal.h"
#include "notify.h"

#define LIMIT_USUAL 100
#define LIMIT_MOST 10000

/* "open,acknowledged" to bits; 0: a word is none. "" means all. */
static unsigned states_of(const char *text)
{
	unsigned bits = 0;
	char word[32];

	if (!*text)
		return ~0u;
	while (*text) {
		size_t n = strcspn(text, ",");
		int state;

		if (n >= sizeof(word))
			return 0;
		memcpy(word, text, n);
		word[n] = 0;
		state = alarm_state_parse(word);
		if (state < 0)
			return 0;
		bits |= 1u << state;
		text += n + (text[n] == ',');
	}
	return bits;
}

static int page_of(struct ctl_conn *c, const char *cursor, json_int_t limit, int64_t *before)
{
	char *end;

	*before = strtoll(cursor, &end, 10);
	if (*end || *before < 0) {
		ctl_fail(c, "cursor: give the \"next\" of the page before");
		return -1;
	}
	if (limit < 1 || limit > LIMIT_MOST) {
		ctl_fail(c, "limit: give a number from 1 to %d", LIMIT_MOST);
		return -1;
	}
	return 0;
}

static void page_end(struct ctl_conn *c, int64_t next, json_t *more)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)next);
	json_object_set_new(more, "next", next ? json_string(text) : json_null());
	ctl_ok(c, more);
}

void control_alarm_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *state = "", *host = "", *kind = "", *cursor = "0";
	json_int_t limit = LIMIT_USUAL;
	struct alarm_query q;
	int64_t next;
	struct err err;
	int wants_more = 0;

	if (control_args(c, request, "s?s, s?s, s?s, s?s, s?I, s?b", "state", &state, "host", &host,
			 "kind", &kind, "cursor", &cursor, "limit", &limit, "follow",
			 &wants_more) ||
	    page_of(c, cursor, limit, &q.before))
		return;
	q.host = host;
	q.kind = kind;
	q.limit = limit;
	q.states = states_of(state);
	if (!q.states)
		ctl_fail(c, "state: give open, acknowledged, cleared, or several by commas");
	else if (*kind && alarm_kind_parse(kind) < 0)
		ctl_fail(c, "kind: there is no kind of alarm \"%s\" (wdpub notify show lists them)",
			 kind);
	else if (alarm_list(e, c, &q, &next, &err))
		ctl_fail(c, "%s", err.text);
	else if (wants_more)
		follow(e, c, FOLLOW_ALARMS, host);
	else
		page_end(c, next,
			 json_pack("{s:i, s:i}", "open", alarm_count(e, ALARM_OPEN, -1), "critical",
				   alarm_count(e, ALARM_OPEN, SEVERITY_CRITICAL)));
}

void control_alarm_ack(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *note = "", *text = NULL;
	char none[] = "", *end = none;
	json_t *id = NULL;
	json_int_t n = 0;
	struct err err;

	/* A path of the API brings its number as text. */
	if (control_args(c, request, "s:o, s?s", "id", &id, "note", &note))
		return;
	text = json_string_value(id);
	n = text ? strtoll(text, &end, 10) : json_integer_value(id);
	if (*end || n < 1)
		ctl_fail(c, "id: \"%.40s\": give the number that `wdpub alarm list` shows",
			 text ? text : "");
	else if (strlen(note) > 200)
		ctl_fail(c, "note: at most 200 bytes");
	else if (alarm_ack(e, n, control_who(c)->user, note, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}

void control_alarm_test(struct engine *e, struct ctl_conn *c, json_t *request)
{
	if (control_args(c, request, ""))
		return;
	alarm_raise(e, ALARM_TEST, "", "", "",
		    "%s asked for a test alarm; it takes the way of a real one",
		    control_who(c)->user);
	ctl_ok(c, NULL);
}

/* From `wdpub backup`, which works without the daemon: what became of it. */
void control_backup_told(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *file, *problem = "";

	if (control_args(c, request, "s:s, s?s", "file", &file, "problem", &problem))
		return;
	if (*problem)
		alarm_raise(e, ALARM_BACKUP_FAILED, "", "", "", "%s: %s", file, problem);
	else
		alarm_clear(e, ALARM_BACKUP_FAILED, "", "");
	journal(e, *problem ? LOG_L_WARN : LOG_L_INFO, "backup", "", "", "%s: %s", file,
		*problem ? problem : "written");
	ctl_ok(c, NULL);
}

void control_notify_show(struct engine *e, struct ctl_conn *c, json_t *request)
{
	if (!control_args(c, request, ""))
		ctl_ok(c, notify_show(e));
}

void control_notify_set(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct err err;

	json_object_del(request, "cmd");
	if (notify_set(e, request, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, notify_show(e));
}

void control_notify_test(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *channel;
	int n;

	if (control_args(c, request, "s:s", "channel", &channel))
		return;
	n = channel_parse(channel);
	if (n < 0)
		ctl_fail(c, "channel: give mail, sms, webhook or syslog");
	else
		notify_test(e, c, n);
}

void control_notify_log(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *cursor = "0";
	json_int_t limit = LIMIT_USUAL, alarm = 0;
	int64_t before, next;
	struct err err;

	if (control_args(c, request, "s?s, s?I, s?I", "cursor", &cursor, "limit", &limit, "alarm",
			 &alarm) ||
	    page_of(c, cursor, limit, &before))
		return;
	if (notify_log(e, c, alarm, before, limit, &next, &err))
		ctl_fail(c, "%s", err.text);
	else
		page_end(c, next, json_pack("{s:i}", "waiting", notify_waiting(e)));
}
