// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fsx.h"
#include "journal.h"
#include "notifier.h"
#include "notify.h"
#include "role.h"
#include "settings.h"

#define SECOND 1000000000ll
#define RETRY_MOST 3600
#define GIVE_UP (7 * 86400 * SECOND)
#define ANSWER_WITHIN (180 * SECOND) /* the role's own limits are shorter */
#define FAILS_ALARM 3

enum delivery_state { WAITING, SENT, GIVEN_UP, CANCELLED };

/* One channel's message on its way. */
struct way {
	int64_t n, alarm, since, made; /* n 0: free */
	int tries, fails;
	bool test, cancelled;
	struct ctl_conn *asker; /* waits for the answer to a test */
};

struct notify {
	struct engine *engine;
	struct role *role;
	json_t *doc, *secrets;
	struct notify_conf conf;
	struct way ways[CHANNELS];
	struct event *kick; /* look for work as soon as the loop turns */
};

const struct notify_conf *notify_conf(struct engine *e)
{
	return &e->notify->conf;
}

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

static int64_t due(const struct notify_conf *c, const struct alarm *a, int64_t now)
{
	if (!c->quiet || a->kind == ALARM_TEST ||
	    (c->critical_breaks && a->severity == SEVERITY_CRITICAL))
		return now;
	return after_quiet(c, now);
}

/* While somebody works on purpose, what they cause is kept for afterwards. */
static int64_t later(int64_t when, const struct alarm *a, int64_t until)
{
	return a->kind != ALARM_TEST && until > when ? until : when;
}

static void kick(struct notify *n)
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

static int64_t enqueue(struct notify *n, enum channel c, int64_t alarm, const char *reason,
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
	kick(n);
	return rc < 0 ? 0 : store_last_id(db_store(n->engine->db));
}

static json_t *message_of(struct notify *n, const struct alarm *a, const char *reason)
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
	int64_t when = later(due(&n->conf, a, fsx_now_ns()), a, maintenance_until(n->engine));

	for (int c = 0; c < CHANNELS; c++)
		if (n->conf.enabled[c] && n->conf.kinds[a->kind].channel[c])
			enqueue(n, c, a->n, reason, when, message);
	json_decref(message);
}

void notify_alarm(struct engine *e, const struct alarm *a, const char *reason)
{
	queue_all(e->notify, a, reason, message_of(e->notify, a, reason));
}

void notify_digest(struct engine *e, const struct alarm *a, int n, const char *names)
{
	json_t *m = message_of(e->notify, a, "digest");
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

/* ---- sending ---- */

static int64_t retry_after(const struct notify *n, int tries)
{
	int64_t s = n->conf.retry;

	while (--tries > 0 && s < RETRY_MOST)
		s *= 3;
	return (s > RETRY_MOST ? RETRY_MOST : s) * SECOND;
}

static void answer_test(struct way *w, bool good, const char *text)
{
	if (w->asker && good)
		ctl_ok(w->asker, json_pack("{s:b, s:s}", "delivered", 1, "detail", text));
	else if (w->asker)
		ctl_fail(w->asker, "the message was not taken: %s", text);
	w->asker = NULL;
}

/* The channel's health is an alarm of its own, by the other channels. */
static void judge(struct notify *n, enum channel c, bool good, const char *text)
{
	struct way *w = &n->ways[c];

	w->fails = good ? 0 : w->fails + 1;
	if (good)
		alarm_clear(n->engine, ALARM_DELIVERY_FAILED, "", channel_name(c));
	else if (w->fails >= FAILS_ALARM)
		alarm_raise(n->engine, ALARM_DELIVERY_FAILED, "", channel_name(c), "", "%s: %s",
			    channel_name(c), text);
}

static void finished(struct notify *n, enum channel c, bool good, const char *text)
{
	struct way *w = &n->ways[c], was = *w;
	int64_t now = fsx_now_ns(), again = now;
	enum delivery_state state = SENT;
	struct err err;

	if (!good) {
		again = now + retry_after(n, was.tries + 1);
		state = was.cancelled			       ? CANCELLED
			: was.test || now - was.made > GIVE_UP ? GIVEN_UP
							       : WAITING;
	}
	w->n = 0;
	if (db_write(n->engine->db, &err, SQL_DELIVERY_SAVE, "iiiiit", was.n, (int64_t)state,
		     (int64_t)was.tries + 1, again, state == WAITING ? (int64_t)0 : now, text) < 0)
		log_err("the fate of a message cannot be written down: %s", err.text);
	if (good)
		log_info("message %lld by %s: %s", (long long)was.n, channel_name(c), text);
	else
		log_warn("message %lld by %s, try %d: %s", (long long)was.n, channel_name(c),
			 was.tries + 1, text);
	answer_test(w, good, text);
	if (!was.test)
		judge(n, c, good, text);
	kick(n);
}

struct next {
	struct way *way;
	json_t *message;
};

static int next_row(void *arg, struct store_row *r)
{
	struct next *x = arg;

	x->way->n = store_int(r, 0);
	x->way->alarm = store_int(r, 1);
	x->way->test = !strcmp(store_text(r, 2), "test");
	x->way->tries = store_int(r, 3);
	x->message = json_loads(store_text(r, 4), 0, NULL);
	x->way->made = store_int(r, 5);
	return 1;
}

/* What the role needs for this one message, secrets and all. */
static json_t *order(struct notify *n, enum channel c, json_t *message)
{
	json_t *conf = json_deep_copy(json_object_get(n->doc, channel_name(c)));

	if (c == CHANNEL_MAIL) {
		json_object_set(conf, "password", json_object_get(n->secrets, "mail.password"));
		if (!strcmp(json_string_value(json_object_get(message, "reason")), "escalate"))
			json_array_extend(
				json_object_get(conf, "to"),
				json_object_get(json_object_get(n->doc, "escalate"), "to"));
	}
	if (c == CHANNEL_WEBHOOK)
		json_object_set(conf, "key", json_object_get(n->secrets, "webhook.key"));
	return json_pack("{s:s, s:o, s:O}", "channel", channel_name(c), "conf", conf, "message",
			 message);
}

static bool hand_over(struct notify *n, enum channel c, json_t *message)
{
	struct chan *to = role_chan(n->role);
	json_t *j = order(n, c, message);
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	struct buf b;
	bool good = false;

	if (to && text) {
		buf_init(&b, CHAN_PAYLOAD_MAX);
		buf_put_u64(&b, n->ways[c].n);
		buf_put_blob(&b, text, strlen(text));
		good = !chan_send_buf(to, NOTIFY_SEND, &b);
		buf_free(&b);
	}
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
	json_decref(j);
	return good;
}

static void send_sms(struct notify *n, json_t *message)
{
	const char *host =
		json_string_value(json_object_get(json_object_get(n->doc, "sms"), "host"));
	const char *why = sms_send(n->engine, host ? host : "", message);

	finished(n, CHANNEL_SMS, !why, why ? why : "handed to the host's hardware unit");
}

/* The oldest message that is due, if the channel is free. */
static void pump(struct notify *n, enum channel c)
{
	struct next x = {&n->ways[c], NULL};
	struct err err;

	if (x.way->n || (c != CHANNEL_SMS && !role_chan(n->role)))
		return;
	if (db_read(n->engine->db, &err, SQL_DELIVERY_NEXT, next_row, &x, "ti", channel_name(c),
		    fsx_now_ns()) < 0) {
		log_err("waiting messages cannot be read: %s", err.text);
		return;
	}
	if (!x.way->n)
		return;
	x.way->since = fsx_mono_ns();
	x.way->cancelled = false;
	if (!x.message)
		finished(n, c, false, "the queued message cannot be read");
	else if (c == CHANNEL_SMS)
		send_sms(n, x.message);
	else if (!hand_over(n, c, x.message))
		x.way->n = 0; /* the role is going; again when it is back */
	json_decref(x.message);
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct notify *n = arg;

	(void)fd;
	(void)what;
	for (int c = 0; c < CHANNELS; c++)
		pump(n, c);
}

void notify_tick(struct engine *e)
{
	struct notify *n = e->notify;
	int64_t now = fsx_mono_ns();

	for (int c = 0; c < CHANNELS; c++) {
		if (c != CHANNEL_SMS && n->ways[c].n && now - n->ways[c].since > ANSWER_WITHIN) {
			log_warn("the notify role does not answer: starting it again");
			role_restart(n->role);
			return;
		}
		pump(n, c);
	}
}

/* ---- the role ---- */

static void on_up(void *arg, struct chan *c)
{
	(void)c;
	kick(arg);
}

static void on_message(void *arg, uint16_t type, const void *p, size_t len)
{
	struct rd r = rd_over(p, len);
	uint64_t id = rd_u64(&r);
	bool good = rd_u8(&r);
	struct notify *n = arg;
	char text[NOTIFY_ANSWER_MAX], clean[NOTIFY_ANSWER_MAX];

	rd_str(&r, text, sizeof(text));
	if (type != NOTIFY_DONE || !rd_end(&r)) {
		log_err("the notify role sent a malformed answer: starting it again");
		role_restart(n->role);
		return;
	}
	alarm_clean(clean, sizeof(clean), text); /* a mail server's words */
	for (int c = 0; c < CHANNELS; c++)
		if (n->ways[c].n && (uint64_t)n->ways[c].n == id)
			finished(n, c, good, clean);
}

/* What was on its way goes again: it may have arrived, it must. */
static void on_down(void *arg, const char *why)
{
	struct notify *n = arg;

	log_warn("the notify role is down (%s); it is started again, messages wait", why);
	for (int c = 0; c < CHANNELS; c++) {
		if (!n->ways[c].n || c == CHANNEL_SMS)
			continue;
		if (n->ways[c].test)
			finished(n, c, false, "the notify role ended; its log says why");
		else
			n->ways[c].n = 0;
	}
}

/* ---- settings ---- */

/* As if it had been typed again together with what it belongs to. */
static void give_secret(json_t *conf, const char *part, const char *name, json_t *value)
{
	if (value)
		json_object_set(json_object_get(conf, part), name, value);
}

static int part_row(void *arg, struct store_row *r)
{
	struct notify *n = arg;
	json_t *conf = json_loads(store_text(r, 1), 0, NULL);
	json_t *secrets = json_loads(store_text(r, 2), 0, NULL), *fresh = NULL;
	struct err err = {"its JSON cannot be read"};

	/* Through the same check: a database of an older version, or another's hand. */
	if (conf && secrets) {
		give_secret(conf, "mail", "password", json_object_get(secrets, "mail.password"));
		give_secret(conf, "webhook", "key", json_object_get(secrets, "webhook.key"));
		fresh = notify_apply(n->doc, n->secrets, conf, &err);
	}
	if (fresh) {
		json_decref(n->doc);
		n->doc = fresh;
	} else {
		log_err("the notification settings cannot be used: %s", err.text);
	}
	json_decref(conf);
	json_decref(secrets);
	return 0;
}

static int load(struct notify *n, struct err *err)
{
	n->doc = notify_defaults();
	n->secrets = json_object();
	if (db_read(n->engine->db, err, SQL_NOTIFY_LIST, part_row, n, "") < 0)
		return -1;
	notify_read(&n->conf, n->doc);
	return 0;
}

int notify_set(struct engine *e, const json_t *change, struct err *err)
{
	struct notify *n = e->notify;
	json_t *secrets = json_deep_copy(n->secrets);
	json_t *fresh = notify_apply(n->doc, secrets, change, err);
	char *conf = NULL, *secret = NULL;
	int rc = -1;

	if (!fresh || db_flush(e->db, err))
		goto out;
	conf = json_dumps(fresh, JSON_COMPACT);
	secret = json_dumps(secrets, JSON_COMPACT);
	if (!conf || !secret) {
		err_set(err, "out of memory");
		goto out;
	}
	if (db_write(e->db, err, SQL_NOTIFY_PUT, "ttt", "all", conf, secret) < 0 ||
	    db_flush(e->db, err)) {
		db_undo(e->db);
		goto out;
	}
	json_decref(n->doc);
	json_decref(n->secrets);
	n->doc = json_incref(fresh);
	n->secrets = json_incref(secrets);
	notify_read(&n->conf, n->doc);
	for (int c = 0; c < CHANNELS; c++) /* what waits may get through now */
		db_write(e->db, NULL, SQL_DELIVERY_HURRY, "ti", channel_name(c), fsx_now_ns());
	journal(e, LOG_L_INFO, "notify-set", "", "", "notification settings were changed");
	kick(n);
	rc = 0;
out:
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(conf);
	free(secret);
	json_decref(fresh);
	json_decref(secrets);
	return rc;
}

json_t *notify_show(struct engine *e)
{
	return notify_public(e->notify->doc, e->notify->secrets);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	struct notify *n = arg;

	for (int i = 0; i < CHANNELS; i++)
		if (n->ways[i].asker == c)
			n->ways[i].asker = NULL;
}

void notify_test(struct engine *e, struct ctl_conn *conn, enum channel c)
{
	struct notify *n = e->notify;
	struct alarm a = {.kind = ALARM_TEST, .count = 1, .first = fsx_now_ns()};
	json_t *m;

	if (!n->conf.enabled[c]) {
		ctl_fail(conn,
			 "%s.enabled: this channel is switched off; wdpub notify set"
			 " %s.enabled=true",
			 channel_name(c), channel_name(c));
		return;
	}
	if (n->ways[c].n || n->ways[c].asker) {
		ctl_fail(conn, "a message is on its way by %s just now; try again in a moment",
			 channel_name(c));
		return;
	}
	a.last = a.first;
	snprintf(a.text, sizeof(a.text), "Somebody asked for a test message by %s.",
		 channel_name(c));
	m = message_of(n, &a, "test");
	/* Before whatever is due. */
	if (enqueue(n, c, 0, "test", 0, m)) {
		n->ways[c].asker = conn;
		ctl_on_gone(conn, on_gone, n);
		pump(n, c);
	} else {
		ctl_fail(conn, "the message cannot be queued; the log says why");
	}
	json_decref(m);
}

/* ---- the log ---- */

struct listing {
	struct ctl_conn *conn;
	int64_t last;
};

static int log_row(void *arg, struct store_row *r)
{
	static const char *const states[] = {"waiting", "delivered", "failed", "cancelled"};
	json_t *m = json_loads(store_text(r, 10), 0, NULL);
	const char *to = json_string_value(json_object_get(m, "to"));
	struct listing *l = arg;
	char made[32], next[32] = "", done[32] = "";

	if (store_int(r, 7) == WAITING)
		event_time(store_int(r, 5), next);
	if (store_int(r, 8))
		event_time(store_int(r, 8), done);
	l->last = store_int(r, 0);
	ctl_row(l->conn,
		json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "id",
			  (json_int_t)l->last, "alarm", (json_int_t)store_int(r, 1), "channel",
			  store_text(r, 2), "reason", store_text(r, 3), "to", to ? to : "", "state",
			  states[store_int(r, 7) & 3], "tries", (json_int_t)store_int(r, 6), "time",
			  event_time(store_int(r, 4), made), "next", next, "done", done, "detail",
			  store_text(r, 9)));
	json_decref(m);
	return 0;
}

int notify_log(struct engine *e, struct ctl_conn *c, int64_t alarm, int64_t before, int limit,
	       int64_t *next, struct err *err)
{
	struct listing l = {c, 0};
	int n = db_read(e->db, err, SQL_DELIVERY_LIST, log_row, &l, "iii", alarm, before,
			(int64_t)limit);

	*next = n == limit ? l.last : 0;
	return n < 0 ? -1 : 0;
}

static int count_row(void *arg, struct store_row *r)
{
	if (store_int(r, 0) == WAITING)
		*(int *)arg = store_int(r, 1);
	return 0;
}

int notify_waiting(struct engine *e)
{
	int n = 0;

	db_read(e->db, NULL, SQL_DELIVERY_COUNT, count_row, &n, "");
	return n;
}

void notify_prune(struct engine *e, int64_t before)
{
	struct err err;

	if (db_write(e->db, &err, SQL_DELIVERY_PRUNE, "i", before) < 0 ||
	    db_write(e->db, &err, SQL_ALARM_PRUNE, "i", before) < 0)
		log_warn("old alarms and messages cannot be dropped: %s", err.text);
}

/* ---- start and end ---- */

int notify_start(struct engine *e, struct err *err)
{
	static const struct role_ops ops = {.up = on_up, .message = on_message, .down = on_down};
	char option[] = "--state";
	char *argv[] = {option, (char *)e->state, NULL};
	struct notify *n = calloc(1, sizeof(*n));

	if (!n)
		return err_set(err, "out of memory");
	n->engine = e;
	e->notify = n;
	if (load(n, err))
		return -1;
	n->kick = evtimer_new(e->base, on_kick, n);
	if (!n->kick)
		return err_set(err, "out of memory");
	n->role = role_start(e->base, "notify", argv, &ops, n);
	return n->role ? 0 : err_set(err, "out of memory");
}

void notify_stop(struct engine *e)
{
	struct notify *n = e->notify;

	if (!n)
		return;
	role_stop(n->role);
	if (n->kick)
		event_free(n->kick);
	json_decref(n->doc);
	json_decref(n->secrets);
	free(n);
	e->notify = NULL;
}
