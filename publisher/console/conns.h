/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conns - every connection of the console, and which of them must go
 *
 * A request must be complete CONN_FIRST_S after the connection was made, or CONN_IDLE_S after
 * the answer before it, however steadily its bytes trickle. When there are CONNS_MAX, another
 * one costs one of those that never showed a login: the oldest of the address that has most,
 * so that a thousand slow clients push each other out and not an administrator.
 */
#ifndef WD_CONSOLE_CONNS_H
#define WD_CONSOLE_CONNS_H

#include "console/console.h"

#define CONNS_MAX 600
#define CONN_FIRST_S 15
#define CONN_IDLE_S 75

struct conns *conns_new(void);
void conns_free(struct conns *c);
/* For evhttp: the bufferevent of a connection that is just being accepted. */
struct bufferevent *conns_accept(struct event_base *base, void *console);
void conns_tick(struct conns *c);
/* A request of it is being answered: its time does not run. */
void conns_busy(struct evhttp_connection *evcon);
void conns_idle(struct evhttp_connection *evcon);
void conns_known(struct evhttp_connection *evcon); /* it showed a login that is good */
/* It ends with the answer that comes now, perhaps amid a request: see linger.h. */
void conns_refused(struct evhttp_connection *evcon);

#endif
