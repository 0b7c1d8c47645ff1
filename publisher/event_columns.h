/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_columns - host, site, operation, outcome of each stored event, in 8 bytes of memory
 *
 * A million are looked through in about a millisecond, whatever is asked for; no index on disk
 * answers every combination. What fits here is a candidate: the database has the last word, so a
 * name that found no place here (there are 65,534 for each column) costs time, never an event.
 */
#ifndef WD_PUBLISHER_EVENT_COLUMNS_H
#define WD_PUBLISHER_EVENT_COLUMNS_H

#include "event_block.h"

enum event_name { NAME_HOST, NAME_SITE, NAME_OP, NAME_KINDS };

struct event_columns;

/* What to look for. */
struct event_want {
	uint16_t states; /* a bit for each outcome, and for each with 8 more if acknowledged */
	uint16_t name[NAME_KINDS];
	bool named[NAME_KINDS]; /* is that one asked for? */
	bool none;		/* no event has a name that is asked for */
	bool any;		/* every event fits */
};

struct event_columns *event_columns_new(void);
void event_columns_free(struct event_columns *c);
/* names: by enum event_name. -1: no memory. */
int event_columns_put(struct event_columns *c, int64_t n, const char *const names[NAME_KINDS],
		      unsigned outcome, bool acked);
/* Of one that is there; nothing for others. */
void event_columns_state(struct event_columns *c, int64_t n, unsigned outcome, bool acked);
void event_columns_prune(struct event_columns *c, int64_t least);
/* names: "" = any. outcomes: a bit for each, -1: any. acked: 0, 1, or -1: any. */
void event_columns_want(const struct event_columns *c, const char *const names[NAME_KINDS],
			int64_t outcomes, int64_t acked, struct event_want *w);
/* Those from low to high (fewer than EVENT_SPAN) that fit, counted from `from`. False: none. */
bool event_columns_match(const struct event_columns *c, const struct event_want *w, int64_t from,
			 int64_t low, int64_t high, struct event_bits *to);

#endif
