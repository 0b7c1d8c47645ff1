/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HASS_AVR_PINS_H
#define HASS_AVR_PINS_H

void board_init(void);
void board_turn(void); /* once a turn: debounces the jumper, looks at the stack's canary */

#endif
