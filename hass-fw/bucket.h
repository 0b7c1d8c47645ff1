/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bucket.h - token buckets: bounded tries and messages without ever locking anybody out
 *
 * Levels are part of the stored state; the time to the next token is not, so power
 * loss gives nobody a token.
 */
#ifndef HASS_BUCKET_H
#define HASS_BUCKET_H

#include "proto.h"
#include <stdbool.h>

void bucket_init(void);
void bucket_poll(void);
uint8_t bucket_level(enum hass_bucket which);
bool bucket_take(enum hass_bucket which); /* false: it is empty; the caller saves the state */

#endif
