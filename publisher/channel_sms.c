// SPDX-License-Identifier: Apache-2.0
/*
 * An SMS goes by the hardware unit of a host: its agent hands the text to it and says when the
 * phones were told. Which unit: the one of sms.host, else any that is ready. A try that failed is
 * followed by one at the next unit. A host's agent may belong to an attacker by now, who would
 * keep an alarm about it to himself: other hosts come before the one that an alarm is about.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chan.h"
#include "hass.h"
#include "hosts.h"
#include "lines.h"
#include "notifier.h"
#include "notify_way.h"
#include "session.h"

#define CANDIDATES 64
#define EARLY_TICKS 10

static int rank(const struct notify *n, const struct host *h, const json_t *message)
{
	const char *wanted = order_text(json_object_get(n->doc, "sms"), "host");

	return 2 * !strcmp(h->name, wanted) + !!strcmp(h->name, order_text(message, "host"));
}

/* The unit for this try; NULL and err: none is ready. */
static struct host *choose(struct notify *n, const json_t *message, int tries, struct err *err)
{
	struct host *h, *list[CANDIDATES];
	int count = 0, i;
	size_t at = 0;
	char reasons[300] = "";

	TAILQ_FOREACH (h, &n->engine->hosts, entry) {
		const char *why = hass_unready(h);

		if (why && at < sizeof(reasons))
			at += snprintf(reasons + at, sizeof(reasons) - at, "%s%s: %s",
				       at ? "; " : "", h->name, why);
		if (why || count == CANDIDATES)
			continue;
		for (i = count++; i && rank(n, list[i - 1], message) < rank(n, h, message); i--)
			list[i] = list[i - 1];
		list[i] = h;
	}
	if (count)
		return list[tries % count];
	err_set(err, "no hardware unit is ready to send: %s", at ? reasons : "there is no host");
	return NULL;
}

/* The same text of the same message keeps its number: a unit that has it does not send it twice. */
static uint32_t number(int64_t n)
{
	char text[64];
	struct hash h;
	uint32_t id;

	snprintf(text, sizeof(text), "publisher's message %lld", (long long)n);
	h = hash_of(text, strlen(text));
	memcpy(&id, h.b, sizeof(id));
	return id;
}

/* After a start the unit that has the text already may be a moment later than the others. */
bool sms_early(const struct notify *n)
{
	return n->engine->ticks < EARLY_TICKS && !n->ways[CHANNEL_SMS].asker;
}

int sms_send(struct notify *n, const json_t *message, struct err *err)
{
	const struct way *w = &n->ways[CHANNEL_SMS];
	struct host *h = choose(n, message, w->tries, err);
	char *text = h ? text_short(message, HASSMSG_TEXT - 1) : NULL;
	struct msg_hass_sms m = {.id = number(w->n), .test = w->test};
	struct buf b;

	if (!text)
		return h ? err_set(err, "out of memory") : -1;
	snprintf(m.text, sizeof(m.text), "%s", text);
	free(text);
	n->sms = (struct sms){.n = w->n, .id = m.id};
	snprintf(n->sms.host, sizeof(n->sms.host), "%s", h->name);
	buf_init(&b, 256);
	msg_hass_sms_put(&b, &m);
	lines_send(n->engine, session_id(h->session), MSG_HASS_SMS, &b);
	buf_free(&b);
	return 0;
}

void sms_forget(struct notify *n)
{
	n->sms.n = 0;
}

static bool concerns(const struct notify *n, const struct host *h)
{
	return n && n->sms.n && n->sms.n == n->ways[CHANNEL_SMS].n && !strcmp(n->sms.host, h->name);
}

static void finish(struct notify *n, bool told, const char *why)
{
	char text[NOTIFY_ANSWER_MAX];

	snprintf(text, sizeof(text), "%s: %s", n->sms.host, why);
	sms_forget(n);
	notify_finished(n, CHANNEL_SMS, told, text);
}

int sms_received(struct host *h, struct rd *r)
{
	struct notify *n = h->engine->notify;
	struct msg_hass_sms_end m;

	msg_hass_sms_end_get(r, &m);
	if (!rd_end(r))
		return -1;
	if (concerns(n, h) && n->sms.id == m.id)
		finish(n, m.told, m.told ? "its hardware unit has told the phones" : m.why);
	return 0;
}

void sms_away(struct host *h)
{
	struct notify *n = h->engine->notify;

	if (concerns(n, h))
		finish(n, false, "the connection ended before it said what became of the SMS");
}
