/* SPDX-License-Identifier: Apache-2.0 */
/* reply - what every answer has: its headers, its status, its end */
#ifndef WD_CONSOLE_REPLY_H
#define WD_CONSOLE_REPLY_H

#include <jansson.h>

#include "console/console.h"

/* The headers that every answer has. type: NULL for none. */
void reply_headers(struct evhttp_request *req, const char *type, bool api);
/* The end of any answer: headers of an empty or whole body, and the connection's time runs. */
void reply_send(struct evhttp_request *req, int status, struct evbuffer *body);

/* JSON as it is, or made. Headers and all; ends req. */
void reply_text(struct evhttp_request *req, int status, const char *text, size_t n);
void reply_json(struct evhttp_request *req, int status, json_t *j);

/* The status that belongs to a reason; 400 for none. */
int reply_status(const char *reason);
/* {"error": ..., "reason": ...} with the status that belongs to the reason. Ends req. */
void reply_refuse(struct evhttp_request *req, const char *reason, const char *error);
/* The same to what evhttp itself refuses (refusal.c); the connection ends. error: NULL allowed. */
void reply_error(struct evhttp_request *req, int status, const char *reason, const char *error);

#endif
