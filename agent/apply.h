/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply - from one signed release of a site to the next
 *
 *   IDLE        offer  ->  signature, serial, expiry  ->  COLLECTING, or refused
 *   COLLECTING  all objects are in the vault and durable  ->  `next` is on disk  ->  ADDING
 *   ADDING      new and changed entries, files in batches  ->  REMOVING
 *   REMOVING    deletions, attributes and times of directories  ->  `current` is on disk  ->  IDLE
 *   AGAIN       something failed (a full disk): COLLECTING what may be missing, a little later
 *
 * Killed anywhere, the next start finds `next` and begins at COLLECTING again; what is right
 * already is left alone.
 */
#ifndef WD_APPLY_H
#define WD_APPLY_H

#include <event2/event.h>
#include "collect.h"
#include "proto.h"
#include "walk.h"

struct apply;

struct apply_ops {
	void (*progress)(void *arg, const struct msg_progress *p);
	void (*begun)(void *arg, struct site *site); /* another release rules from now on */
	void (*finished)(void *arg, struct site *site);
	void (*refused)(void *arg, struct site *site, const char *why);
};

struct apply *apply_new(struct event_base *base, struct sched *sched, struct fetch *fetch,
			const struct walk_place *place, struct site *site,
			const struct sign_public *key, const struct apply_ops *ops, void *arg);
void apply_free(struct apply *a); /* NULL is fine */
void apply_offer(struct apply *a, const struct signed_release *offer);
void apply_resume(struct apply *a); /* at start, if the site was left APPLYING */
bool apply_busy(const struct apply *a);
const char *apply_problem(const struct apply *a); /* NULL, or why it is being tried again */

#endif
