/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal - the publisher's own record of acts and changes of state
 *
 * Each entry is a log line, a row in the database, and a row to everybody who follows.
 */
#ifndef WD_PUBLISHER_JOURNAL_H
#define WD_PUBLISHER_JOURNAL_H

#include "ctl.h"
#include "engine.h"

/* site and host: "" where none is concerned. A warning is an alarm, an error needs a person. */
void journal(struct engine *e, enum log_level level, const char *act, const char *site,
	     const char *host, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* An entry as others see it. */
json_t *journal_entry(int64_t time, int level, const char *act, const char *site, const char *host,
		      const char *text);
/* error, warning (or alarm), info, debug; -1: none of them. */
int journal_level(const char *name);

/* Control: `log`, `events`, `alarm-list` with "follow". */
enum follow_what { FOLLOW_JOURNAL, FOLLOW_EVENTS, FOLLOW_ALARMS };
void journal_list(struct engine *e, struct ctl_conn *c, int n, struct err *err);
/* Rows from now on, until the client leaves. host: "" = all. */
void follow(struct engine *e, struct ctl_conn *c, enum follow_what what, const char *host);
/* Takes the reference. */
void follow_tell(struct engine *e, enum follow_what what, const char *host, json_t *row);
void follow_end(struct engine *e);

#endif
