/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl - the control socket: one JSON object a line, each way
 *
 * Request  {"cmd": "status", ...arguments}
 * Answer   any number of {"row": ...} or {"progress": ...}, then one last line
 *          {"ok": true, ...} or {"ok": false, "error": "one sentence"}
 * Only root, and the user the daemon runs as, is served (SO_PEERCRED).
 * A request is at most CTL_LINE_MAX bytes, nested at most 32 deep, no key twice.
 */
#ifndef WD_CTL_H
#define WD_CTL_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include "log.h"

#define CTL_LINE_MAX 65536

/* Server. */
struct ctl;
struct ctl_conn;
typedef void ctl_handler(void *arg, struct ctl_conn *c, json_t *request); /* borrows request */

struct ctl *ctl_listen(struct event_base *base, const char *path, ctl_handler *handler, void *arg,
		       struct err *err);
void ctl_free(struct ctl *c); /* removes the socket */
/* All three take the reference to j (may be NULL for ok). */
void ctl_row(struct ctl_conn *c, json_t *j);
void ctl_row_text(struct ctl_conn *c, const char *json); /* an object on one line */
void ctl_progress(struct ctl_conn *c, json_t *j);
void ctl_ok(struct ctl_conn *c, json_t *j); /* ends the request */
void ctl_fail(struct ctl_conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with further members for who reads it: "reason", "field", ... Takes the reference. */
void ctl_refuse(struct ctl_conn *c, json_t *with, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* For answers that come later. `gone` is called when the client leaves before ok/fail. */
void ctl_on_gone(struct ctl_conn *c, void (*gone)(void *arg, struct ctl_conn *c), void *arg);
bool ctl_backlog(const struct ctl_conn *c); /* the client reads too slowly: skip rows */
/* Called once: by ok (error NULL) or fail, before the last line leaves, or when c ends. */
void ctl_on_answer(struct ctl_conn *c, void (*answer)(void *arg, const char *error), void *arg);
/* Whatever the handler wants to know about who asks; borrowed. */
void ctl_set_who(struct ctl_conn *c, void *who);
void *ctl_who(const struct ctl_conn *c);
int ctl_peer_uid(const struct ctl_conn *c); /* of a socket's client; -1: there is none */

/*
 * A request that came another way than by the socket (the web console): the same handlers
 * answer it, and what they say goes to `line`, which borrows j. After `last`, c is of no use.
 */
enum ctl_kind { CTL_ROW, CTL_PROGRESS, CTL_OK, CTL_FAIL };
struct ctl_sink {
	void (*line)(void *arg, enum ctl_kind kind, json_t *j);
	void (*row)(void *arg, const char *text); /* a CTL_ROW that is text already */
	bool (*backlog)(void *arg);
};
struct ctl_conn *ctl_virtual(const struct ctl_sink *sink, void *arg); /* NULL: no memory */
/* Tells whoever still works on it that the client has gone. */
void ctl_virtual_free(struct ctl_conn *c);

/* Client, blocking. row/progress may be NULL. Takes request. The last line (new reference), or
 * NULL. */
json_t *ctl_call(const char *path, json_t *request, void (*row)(void *arg, json_t *j),
		 void (*progress)(void *arg, json_t *j), void *arg, struct err *err);

#endif
