/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mac.h - HMAC-SHA-1 with a stored secret, one at a time, a slice a turn
 *
 * An SMS command may take the engine from a serial request: whoever finds that
 * mac_owner() is no longer his starts again when the engine is free.
 */
#ifndef HASS_MAC_H
#define HASS_MAC_H

#include "proto.h"
#include "sha1.h"

enum mac_owner {
	MAC_FREE,
	MAC_BEAT,
	MAC_AUTH,
};

#define MAC_MESSAGE_MAX 55 /* one block with its padding */

/* The message is not copied: it must stay until mac_done(). */
void mac_start(enum mac_owner owner, enum hass_secret key, const uint8_t *message, uint8_t len);
enum mac_owner mac_owner(void);
bool mac_done(void); /* the digest of the owner stands */
bool mac_busy(void); /* slices are left: do not sleep */
const uint8_t *mac_digest(void);
void mac_release(void);

void mac_init(void);
void mac_poll(void);

#endif
