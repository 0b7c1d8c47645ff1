/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_text - a stored event as people get it: as JSON for the console, as a line of CSV
 *
 * What is stored came from a web server that may be an attacker's, names in it from whoever made
 * the file. Here it becomes data and nothing else; tests/fuzz/fuzz_event_text insists on that.
 */
#ifndef WD_PUBLISHER_EVENT_TEXT_H
#define WD_PUBLISHER_EVENT_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/*
 * A row of table event; acked 0: nobody has seen to it, by and note mean nothing.
 */
struct event_stored {
	int64_t n, received, acked;
	const char *host, *data, *by, *note;
	/* For event_text_dump() alone, which does not read data: */
	const char *id;
	bool valid; /* is data JSON? */
};

/* As doc/openapi.yaml has it, new. NULL: what is stored is no JSON object. */
json_t *event_text_json(const struct event_stored *s);

/*
 * The same as text on one line, to be freed, without reading what is stored: many times faster.
 * Where a name occurs twice, ours comes last, which is the one that counts.
 */
char *event_text_dump(const struct event_stored *s);

/*
 * A cell in quotes. One that begins as a formula does to a spreadsheet gets a quote before it,
 * which makes it text there.
 */
void event_text_cell(struct buf *b, const char *text);
/* The members of these names as a line; j NULL: the names themselves. names: ends with NULL. */
void event_text_line(struct buf *b, const char *const names[], const json_t *j);

#endif
