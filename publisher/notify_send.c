// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fsx.h"
#include "notifier.h"
#include "notify_way.h"

#define RETRY_MOST 3600
#define GIVE_UP (7 * 86400 * SECOND)
#define ANSWER_WITHIN (180 * SECOND) /* the role's own limits are shorter */
#define FAILS_ALARM 3

/* ---- sending ---- */

int64_t notify_retry_after(const struct notify_conf *c, int tries)
{
	int64_t s = c->retry;

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

void notify_finished(struct notify *n, enum channel c, bool good, const char *text)
{
	struct way *w = &n->ways[c], was = *w;
	int64_t now = fsx_now_ns(), again = now;
	enum delivery_state state = SENT;
	struct err err;

	if (!good) {
		again = now + notify_retry_after(&n->conf, was.tries + 1);
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
	notify_kick(n);
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

static void send_sms(struct notify *n, const json_t *message)
{
	struct err err = {""};

	if (sms_send(n, message, &err))
		notify_finished(n, CHANNEL_SMS, false, err.text);
}

/* The oldest message that is due, if the channel is free. */
void notify_pump(struct notify *n, enum channel c)
{
	struct next x = {&n->ways[c], NULL};
	struct err err;

	if (x.way->n || (c == CHANNEL_SMS ? sms_early(n) : !role_chan(n->role)))
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
		notify_finished(n, c, false, "the queued message cannot be read");
	else if (c == CHANNEL_SMS)
		send_sms(n, x.message);
	else if (!hand_over(n, c, x.message))
		x.way->n = 0; /* the role is going; again when it is back */
	json_decref(x.message);
}

void notify_on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct notify *n = arg;

	(void)fd;
	(void)what;
	for (int c = 0; c < CHANNELS; c++)
		notify_pump(n, c);
}

static void give_up_sms(struct notify *n)
{
	char text[HOST_NAME_MAX_WD + 80];

	snprintf(text, sizeof(text), "%s: its agent does not say what became of the SMS",
		 n->sms.host);
	sms_forget(n);
	notify_finished(n, CHANNEL_SMS, false, text);
}

void notify_tick(struct engine *e)
{
	struct notify *n = e->notify;
	int64_t now = fsx_mono_ns();

	for (int c = 0; c < CHANNELS; c++) {
		if (n->ways[c].n && now - n->ways[c].since > ANSWER_WITHIN) {
			if (c == CHANNEL_SMS) {
				give_up_sms(n);
				continue;
			}
			log_warn("the notify role does not answer: starting it again");
			role_restart(n->role);
			return;
		}
		notify_pump(n, c);
	}
}

/* ---- the role ---- */

static void on_up(void *arg, struct chan *c)
{
	(void)c;
	notify_kick(arg);
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
			notify_finished(n, c, good, clean);
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
			notify_finished(n, c, false, "the notify role ended; its log says why");
		else
			n->ways[c].n = 0;
	}
}

const struct role_ops notify_role_ops = {.up = on_up, .message = on_message, .down = on_down};
