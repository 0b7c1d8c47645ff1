/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify - the engine's end of telling people: what is to be told, to whom, until it is
 *
 * A message is a row in table delivery, written in the transaction that holds its alarm. Each
 * channel takes its oldest due row, gives it to the notify role (notifier.h) and waits for
 * the answer: sent, or tried again later, three times as long each time up to an hour, for
 * a week. A role or an engine that dies in between leaves the row waiting: a message may
 * arrive twice, never not at all. SMS go through a host's agent instead (channel_sms.c).
 */
#ifndef WD_PUBLISHER_NOTIFY_H
#define WD_PUBLISHER_NOTIFY_H

#include "alarm.h"
#include "buf.h"
#include "notify_conf.h"

int notify_start(struct engine *e, struct err *err);
void notify_stop(struct engine *e);
void notify_tick(struct engine *e); /* every second */
const struct notify_conf *notify_conf(struct engine *e);

/* reason: open, more, escalate, clear. */
void notify_alarm(struct engine *e, const struct alarm *a, const char *reason);
/* One message for n alarms of a kind, of which a is the first. */
void notify_digest(struct engine *e, const struct alarm *a, int n, const char *names);
void notify_cancel(struct engine *e, int64_t alarm, const char *why);

json_t *notify_show(struct engine *e); /* without secrets; new reference */
int notify_set(struct engine *e, const json_t *change, struct err *err);
/* Answers the request when the message was taken, or refused. */
void notify_test(struct engine *e, struct ctl_conn *c, enum channel channel);
int notify_log(struct engine *e, struct ctl_conn *c, int64_t alarm, int64_t before, int limit,
	       int64_t *next, struct err *err);
void notify_prune(struct engine *e, int64_t before);
int notify_waiting(struct engine *e);

/* channel_sms.c: what a host says of the text that its hardware unit was given; it went away. */
struct host;
int sms_received(struct host *h, struct rd *r); /* -1: malformed */
void sms_away(struct host *h);

#endif
