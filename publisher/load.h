/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load - how busy each host and this publisher is, and which services run
 *
 * Hosts report with every heartbeat (lib/telemetry.h); the publisher reads itself every
 * ten seconds. Kept in memory and, a row each ten seconds at most, in table metric.
 */
#ifndef WD_PUBLISHER_LOAD_H
#define WD_PUBLISHER_LOAD_H

#include "ctl.h"
#include "engine.h"
#include "telemetry.h"

struct load {
	struct telemetry t;
	int64_t heard, stored; /* monotonic ns; 0: never */
	unsigned warden;       /* it was seen; above 1: so many looks ago */
	int64_t over[2],
		under[2]; /* cpu, memory: past, or well below, the limit since then; 0: is not */
};

int load_start(struct engine *e, struct err *err);
void load_stop(struct engine *e);
void load_tick(struct engine *e);
/* -1: malformed. */
int load_received(struct engine *e, const char *host, struct load *l, struct rd *r);
/* Rows; host NULL: all, "": this publisher. */
void load_services(struct engine *e, struct ctl_conn *c, const char *host);
int load_act(struct engine *e, const char *host, const char *name, int act, struct err *err);
const struct telemetry *load_self(struct engine *e); /* read now */
json_t *load_metrics(struct engine *e, const char *host, int hours, struct err *err);

#endif
