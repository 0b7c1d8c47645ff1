/* SPDX-License-Identifier: Apache-2.0 */
/* init - makes a publisher: certificate authority, signing key, its own certificate, database */
#ifndef WD_PUBLISHER_INIT_H
#define WD_PUBLISHER_INIT_H

#include "log.h"

/* address: HOST:PORT for enrolment bundles, "" = unknown. Overwrites nothing. */
int init_state(const char *state, const char *name, const char *address, struct err *err);

#endif
