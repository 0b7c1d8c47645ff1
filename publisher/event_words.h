/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_words - what people type into a search, and whether an event has it
 *
 * Between blanks are words, all of which an event must have. A word may have parts, as
 * "/srv/www/ind" has: then these must follow each other in one word of the event. The last part
 * need only begin so. Nothing in them is syntax.
 *
 * The index has keys: each part, and each pair of parts that follow each other. So a path that
 * does not occur is not found among all the events that have its parts.
 */
#ifndef WD_PUBLISHER_EVENT_WORDS_H
#define WD_PUBLISHER_EVENT_WORDS_H

#include "event_block.h"
#include "store.h"

#define QUERY_TEXT_MAX 200
#define QUERY_TERMS_MAX (QUERY_TEXT_MAX / 2 + 1)

struct event_term {
	uint16_t at, len; /* in text */
	bool last;	  /* of its word */
};

struct event_words {
	char text[3 * QUERY_TEXT_MAX]; /* lower case may be longer */
	struct event_term term[QUERY_TERMS_MAX];
	unsigned n;
	bool asked; /* something was typed; with n = 0 nothing can have it */
	bool loose; /* the index knows too little of it: event_words_fit() must be asked */

	/* What the index is asked for: an event must have a key that begins with each of these. */
	struct event_key {
		char bytes[EVENT_TERM_MAX];
		uint8_t len;
	} key[QUERY_TERMS_MAX];
	unsigned n_keys;
};

/* A key is a pair if it begins with this, which is in no part. */
#define EVENT_PAIR 1

/* query: at most QUERY_TEXT_MAX bytes. -1: no memory. */
int event_words_take(struct store *s, const char *query, struct event_words *w, struct err *err);
/* All keys of a text; non-zero from `key` ends early. -1: no memory. */
int event_words_keys(struct store *s, const char *text,
		     int (*key)(void *arg, const char *p, size_t n), void *arg, struct err *err);
/* Are all of them in this text? 0: no, 1: yes, -1: no memory. */
int event_words_fit(struct store *s, const struct event_words *w, const char *text,
		    struct err *err);

#endif
