/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify - a whole site against its signed release, in the background
 *
 * At start, after lost events, every so often, and when somebody asks. What is wrong is put
 * right on the way; it is no baseline of our own making that is compared with.
 */
#ifndef WD_VERIFY_H
#define WD_VERIFY_H

#include "sched.h"
#include "walk.h"

struct verify;
/* counts as they grow; done with the last call. */
typedef void verify_watch(void *arg, const struct walk_counts *counts, bool done);

struct verify *verify_new(struct sched *sched, const struct walk_place *place, struct site *site);
void verify_free(struct verify *v); /* NULL is fine */
/* Soon, from the beginning. While one runs, another follows it. Applying goes first. */
void verify_request(struct verify *v);
/* The same for somebody who waits for the result; NULL: no memory. */
void *verify_request_watched(struct verify *v, verify_watch *watch, void *arg);
void verify_unwatch(struct verify *v, void *watcher);
/* Another release begins to rule: what runs is stopped, and starts again with verify_resume(). */
void verify_suspend(struct verify *v);
/* The site has been applied: what was put off may start. */
void verify_resume(struct verify *v);
bool verify_busy(const struct verify *v);

#endif
