/* SPDX-License-Identifier: Apache-2.0 */
/*
 * warden - two processes that watch each other: the guard, and wd-warden
 *
 * Each listens on a socket of its own and is connected to the other's. Through it come a byte
 * a second ("b", I live) and at an orderly end one "e" (I end on purpose: leave me be). The
 * kernel says whose socket it is; a pidfd tells at once when that process is gone. Gone without
 * an "e": it is started again, at first after 0.1 s, then ever later up to 10 s. Thirty looks
 * without a beat: it hangs, is killed, and started again. Neither is needed for enforcement.
 *
 * The other is started only after it has been seen once: who never started it does not want it.
 */
#ifndef WD_WARDEN_H
#define WD_WARDEN_H

#include <event2/event.h>
#include <stdbool.h>
#include <sys/types.h>
#include "log.h"

#define WARDEN_GUARD "guard.alive"
#define WARDEN_WARDEN "warden.alive"

struct warden;

struct warden_other {
	const char *name;	 /* for people */
	const char *unit;	 /* of systemd; started so where that runs */
	const char *const *argv; /* elsewhere: an absolute program, NULL-ended */
};

/* Listens on mine, watches who listens on theirs. NULL and err. other outlives it. */
struct warden *warden_new(struct event_base *base, const char *mine, const char *theirs,
			  const struct warden_other *other, struct err *err);
/* orderly: say so, or the other begins to start us. NULL is fine. */
void warden_free(struct warden *w, bool orderly);
pid_t warden_pid(const struct warden *w); /* of the other; 0: not there */
unsigned warden_starts(const struct warden *w);

#endif
