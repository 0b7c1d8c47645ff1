/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff - how long to wait before what has ended is started again
 *
 * 0.1 s, and twice as long each time that it did not live for two seconds. What had come up falls
 * over nothing of its own: somebody kills it, and however often, it is to be back within two
 * seconds, so its waits end at 0.4 s. What falls over its own start waits up to 10 s.
 */
#ifndef WD_BACKOFF_H
#define WD_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_UP_MOST_MS 400
#define BACKOFF_MOST_MS 10000
#define BACKOFF_WELL_NS 2000000000ll

struct backoff {
	int ms; /* the next wait */
};

static inline void backoff_reset(struct backoff *b)
{
	b->ms = BACKOFF_FIRST_MS;
}

/* The wait that is due now, in ms; the next one will be longer. */
static inline int backoff_take(struct backoff *b, int most_ms)
{
	int ms = b->ms < most_ms ? b->ms : most_ms;

	b->ms = ms * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : ms * 2;
	return ms;
}

/* It has ended after lived_ns; came_up: it had begun its work. */
static inline int backoff_ended(struct backoff *b, int64_t lived_ns, bool came_up)
{
	if (lived_ns >= BACKOFF_WELL_NS)
		backoff_reset(b);
	return backoff_take(b, came_up ? BACKOFF_UP_MOST_MS : BACKOFF_MOST_MS);
}

#endif
