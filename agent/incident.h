/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident - one event while the agent deals with it
 *
 * Counted: every check that was caused by it, every directory it made wrong and every path
 * that still waits holds it. What is told (spool.h) is the outcome as it stands, again
 * whenever it changes; with the last reference it is final.
 */
#ifndef WD_INCIDENT_H
#define WD_INCIDENT_H

#include <stdbool.h>
#include "event.h"
#include "evidence.h"
#include "spool.h"

struct incident_desk { /* what all of them share */
	struct spool *spool;
	struct evidence *evidence;
	int live;
};

struct incident;

/* Told at once. NULL: no memory. */
struct incident *incident_open(struct incident_desk *desk, const struct wd_event *e);
struct incident *incident_hold(struct incident *i); /* NULL stays NULL */
void incident_put(struct incident *i);		    /* NULL is fine */

/* A path was put right: it had to be written, attributes counting as well, or taken away. */
void incident_restored(struct incident *i, const struct hash *expected, const struct hash *found);
void incident_removed(struct incident *i, const struct hash *found);
/* A path that cannot be put right now, and one that could be after all. */
enum incident_trouble { TROUBLE_WAITING, TROUBLE_FAILED, TROUBLE_KINDS };
void incident_trouble(struct incident *i, enum incident_trouble t, const char *why);
void incident_trouble_over(struct incident *i, enum incident_trouble t);
/* The first note stays: it is about what the event is about. */
void incident_note(struct incident *i, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Keeps the subject (event and number are filled in). Failing is noted, and that is all. */
void incident_evidence(struct incident *i, struct evidence_subject *s, struct hash *found);
void incident_tell(struct incident *i);		   /* if anything changed since it was told last */
bool incident_untouched(const struct incident *i); /* nothing has been done about it yet */

#endif
