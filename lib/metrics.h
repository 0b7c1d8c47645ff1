/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics - GET /metrics for Prometheus, by a role of its own
 *
 *   metrics                                       hub
 *     METRICS_ASK {}                           ->
 *                                              <-  METRICS_TEXT {the exposition}
 *
 * The role speaks HTTP with whoever may reach its listener, and can do nothing else: no file,
 * no right, no secret. The hub only writes numbers. One asking at a time; scrapes that come
 * meanwhile share the answer. A port that is taken is tried again, quietly.
 */
#ifndef WD_METRICS_H
#define WD_METRICS_H

#include <event2/event.h>
#include <stdint.h>
#include <stdio.h>
#include "log.h"
#include "telemetry.h"

enum metrics_msg { METRICS_ASK = 0x6001, METRICS_TEXT = 0x6101 };
#define METRICS_WAITING_MAX 32

/* In the hub. listen "": none is started, NULL is returned without an err. */
struct metrics;
typedef void metrics_fill(void *arg, FILE *to);
struct metrics *metrics_start(struct event_base *base, const char *listen, const char *state,
			      metrics_fill *fill, void *arg);
void metrics_stop(struct metrics *m); /* NULL is fine */

/* In the child. user: one that may not exist (then nobody); root: an empty directory. */
int metrics_main(const char *listen, const char *user, const char *root);

/* A family: HELP and TYPE ("gauge", "counter": then name ends in _total). */
void metric(FILE *to, const char *name, const char *type, const char *help);
/* A sample with one label, or none (label NULL); the value is escaped. */
void metric_sample(FILE *to, const char *name, const char *label, const char *value, double number);
/* The families every daemon has: its services, and the machine. */
void metrics_common(FILE *to, const struct telemetry *t);

#endif
