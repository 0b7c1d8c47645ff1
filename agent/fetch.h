/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch - objects from the publisher into the vault
 *
 * A claim is one wish for one object; several may want the same. Wishes outlive the
 * connection: what has arrived of an object stays and is continued.
 */
#ifndef WD_FETCH_H
#define WD_FETCH_H

#include <event2/event.h>
#include "depot.h"
#include "proto.h"

struct fetch;
struct fetch_claim;
/* why NULL: the vault has it. The claim is gone when this is called. */
typedef void fetch_done(void *arg, const struct hash *h, const char *why);
typedef int fetch_send(void *arg, const struct msg_get *get);

struct fetch *fetch_new(struct event_base *base, struct depot *vault);
void fetch_free(struct fetch *f);

/* NULL: no memory. done is never called from within. */
struct fetch_claim *fetch_want(struct fetch *f, const struct hash *h, uint64_t size,
			       fetch_done *done, void *arg);
void fetch_cancel(struct fetch_claim *c); /* NULL is fine */

void fetch_online(struct fetch *f, fetch_send *send, void *arg); /* send NULL: offline */
/* -1: the message makes no sense, the connection is not to be trusted. */
int fetch_object(struct fetch *f, const struct msg_object *m, struct err *err);
void fetch_missing(struct fetch *f, const struct msg_object_missing *m);

uint64_t fetch_bytes(const struct fetch *f); /* received since the start, encoded */
bool fetch_idle(const struct fetch *f);
bool fetch_failing(const struct fetch *f); /* the disk takes no objects */

#endif
