/* SPDX-License-Identifier: Apache-2.0 */
/* keys_seal - the keys role on sealing: its public key, and one statement at a time (roles.h) */
#ifndef WD_PUBLISHER_KEYS_SEAL_H
#define WD_PUBLISHER_KEYS_SEAL_H

#include "keys.h"

/* As keys_answer(), from behind the type. */
uint16_t keys_seal_answer(struct keys *k, uint16_t type, struct rd *r, struct buf *out);

#endif
