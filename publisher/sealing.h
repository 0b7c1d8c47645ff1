/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealing - which hosts are sealed, and should be; `wdpub seal` and `wdpub unseal` (lib/seal.h)
 *
 * A host that was seen sealed is expected to be so from then on: if it comes without, that
 * is an alarm (a boot with noseal, another module, no module).
 */
#ifndef WD_PUBLISHER_SEALING_H
#define WD_PUBLISHER_SEALING_H

#include "ctl.h"
#include "hosts.h"
#include "seal.h"

int sealing_start(struct engine *e, struct err *err); /* asks the keys role for the key */
void sealing_stop(struct engine *e);

/* What the session tells. */
void sealing_greet(struct host *h);
void sealing_away(struct host *h);
int sealing_received(struct host *h, struct rd *r); /* MSG_SEALED; -1: malformed */
void sealing_tick(struct host *h);
void sealing_free(struct host *h);
void sealing_forget(struct host *h); /* it is removed, or need not be sealed any more */

/* Answers on c. seconds: 1..SEAL_SECONDS_MAX. */
void sealing_seal(struct host *h, struct ctl_conn *c);
void sealing_unseal(struct host *h, struct ctl_conn *c, uint32_t seconds);
void sealing_respond(struct host *h, struct ctl_conn *c, uint32_t seconds,
		     const struct seal_challenge *challenge);

const char *sealing_state(const struct host *h); /* for people: as last heard */

#endif
