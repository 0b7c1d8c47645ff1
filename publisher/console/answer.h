/* SPDX-License-Identifier: Apache-2.0 */
/* answer - a call that waits for the engine, and its words as HTTP */
#ifndef WD_CONSOLE_ANSWER_H
#define WD_CONSOLE_ANSWER_H

#include "access.h"
#include "console/console.h"

struct answer;

/* Sends the call. On failure the request has been answered. */
void answer_begin(struct console *c, struct evhttp_request *req, unsigned route, json_t *args,
		  const char *token);
/* From the engine. */
void answer_line(struct console *c, struct rd *r);
void answer_data(struct console *c, struct rd *r);
void answers_free(struct console *c);

#endif
