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

/* The headers that every answer has. */
void answer_headers(struct evhttp_request *req, const char *type, bool api);
/* {"error": ..., "reason": ...} with the status that belongs to the reason. Ends req. */
void answer_refuse(struct evhttp_request *req, const char *reason, const char *error);
/* The same to what evhttp itself refuses (refusal.c); the connection ends. error: NULL allowed. */
void answer_error(struct evhttp_request *req, int status, const char *reason, const char *error);
/* The end of any answer: headers of an empty or whole body, and the connection's time runs. */
void answer_send(struct evhttp_request *req, int status, struct evbuffer *body);

#endif
