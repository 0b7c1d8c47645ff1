/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_outbox - reports the publisher has not yet acknowledged
 *
 *   STATE/audit/outbox/NUMBER    an AUDIT_REPORT as it travels (lib/proto_audit.h)
 *
 * They survive a restart and a line that is down; of too many, the oldest go.
 */
#ifndef WD_AUDIT_OUTBOX_H
#define WD_AUDIT_OUTBOX_H

#include "proto_audit.h"

#define AUDIT_OUTBOX_MAX 32

struct audit_outbox;
struct audit_outbox *audit_outbox_open(const char *dir, struct err *err);
void audit_outbox_close(struct audit_outbox *o); /* NULL is fine */

typedef int audit_send(void *arg, const void *encoded, size_t n); /* -1: not now */
/* Keeps it, and sends it if there is a line. Sets m->number. */
int audit_outbox_put(struct audit_outbox *o, struct msg_audit_report *m, struct err *err);
void audit_outbox_acked(struct audit_outbox *o, uint64_t number);
/* send NULL: the line is down. Else everything kept goes out again. */
void audit_outbox_online(struct audit_outbox *o, audit_send *send, void *arg);
size_t audit_outbox_count(const struct audit_outbox *o);

#endif
