/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem.h - keeps an ME3000 alive and talks AT with it
 *
 * One command at a time, a table says what to say; whatever the modem says on its own is
 * understood between any two lines. Silence leads to a reset, then to the power key.
 */
#ifndef HASS_MODEM_H
#define HASS_MODEM_H

#include "proto.h"

void modem_init(void);
void modem_poll(void);

enum hass_modem modem_state(void);
uint8_t modem_signal(void);
uint8_t modem_sim_used(void);

#endif
