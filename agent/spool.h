/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool - events on their way to the publisher
 *
 * An event goes into memory at once, to disk with the others of the same moment, and then
 * to the publisher until it acknowledges; a later change of it goes the same way. Bounded:
 * past the cap go first those the publisher has, then denied and clean ones, counted in an
 * event "folded". When the disk is full they wait in memory, as many as fit.
 */
#ifndef WD_SPOOL_H
#define WD_SPOOL_H

#include <event2/event.h>
#include "event.h"
#include "store.h"

#define SPOOL_CAP 200000

struct spool;
typedef int spool_send(void *arg, const void *encoded, size_t n);
typedef void spool_listener(void *arg, const struct wd_event *e);

struct spool *spool_new(struct event_base *base, struct store *store, uint64_t cap,
			struct err *err);
void spool_free(struct spool *s); /* keeps what it can; NULL is fine */

void spool_put(struct spool *s, const struct wd_event *e); /* new, or changed */
int spool_flush(struct spool *s);			   /* to disk now; -1: the disk refuses */

void spool_online(struct spool *s, spool_send *send, void *arg); /* send NULL: offline */
void spool_acked(struct spool *s, const char *id);

int spool_last(struct spool *s, int n, void (*each)(void *arg, const struct wd_event *e),
	       void *arg);
/* Events an earlier run could not finish: the verification at start covers them. */
int spool_unfinished(struct spool *s, void (*each)(void *arg, const struct wd_event *e), void *arg);
void *spool_listen(struct spool *s, spool_listener *each,
		   void *arg); /* every put; NULL: no memory */
void spool_unlisten(struct spool *s, void *listener);

struct spool_state {
	uint64_t kept, unsent, folded;
	bool refused; /* the disk does not take them */
};
void spool_state(struct spool *s, struct spool_state *out);

#endif
