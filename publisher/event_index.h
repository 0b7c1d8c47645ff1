/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_index - which of very many events may fit, found without reading them
 *
 *   event_columns   host, site, operation, outcome of each event, in memory
 *   event_tail      the words of the newest events, in memory
 *   event_segment   the words of the older ones: tables event_segment and event_term
 *
 * It follows the table of events by itself: what is new is read before a search and once a
 * second, a slice at a time, and so is all of it after a start. Whatever is wrong here is put
 * right by reading again; the events themselves are the truth.
 */
#ifndef WD_PUBLISHER_EVENT_INDEX_H
#define WD_PUBLISHER_EVENT_INDEX_H

#include "engine.h"
#include "event_block.h"
#include "event_columns.h"
#include "event_words.h"

int event_index_start(struct engine *e, struct err *err);
void event_index_stop(struct engine *e);
/*
 * Reads on, a slice. 1: all that is stored is known (words: their words, too); 0: not yet, ask
 * again a moment later; -1: it cannot be.
 */
int event_index_ready(struct engine *e, bool words, struct err *err);
void event_index_tick(struct engine *e);
void event_index_changed(struct engine *e, int64_t n); /* its outcome, or that it was seen to */
void event_index_prune(struct engine *e);	       /* old events were dropped */

const struct event_columns *event_index_columns(const struct engine *e);
/* Events whose words are kept together: the newest such range that begins below `before`. */
struct event_range {
	int64_t first, last;
	bool tail;
};
bool event_index_range(const struct engine *e, int64_t before, struct event_range *r);
/* Adds those of the range with a key that begins so, counted from r->first. */
int event_index_match(struct engine *e, const struct event_range *r, const struct event_key *k,
		      struct event_bits *to, struct err *err);

#endif
