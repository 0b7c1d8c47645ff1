/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch - files that somebody has open for writing
 *
 * Opening is reported once, writing may come any time after it (in audit mode). So the file
 * is watched: each write makes its path be checked. Once it has been replaced, its inode,
 * which only the writer can still reach, is kept until he closes it, or two seconds: what he
 * wrote is evidence.
 */
#ifndef WD_WATCH_H
#define WD_WATCH_H

#include <event2/event.h>
#include "incident.h"
#include "site.h"
#include "tree.h"

struct watches;
typedef void watch_written(void *arg, struct site *site, const char *path, struct incident *cause);

struct watches *watches_new(struct event_base *base, watch_written *written, void *arg,
			    struct err *err);
void watches_free(struct watches *w); /* takes the evidence that is due; NULL is fine */
/* Before the path is checked. Fails silently: the checks that follow an event see it too. */
void watch_open(struct watches *w, struct site *site, const char *path, struct incident *cause);
/* For walk_place.detached: takes fd. */
void watch_detached(struct watches *w, const char *path, int fd, const struct entry *want,
		    struct incident *cause);

#endif
