/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throttle - after some failures, one waits; after more, longer
 *
 * For an account: 5 failures are free, then 2, 4, 8 ... up to 300 s between tries. For an
 * address (an IPv6 /64): 20 free, then up to 900 s. Success clears the account. Kept in memory;
 * when the table is full the entry that was touched longest ago goes.
 */
#ifndef WD_PUBLISHER_THROTTLE_H
#define WD_PUBLISHER_THROTTLE_H

#include <stdint.h>

#define THROTTLE_ENTRIES 4096

struct throttle;
struct throttle *throttle_new(void);
void throttle_free(struct throttle *t);
/* Seconds that this account or address must wait; 0: it may try. now: monotonic ns. */
int throttle_wait(const struct throttle *t, const char *account, const char *address, int64_t now);
/* Failures of the account by now. */
unsigned throttle_failed(struct throttle *t, const char *account, const char *address, int64_t now);
void throttle_good(struct throttle *t, const char *account);

#endif
