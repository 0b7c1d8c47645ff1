/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mac.h - HMAC-SHA-1 with a stored secret, one at a time, a slice a turn
 *
 * Whose work it is shows in the secret. A RESTORE may take the engine from anybody: who finds
 * that it no longer works with his secret starts again when the engine is free.
 */
#ifndef HASS_MAC_H
#define HASS_MAC_H

#include "proto.h"
#include "sha1.h"

#define MAC_MESSAGE_MAX SHA1_SIZE

/*
 * Returns where the message goes, `len` bytes of big-endian words: zeros so far. It is
 * written before the next mac_poll().
 */
uint32_t *mac_start(enum hass_secret key, uint8_t len);
bool mac_free(void);
bool mac_is(enum hass_secret key);   /* it works, or has worked, with this secret */
bool mac_done(enum hass_secret key); /* likewise, and the digest stands */
bool mac_busy(void);		     /* slices are left: do not sleep */
const uint32_t *mac_digest(void);
void mac_release(void);

void mac_init(void);
void mac_poll(void);

#endif
