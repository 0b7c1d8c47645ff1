/* SPDX-License-Identifier: Apache-2.0 */
/* events - what the hosts saw, kept once each however often it is told */
#ifndef WD_PUBLISHER_EVENTS_H
#define WD_PUBLISHER_EVENTS_H

#include "ctl.h"
#include "hosts.h"

/* -1: malformed. Acknowledged when it is kept. */
int event_received(struct host *h, uint32_t conn, struct rd *r);
/* Rows of the last n for the control socket; host "" = all. */
int events_list(struct engine *e, struct ctl_conn *c, const char *host, int n, struct err *err);
void events_prune(struct engine *e);

#endif
