// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "desk.h"
#include "fsx.h"
#include "journal.h"
#include "notify.h"

#define SECOND 1000000000ll
#define DIGEST_NAMES 12

struct alarms {
	TAILQ_HEAD(alarm_list, alarm) live;
	/* Storms over many hosts: messages of one kind in the present window. */
	struct {
		int64_t since;
		int told;
	} window[ALARM_KINDS];
};

const char *alarm_state_name(int state)
{
	static const char *const names[] = {"open", "acknowledged", "cleared"};

	return state >= 0 && state < ALARM_STATES ? names[state] : "unknown";
}

int alarm_state_parse(const char *name)
{
	for (int i = 0; i < ALARM_STATES; i++)
		if (!strcmp(alarm_state_name(i), name))
			return i;
	return -1;
}

/* ---- clean text ---- */

/* Length of a good UTF-8 sequence at p, 0 if there is none. */
static size_t utf8(const unsigned char *p, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = *p < 0x80 ? 1 : (*p & 0xe0) == 0xc0 ? 2 : (*p & 0xf0) == 0xe0 ? 3 : 4;

	if (n == 4 && (*p & 0xf8) != 0xf0)
		return 0;
	*point = n == 1 ? *p : *p & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (p[i] & 0x3f);
	}
	return *point < least[n] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000) ? 0
											       : n;
}

/* What would break a line, hide text, or turn the reading direction. */
static bool deceives(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void alarm_clean(char *to, size_t cap, const char *from)
{
	const unsigned char *p = (const unsigned char *)from;
	size_t at = 0;

	while (*p) {
		uint32_t c;
		size_t n = utf8(p, &c), take = n ? n : 1;

		if (at + 4 * take + 1 > cap)
			break;
		if (n && !deceives(c)) {
			memcpy(to + at, p, n);
			at += n;
		} else {
			for (size_t i = 0; i < take; i++)
				at += snprintf(to + at, cap - at, "\\x%02x", p[i]);
		}
		p += take;
	}
	to[at] = 0;
}

/* ---- rows ---- */

static void from_row(struct alarm *a, struct store_row *r)
{
	int kind = alarm_kind_parse(store_text(r, 1));

	*a = (struct alarm){.n = store_int(r, 0),
			    .kind = kind < 0 ? ALARM_TEST : kind,
			    .severity = store_int(r, 4),
			    .live = store_int(r, 5),
			    .state = store_int(r, 6),
			    .first = store_int(r, 7),
			    .last = store_int(r, 8),
			    .cleared = store_int(r, 9),
			    .count = store_int(r, 10),
			    .told = store_int(r, 13),
			    .told_count = store_int(r, 14),
			    .escalated = store_int(r, 15),
			    .acked = store_int(r, 16)};
	snprintf(a->host, sizeof(a->host), "%s", store_text(r, 2));
	snprintf(a->subject, sizeof(a->subject), "%s", store_text(r, 3));
	snprintf(a->text, sizeof(a->text), "%s", store_text(r, 11));
	snprintf(a->event, sizeof(a->event), "%s", store_text(r, 12));
	snprintf(a->ack_by, sizeof(a->ack_by), "%s", store_text(r, 17));
	snprintf(a->ack_note, sizeof(a->ack_note), "%s", store_text(r, 18));
}

static int live_row(void *arg, struct store_row *r)
{
	struct alarms *as = arg;
	struct alarm *a = malloc(sizeof(*a));

	if (!a)
		return -1;
	from_row(a, r);
	TAILQ_INSERT_TAIL(&as->live, a, entry);
	return 0;
}

static void save(struct engine *e, const struct alarm *a)
{
	struct err err;

	if (db_write(e->db, &err, SQL_ALARM_SAVE, "iiiiiittiiiitti", a->n, (int64_t)a->live,
		     (int64_t)a->state, a->last, a->cleared, a->count, a->text, a->event, a->told,
		     a->told_count, a->escalated, a->acked, a->ack_by, a->ack_note,
		     (int64_t)a->severity) < 0)
		log_err("alarm %lld cannot be written down: %s", (long long)a->n, err.text);
}

int alarms_load(struct engine *e, struct err *err)
{
	e->alarms = calloc(1, sizeof(*e->alarms));
	if (!e->alarms)
		return err_set(err, "out of memory");
	TAILQ_INIT(&e->alarms->live);
	return db_read(e->db, err, SQL_ALARM_LIVE, live_row, e->alarms, "") < 0 ? -1 : 0;
}

void alarms_free(struct engine *e)
{
	struct alarm *a;

	if (!e->alarms)
		return;
	while ((a = TAILQ_FIRST(&e->alarms->live))) {
		TAILQ_REMOVE(&e->alarms->live, a, entry);
		free(a);
	}
	free(e->alarms);
	e->alarms = NULL;
}

static json_t *time_json(int64_t ns)
{
	char when[32];

	return ns ? json_string(event_time(ns, when)) : json_string("");
}

json_t *alarm_json(const struct alarm *a)
{
	const struct alarm_kind_info *k = &alarm_kinds[a->kind];
	json_t *j = json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "id",
			      (json_int_t)a->n, "kind", k->name, "title", k->title, "severity",
			      alarm_severity_name(a->severity), "state", alarm_state_name(a->state),
			      "host", a->host, "subject", a->subject, "text", a->text, "event",
			      a->event, "count", (json_int_t)a->count, "remedy", k->remedy);

	if (!j)
		return json_object();
	json_object_set_new(j, "raised", time_json(a->first));
	json_object_set_new(j, "last", time_json(a->last));
	json_object_set_new(j, "cleared", time_json(a->cleared));
	json_object_set_new(j, "told", time_json(a->told));
	json_object_set_new(j, "escalated", time_json(a->escalated));
	json_object_set_new(j, "ack", json_null());
	if (a->acked) {
		char when[32];

		json_object_set_new(j, "ack",
				    json_pack("{s:s, s:s, s:s}", "by", a->ack_by, "note",
					      a->ack_note, "time", event_time(a->acked, when)));
	}
	return j;
}

/* ---- messages ---- */

static void tell(struct engine *e, struct alarm *a, const char *reason)
{
	a->told = fsx_now_ns();
	a->told_count = a->count;
	notify_alarm(e, a, reason);
}

/* Room for one more message of this kind just now? One begins a window. */
static bool may_tell(struct engine *e, enum alarm_kind kind)
{
	const struct notify_conf *c = notify_conf(e);
	int64_t now = fsx_mono_ns();

	if (now - e->alarms->window[kind].since >= c->fold * SECOND) {
		e->alarms->window[kind].since = now;
		e->alarms->window[kind].told = 0;
	}
	if (e->alarms->window[kind].told >= c->burst)
		return false;
	e->alarms->window[kind].told++;
	return true;
}

static struct alarm *find(struct engine *e, enum alarm_kind kind, const char *host,
			  const char *subject)
{
	struct alarm *a;

	TAILQ_FOREACH (a, &e->alarms->live, entry)
		if (a->kind == kind && !strcmp(a->host, host) && !strcmp(a->subject, subject))
			return a;
	return NULL;
}

const struct alarm *alarm_find(struct engine *e, enum alarm_kind kind, const char *host,
			       const char *subject)
{
	return find(e, kind, host, subject);
}

static struct alarm *make(struct engine *e, enum alarm_kind kind, const char *host,
			  const char *subject, const char *event, const char *text)
{
	struct alarm *a = calloc(1, sizeof(*a));
	struct err err;

	if (!a)
		return NULL;
	a->kind = kind;
	a->severity = notify_conf(e)->kinds[kind].severity;
	a->live = true;
	a->first = a->last = fsx_now_ns();
	a->count = 1;
	snprintf(a->host, sizeof(a->host), "%s", host);
	snprintf(a->subject, sizeof(a->subject), "%s", subject);
	snprintf(a->event, sizeof(a->event), "%s", event);
	snprintf(a->text, sizeof(a->text), "%s", text);
	if (db_write(e->db, &err, SQL_ALARM_ADD, "tttiiitt", alarm_kinds[kind].name, a->host,
		     a->subject, (int64_t)a->severity, a->first, a->last, a->text, a->event) < 0) {
		log_err("an alarm cannot be written down: %s", err.text);
		free(a);
		return NULL;
	}
	a->n = store_last_id(db_store(e->db));
	TAILQ_INSERT_TAIL(&e->alarms->live, a, entry);
	return a;
}

static void tell_followers(struct engine *e, const struct alarm *a)
{
	desk_feed(e, "alarm", alarm_json(a));
	follow_tell(e, FOLLOW_ALARMS, a->host, alarm_json(a));
}

static void begin(struct engine *e, struct alarm *a)
{
	journal(e, LOG_L_WARN, "alarm", "", a->host, "%lld %s%s%s: %s", (long long)a->n,
		alarm_kinds[a->kind].name, *a->subject ? " " : "", a->subject, a->text);
	if (may_tell(e, a->kind))
		tell(e, a, "open");
	save(e, a);
	tell_followers(e, a);
}

void alarm_raise(struct engine *e, enum alarm_kind kind, const char *host, const char *subject,
		 const char *event, const char *fmt, ...)
{
	char raw[4 * ALARM_TEXT_MAX], text[ALARM_TEXT_MAX], clean[ALARM_SUBJECT_MAX];
	struct alarm *a;
	va_list ap;

	if (!e->alarms)
		return;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	alarm_clean(text, sizeof(text), raw);
	alarm_clean(clean, sizeof(clean), subject);
	a = find(e, kind, host, clean);
	if (!a) {
		a = make(e, kind, host, clean, event, text);
		if (a)
			begin(e, a);
		return;
	}
	if (!alarm_kinds[kind].counts && !strcmp(a->text, text))
		return; /* still so */
	a->last = fsx_now_ns();
	a->count += alarm_kinds[kind].counts;
	snprintf(a->text, sizeof(a->text), "%s", text);
	if (*event)
		snprintf(a->event, sizeof(a->event), "%s", event);
	save(e, a);
	tell_followers(e, a);
}

/* Out of the list; the row stays. */
static void retire(struct engine *e, struct alarm *a)
{
	a->live = false;
	save(e, a);
	tell_followers(e, a);
	TAILQ_REMOVE(&e->alarms->live, a, entry);
	free(a);
}

static void end(struct engine *e, struct alarm *a)
{
	a->cleared = a->last = fsx_now_ns();
	a->state = ALARM_CLEARED;
	journal(e, LOG_L_INFO, "alarm-clear", "", a->host, "%lld %s%s%s is over", (long long)a->n,
		alarm_kinds[a->kind].name, *a->subject ? " " : "", a->subject);
	if (a->told && notify_conf(e)->tell_cleared)
		tell(e, a, "clear");
	retire(e, a);
}

void alarm_clear(struct engine *e, enum alarm_kind kind, const char *host, const char *subject)
{
	struct alarm *a = e->alarms ? find(e, kind, host, subject) : NULL;

	if (a)
		end(e, a);
}

void alarms_forget_host(struct engine *e, const char *host)
{
	struct alarm *a, *next;

	for (a = e->alarms ? TAILQ_FIRST(&e->alarms->live) : NULL; a; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (!strcmp(a->host, host))
			end(e, a);
	}
}

int alarm_ack(struct engine *e, int64_t n, const char *by, const char *note, struct err *err)
{
	struct alarm *a;

	TAILQ_FOREACH (a, &e->alarms->live, entry)
		if (a->n == n)
			break;
	if (!a)
		return err_set(err,
			       "alarm %lld is not open (wdpub alarm list shows those that are)",
			       (long long)n);
	if (a->state == ALARM_ACKNOWLEDGED)
		return err_set(err, "alarm %lld was acknowledged by %s already", (long long)n,
			       a->ack_by);
	a->state = ALARM_ACKNOWLEDGED;
	a->acked = fsx_now_ns();
	alarm_clean(a->ack_by, sizeof(a->ack_by), by);
	alarm_clean(a->ack_note, sizeof(a->ack_note), note);
	notify_cancel(e, a->n, "acknowledged");
	journal(e, LOG_L_INFO, "alarm-ack", "", a->host, "%lld %s by %s%s%s", (long long)n,
		alarm_kinds[a->kind].name, a->ack_by, *note ? ": " : "", a->ack_note);
	if (alarm_kinds[a->kind].counts) {
		a->cleared = a->acked;
		retire(e, a);
	} else {
		save(e, a);
		tell_followers(e, a);
	}
	return db_flush(e->db, err);
}

/* ---- time passes ---- */

static void escalate(struct engine *e, struct alarm *a, int64_t now)
{
	const struct notify_conf *c = notify_conf(e);
	int64_t since = a->escalated ? a->escalated : a->first;
	int64_t wait = (a->escalated ? c->escalate_every : c->escalate_after) * SECOND;

	if (!c->escalate_after || (a->escalated && !c->escalate_every) ||
	    a->severity < SEVERITY_WARNING || now - since < wait || !may_tell(e, a->kind))
		return;
	a->escalated = now;
	tell(e, a, "escalate");
	save(e, a);
}

/* What happened since the last message about it. */
static void fold(struct engine *e, struct alarm *a, int64_t now)
{
	if (a->count <= a->told_count || now - a->told < notify_conf(e)->fold * SECOND ||
	    !may_tell(e, a->kind))
		return;
	tell(e, a, "more");
	save(e, a);
}

/* Those that came when the window of their kind was full: together, in one message. */
static void digest(struct engine *e, enum alarm_kind kind)
{
	struct alarm *a, *first = NULL;
	char names[512] = "";
	int n = 0;
	size_t at = 0;

	TAILQ_FOREACH (a, &e->alarms->live, entry) {
		if (a->kind != kind || a->told || a->state != ALARM_OPEN)
			continue;
		first = first ? first : a;
		if (n++ < DIGEST_NAMES && at < sizeof(names))
			at += snprintf(names + at, sizeof(names) - at, "%s%s%s%s",
				       n > 1 ? ", " : "", *a->host ? a->host : "publisher",
				       *a->subject ? "/" : "", a->subject);
	}
	if (!n || !may_tell(e, kind))
		return;
	if (n == 1) {
		tell(e, first, "open");
		save(e, first);
		return;
	}
	notify_digest(e, first, n, names);
	TAILQ_FOREACH (a, &e->alarms->live, entry) {
		if (a->kind != kind || a->told || a->state != ALARM_OPEN)
			continue;
		a->told = fsx_now_ns();
		a->told_count = a->count;
		save(e, a);
	}
}

void alarms_tick(struct engine *e)
{
	bool untold[ALARM_KINDS] = {false};
	int64_t now = fsx_now_ns();
	struct alarm *a;

	TAILQ_FOREACH (a, &e->alarms->live, entry) {
		if (a->state != ALARM_OPEN)
			continue;
		if (!a->told) {
			untold[a->kind] = true;
			continue;
		}
		escalate(e, a, now);
		fold(e, a, now);
	}
	for (int k = 0; k < ALARM_KINDS; k++)
		if (untold[k])
			digest(e, k);
}

/* ---- for the control socket ---- */

int alarm_count(struct engine *e, enum alarm_state state, int severity)
{
	struct alarm *a;
	int n = 0;

	TAILQ_FOREACH (a, &e->alarms->live, entry)
		n += a->state == state && (severity < 0 || (int)a->severity == severity);
	return n;
}

struct listing {
	struct ctl_conn *conn;
	int64_t last;
};

static int list_row(void *arg, struct store_row *r)
{
	struct listing *l = arg;
	struct alarm a;

	from_row(&a, r);
	l->last = a.n;
	ctl_row(l->conn, alarm_json(&a));
	return 0;
}

int alarm_list(struct engine *e, struct ctl_conn *c, const struct alarm_query *q, int64_t *next,
	       struct err *err)
{
	struct listing l = {c, 0};
	int n = db_read(e->db, err, SQL_ALARM_LIST, list_row, &l, "ittii", q->before, q->host,
			q->kind, (int64_t)q->states, (int64_t)q->limit);

	*next = n == q->limit ? l.last : 0;
	return n < 0 ? -1 : 0;
}

json_t *alarms_live_json(struct engine *e, unsigned most)
{
	json_t *list = json_array();
	const struct alarm *a;

	TAILQ_FOREACH (a, &e->alarms->live, entry)
		if (a->state == ALARM_OPEN && json_array_size(list) < most)
			json_array_append_new(list, alarm_json(a));
	return list;
}
