/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count.h - the named counters of proto.h
 */
#ifndef HASS_COUNT_H
#define HASS_COUNT_H

#include "proto.h"

/* Interrupts count overruns here, the main loop everything else: nobody shares a counter. */
extern volatile uint16_t counts[HASS_C__MAX];

void count(enum hass_counter which);
uint16_t count_read(uint8_t which);

#endif
