/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verification - hosts are asked to compare their sites with the release; somebody may wait
 *
 * Others tell it what happened; it answers when every host has, or has left. What a host found
 * and repaired comes as events; here are only the sums.
 */
#ifndef WD_PUBLISHER_VERIFICATION_H
#define WD_PUBLISHER_VERIFICATION_H

#include "ctl.h"
#include "hosts.h"

/*
 * host NULL: all that are connected and serve the site; site "": all that the host serves. Takes
 * over the connection. wait: rows and progress while they work; else answered at once.
 */
void verification_start(struct engine *e, struct ctl_conn *c, struct host *host, const char *site,
			bool wait);
void verification_moves(struct host *h, const struct msg_verified *m);
void verification_look(struct engine *e); /* a host or a site came or went */
void verification_end(struct engine *e);

#endif
