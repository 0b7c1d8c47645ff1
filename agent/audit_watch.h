/* SPDX-License-Identifier: Apache-2.0 */
/* audit_watch - packages were installed, and their scripts are done: say so once */
#ifndef WD_AUDIT_WATCH_H
#define WD_AUDIT_WATCH_H

#include <event2/event.h>
#include "log.h"

struct audit_watch;
/* Calls changed() when the package database was written and then left alone for `quiet` seconds.
 * dirs NULL: where dpkg and rpm keep it. NULL: err; audits then follow the clock alone. */
struct audit_watch *audit_watch_new(struct event_base *base, const char *const *dirs, int quiet,
				    void (*changed)(void *arg), void *arg, struct err *err);
void audit_watch_free(struct audit_watch *w); /* NULL is fine */

#endif
