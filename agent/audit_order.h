/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_order - what the publisher orders, judged
 *
 *   STATE/audit/last-order       the request obeyed last: an order is obeyed once
 *   STATE/audit/waivers.json     findings somebody answers for
 *   STATE/advisories.json .sig, STATE/advisories.pub
 */
#ifndef WD_AUDIT_ORDER_H
#define WD_AUDIT_ORDER_H

#include "identity.h"
#include "proto_audit.h"

/* Fills in *o, whose data points into m. -1: not to be obeyed, err says why. *ours: its
 * signature is right and it is for this host, so that the publisher may hear of a refusal. */
int audit_order_open(const struct msg_audit_order *m, const struct identity *id,
		     struct audit_order *o, bool *ours, struct err *err);
/* AUDIT_WAIVERS and AUDIT_ADVISORIES: checked, then kept. 1: kept; 0: that is here already. */
int audit_order_keep(const struct audit_order *o, const char *state, struct err *err);

#endif
