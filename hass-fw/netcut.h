/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netcut.h - the MAX312 that carries the web server's Ethernet pairs
 *
 * A cut acts at once and is stored after; a restore is stored first and acts after.
 */
#ifndef HASS_NETCUT_H
#define HASS_NETCUT_H

#include "proto.h"
#include <stdbool.h>

void netcut_init(void); /* re-applies a stored cut: comes before everything else */
void netcut_poll(void);
void netcut_cut(enum hass_note why);
void netcut_restore(void); /* the caller may change more of the state first: one record */
bool netcut_is_cut(void);  /* decided, not necessarily stored */

#endif
