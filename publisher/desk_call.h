/* SPDX-License-Identifier: Apache-2.0 */
/* desk_call - one call of a browser, from who asks to the last line of the answer; desk.c's alone
 */
#ifndef WD_PUBLISHER_DESK_CALL_H
#define WD_PUBLISHER_DESK_CALL_H

#include "access.h"
#include "console/console.h"
#include "control.h"
#include "ctl.h"
#include "desk.h"
#include "download.h"
#include "logins.h"
#include "role.h"

#define DESK_JSON_MOST (CHAN_PAYLOAD_MAX - 64)

/* One call of a browser. Its answer may come long after it was asked. */
struct call {
	struct desk *desk;
	uint32_t id;
	const struct route *route;
	struct ctl_conn *conn;
	char login[LOGIN_ID_HEX]; /* of a stream: ends with it */
	bool stream, over;
	char job[24]; /* "" = the browser waits for the answer itself */
	struct download *download;
	TAILQ_ENTRY(call) entry;
};

struct desk {
	struct engine *engine;
	struct role *role;
	struct map calls; /* by id, those the console waits for */
	TAILQ_HEAD(call_list, call) all, dead;
	unsigned n, jobs;
	uint64_t last_job;
	struct event *bury;
	bool lost; /* the console could not take the feed */
};

/* The members of the console's envelope. */
struct envelope {
	json_t *args;
	const char *token, *csrf, *address, *agent;
};

/* To the console role, if there is one; frees b's memory. */
void desk_tell(struct desk *d, uint16_t type, struct buf *b);

struct call *call_new(struct desk *d, uint32_t id, const struct route *route); /* NULL: no memory */
/* Asks who it is and whether they may, and then does it. */
void call_run(struct call *c, const struct envelope *v);
void call_line(struct call *c, enum ctl_kind kind, const json_t *j);
/* Frees it a moment later: see there. */
void call_end(struct call *c);
void calls_bury(evutil_socket_t fd, short what, void *desk);

#endif
