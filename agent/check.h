/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check - paths that must be looked at: after an event, again a little later, when an object
 * has come, or when what failed may work by now
 *
 * One check a path: further events of the path join it. It lives
 *   QUEUED    to be walked as soon as possible
 *   DELAYED   to be walked again: the change may be made after it was reported, or the last
 *             attempt failed
 *   AWAITING  an object from the publisher
 * and is gone when nothing of that is left.
 */
#ifndef WD_CHECK_H
#define WD_CHECK_H

#include "fetch.h"
#include "sched.h"
#include "walk.h"

struct checks;

/* Tells that events came faster than paths can be remembered: verify the whole site. */
typedef void checks_overflow(void *arg, struct site *site);

struct checks *checks_new(struct event_base *base, struct sched *sched, struct fetch *fetch,
			  const struct walk_place *place, checks_overflow *overflow, void *arg);
void checks_free(struct checks *c);

enum check_flags {
	CHECK_BELOW = 1, /* everything below the path as well */
	CHECK_FOLLOW =
		2, /* the change may still be coming: look again after 20 ms, 200 ms and 2 s */
};
/* Takes no reference of its own if it fails: the incident ends with the caller's. */
void checks_add(struct checks *c, struct site *site, const char *path, unsigned int flags,
		struct incident *cause);
/* For walk_place.trouble. */
void checks_trouble(struct checks *c, struct site *site, const char *path, const struct hash *need,
		    uint64_t size, struct incident *i, const char *why);
/* A new release rules: walks begin anew, and what was waited for may be needed no more. */
void checks_again(struct checks *c, struct site *site);
uint32_t checks_troubled(const struct checks *c); /* paths not right now */
uint32_t checks_pending(const struct checks *c);  /* all that live */
bool checks_idle(const struct checks *c);	  /* nothing queued or running; waiting is idle */

#endif
