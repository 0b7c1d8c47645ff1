/* SPDX-License-Identifier: Apache-2.0 */
/* lines - the engine's end of the link role: connections by number (roles.h) */
#ifndef WD_PUBLISHER_LINES_H
#define WD_PUBLISHER_LINES_H

#include "chan.h"
#include "engine.h"

int lines_start(struct engine *e, struct err *err);
void lines_stop(struct engine *e);
pid_t lines_pid(const struct engine *e);

void lines_admit(struct engine *e, uint32_t conn, enum link_stage stage);
void lines_drop(struct engine *e, uint32_t conn, const char *reason);
/* Sends and empties b. Lost if the link is down: then so is the connection. */
void lines_send(struct engine *e, uint32_t conn, uint16_t type, struct buf *b);
struct session;
struct session *lines_find(struct engine *e, uint32_t conn); /* NULL: over */
/* The hosts to be called are these now. */
void lines_dial(struct engine *e);

#endif
