/* SPDX-License-Identifier: Apache-2.0 */
/* session - one connection of one host, from admission to its end (lib/proto.h) */
#ifndef WD_PUBLISHER_SESSION_H
#define WD_PUBLISHER_SESSION_H

#include "engine.h"

struct session;

/* Admits it, or drops it and returns NULL. */
struct session *session_opened(struct engine *e, uint32_t conn, const char *host,
			       const struct hash *fingerprint, const char *address);
void session_got(struct session *s, uint16_t type, const void *p, size_t n); /* may free s */
void session_closed(struct session *s, const char *why);		     /* frees s */
void session_drop(struct session *s, const char *why); /* BYE, close, frees s */

uint32_t session_id(const struct session *s);
bool session_open(const struct session *s); /* HELLO was said, with its own certificate */

/* Sends an acknowledgement once what was written before is certain; empties b. */
void session_ack(struct engine *e, uint32_t conn, uint16_t type, struct buf *b);

#endif
