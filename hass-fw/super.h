/* SPDX-License-Identifier: Apache-2.0 */
/*
 * super.h - the turn of the main loop, and who feeds the watchdog
 *
 * The watchdog is fed only when every task has checked in and time goes on. Whatever
 * hangs, the unit starts again within two seconds and re-applies a stored cut.
 */
#ifndef HASS_SUPER_H
#define HASS_SUPER_H

#include <stdbool.h>

void super_init(void);
bool super_turn(void); /* polls every task once; true: feed the watchdog */
bool super_idle(void); /* nothing to compute: sleep until an interrupt */

#endif
