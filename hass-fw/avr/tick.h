/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HASS_AVR_TICK_H
#define HASS_AVR_TICK_H

#include <stdbool.h>

void tick_init(void);
void tick_turn(void); /* once a turn of the main loop: moves seconds on */

#endif
