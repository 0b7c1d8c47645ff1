/* SPDX-License-Identifier: Apache-2.0 */
/* keys_hass - what the keys role does for hardware units: opens a sealed key, makes one MAC */
#ifndef WD_PUBLISHER_KEYS_HASS_H
#define WD_PUBLISHER_KEYS_HASS_H

#include "keys.h"

/* As keys_answer(), for KEYS_HASS_BOX and KEYS_HASS_MAC. */
uint16_t keys_hass_answer(struct keys *k, uint16_t type, struct rd *r, struct buf *out);

#endif
