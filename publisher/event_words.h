/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_words - what people type into a search, and whether an event has it
 *
 * Between blanks are words, all of which an event must have. A word may be split further, as
 * "/srv/www/ind" is: then its parts must follow each other. The last part need only begin so.
 * Nothing in them is syntax.
 */
#ifndef WD_PUBLISHER_EVENT_WORDS_H
#define WD_PUBLISHER_EVENT_WORDS_H

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
};

/* query: at most QUERY_TEXT_MAX bytes. -1: no memory. */
int event_words_take(struct store *s, const char *query, struct event_words *w, struct err *err);
/* Are all of them in this text? 0: no, 1: yes, -1: no memory. */
int event_words_fit(struct store *s, const struct event_words *w, const char *text,
		    struct err *err);

#endif
