/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_desk - when this host is audited, and what is ordered from the publisher
 *
 * By the clock (agent.conf: audit { interval }), soon after a start, after packages changed
 * (audit_watch), and when the publisher says so. One at a time, in a process of its own
 * (audit_child): the guard only waits for its end. Reports go to the outbox.
 */
#ifndef WD_AUDIT_DESK_H
#define WD_AUDIT_DESK_H

#include <event2/event.h>
#include "audit_outbox.h"
#include "conf.h"
#include "identity.h"

#define AUDIT_QUEUE_MAX 16

struct audit_desk;
/* note: something that must be known beyond the log. conf and id outlive it. */
struct audit_desk *audit_desk_new(struct event_base *base, const struct conf *conf,
				  const struct identity *id,
				  void (*note)(void *arg, const char *text), void *arg,
				  struct err *err);
void audit_desk_free(struct audit_desk *d); /* NULL is fine */

void audit_desk_online(struct audit_desk *d, audit_send *send, void *arg);
void audit_desk_order(struct audit_desk *d, const struct msg_audit_order *m);
void audit_desk_acked(struct audit_desk *d, uint64_t number);

#endif
