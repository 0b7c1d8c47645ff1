/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack.h - painted before main(), so that its deepest use can be seen later
 */
#ifndef HASS_AVR_STACK_H
#define HASS_AVR_STACK_H

#include <stdbool.h>

bool stack_sound(void); /* the canary above the static RAM is untouched */

#endif
