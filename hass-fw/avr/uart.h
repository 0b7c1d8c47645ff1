/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HASS_AVR_UART_H
#define HASS_AVR_UART_H

#include <stdbool.h>

void uart_init(void);
bool uart_waiting(void); /* a received byte has not been taken yet */

#endif
