/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealing - the guard's part in sealed mode: key and commands from the publisher to the module,
 * the state to the publisher, and an alarm where a host that should be sealed is not
 *
 * STATE/trust/seal.key   the publisher's key, signed with the release key
 * STATE/sealed           is there: this host is to be sealed (it was, once)
 */
#ifndef WD_SEALING_H
#define WD_SEALING_H

#include "log.h"
#include "seal.h"

struct guard;
struct sealing;

/* module: false where the module is not to be used. */
struct sealing *sealing_new(struct guard *g, bool module);
void sealing_free(struct sealing *s); /* NULL is fine */

void sealing_online(struct sealing *s);				     /* tells the state */
void sealing_told(struct sealing *s, const struct msg_seal *m);	     /* MSG_SEAL */
void sealing_key(struct sealing *s, const struct seal_key *k);	     /* MSG_SEAL_KEY */
int sealing_seal(struct sealing *s, struct err *err);		     /* wdctl seal */
void sealing_problem(const struct sealing *s, char *to, size_t cap); /* "": none */

#endif
