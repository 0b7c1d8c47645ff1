/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm - what calls for a person, from the first sign to the end
 *
 *            raise            ack               clear (conditions only)
 *   (none) ────────► OPEN ────────► ACKNOWLEDGED ────────► CLEARED
 *                      └──────────────clear────────────────►
 *
 * One live alarm exists for each (kind, host, subject): further signs are counted into it.
 * An alarm that counts occurrences is over when it is acknowledged; what happens later
 * makes a new one. Messages are folded here: the first at once, then one a window with the
 * count; escalated while nobody acknowledges. Everything is written in the transaction that
 * holds its cause, so an event that was acknowledged to its host has its alarm on disk.
 */
#ifndef WD_PUBLISHER_ALARM_H
#define WD_PUBLISHER_ALARM_H

#include <sys/queue.h>

#include "alarm_kinds.h"
#include "ctl.h"
#include "engine.h"
#include "event.h"

enum alarm_state { ALARM_OPEN, ALARM_ACKNOWLEDGED, ALARM_CLEARED, ALARM_STATES };

#define ALARM_SUBJECT_MAX 128
#define ALARM_TEXT_MAX 1024
#define ALARM_NAME_MAX 64

struct alarm {
	int64_t n; /* its number, for people */
	enum alarm_kind kind;
	enum alarm_severity severity;
	enum alarm_state state;
	bool live;
	char host[HOST_NAME_MAX_WD];	 /* "": the publisher itself */
	char subject[ALARM_SUBJECT_MAX]; /* a site, a service, a channel; "" */
	char text[ALARM_TEXT_MAX];	 /* clean: no control characters, valid UTF-8 */
	char event[EVENT_ID_MAX];	 /* the last event that counted in */
	int64_t first, last, cleared;	 /* ns since 1970 */
	int64_t count;
	int64_t told, told_count; /* last message; what the count was then */
	int64_t escalated, acked;
	char ack_by[ALARM_NAME_MAX], ack_note[256];
	TAILQ_ENTRY(alarm) entry;
};

struct alarms;

int alarms_load(struct engine *e, struct err *err);
void alarms_free(struct engine *e);
void alarms_tick(struct engine *e); /* every second */

/* subject and event may be "". The text is cleaned here: names of files come as they are. */
void alarm_raise(struct engine *e, enum alarm_kind kind, const char *host, const char *subject,
		 const char *event, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* The condition is gone; nothing happens where there was none. */
void alarm_clear(struct engine *e, enum alarm_kind kind, const char *host, const char *subject);
/* A host or a channel was removed: what concerns it is over. */
void alarms_forget_host(struct engine *e, const char *host);

const struct alarm *alarm_find(struct engine *e, enum alarm_kind kind, const char *host,
			       const char *subject);
int alarm_ack(struct engine *e, int64_t n, const char *by, const char *note, struct err *err);
int alarm_count(struct engine *e, enum alarm_state state, int severity); /* severity -1: all */
json_t *alarm_json(const struct alarm *a);
json_t *alarms_live_json(struct engine *e, unsigned most); /* the open ones */
struct alarm_query {
	int64_t before;		 /* older than this number; 0: from the newest */
	const char *host, *kind; /* "": all */
	unsigned states;	 /* a bit each */
	int limit;
};
/* Rows, newest first; *next is the number to go on before, 0 at the end. */
int alarm_list(struct engine *e, struct ctl_conn *c, const struct alarm_query *q, int64_t *next,
	       struct err *err);
const char *alarm_state_name(int state);
int alarm_state_parse(const char *name); /* -1: there is none */

/* Control characters, direction overrides and bytes that are no UTF-8 become \xNN. */
void alarm_clean(char *to, size_t cap, const char *from);

#endif
