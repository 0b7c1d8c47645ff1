/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push - `wdpub push` that waits: for the release, then for every connected host
 *
 * Others tell it what happened; it answers the control connection when nothing is left to
 * wait for. A host that is not connected, or leaves, is named and not waited for.
 */
#ifndef WD_PUBLISHER_PUSH_H
#define WD_PUBLISHER_PUSH_H

#include "ctl.h"
#include "hosts.h"
#include "sites.h"

/* site NULL: all. Takes over the connection. */
void push_start(struct engine *e, struct ctl_conn *c, struct site *site, const struct wish *wish,
		bool wait);
/* Waits for a release that is being made already (rollback). */
void push_follow(struct engine *e, struct ctl_conn *c, struct site *site, bool wait);

void push_site_released(struct site *s, bool fresh); /* fresh: false = unchanged */
void push_site_refused(struct site *s, const char *why);
void push_site_gone(struct engine *e, const char *site);
void push_progress(struct host *h, struct host_site *hs);
void push_host_changed(struct host *h);
void push_host_gone(struct host *h);
void push_end(struct engine *e);

#endif
