/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - commands by SMS: who may, with which code, and what happens then
 *
 * CUT acts first and stores its counter after: losing power in between cuts again,
 * which harms nobody. RESTORE stores counter and decision in one record, then acts.
 */
#ifndef HASS_AUTH_H
#define HASS_AUTH_H

#include "pdu.h"

void auth_init(void);
void auth_poll(void);
void auth_message(const struct pdu_in *sms); /* must stay until auth_busy() is false */
bool auth_busy(void);
void auth_forget(void); /* what was computed with a secret or counter that is no more */

#endif
