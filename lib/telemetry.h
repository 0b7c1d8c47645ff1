/* SPDX-License-Identifier: Apache-2.0 */
/*
 * telemetry - what a machine that runs us reports about itself (message TELEMETRY)
 *
 *   i64 time (ns)  u16 cpu (thousandths)  u64 memory, memory_total, disk, disk_total
 *   u8 n, n x {str name, u8 state, u32 pid, i64 since, u64 rss, u16 cpu, u32 starts}
 *
 * The disk is the one that evidence is kept on. Sent with every heartbeat.
 */
#ifndef WD_TELEMETRY_H
#define WD_TELEMETRY_H

#include "buf.h"
#include "proc.h"
#include "role.h"

#define TELEMETRY_SERVICES_MAX 24
#define TELEMETRY_NAME_MAX 32

enum service_state {
	SERVICE_RUNNING,
	SERVICE_STOPPED,
	SERVICE_FAILED,
	SERVICE_UNKNOWN,
	SERVICE_STATES
};
enum service_act { ACT_START, ACT_STOP, ACT_RESTART, ACTS };

struct telemetry {
	int64_t time;
	uint16_t cpu;
	uint64_t memory, memory_total, disk, disk_total;
	uint8_t n;
	struct service {
		char name[TELEMETRY_NAME_MAX];
		uint8_t state;
		uint32_t pid;
		int64_t since;
		uint64_t rss;
		uint16_t cpu; /* thousandths of one processor */
		uint32_t starts;
	} services[TELEMETRY_SERVICES_MAX];
};

void telemetry_put(struct buf *b, const struct telemetry *t);
void telemetry_get(struct rd *r, struct telemetry *t);
const char *service_state_name(unsigned state);
const char *service_act_name(unsigned act);
int service_act_parse(const char *name); /* -1: there is none */

/* Takes the readings: this process under the name `hub`, and all of its roles. */
struct meter;
struct meter *meter_new(const char *hub, const char *disk); /* NULL: no memory */
void meter_free(struct meter *m);
void meter_read(struct meter *m, struct telemetry *t);
/* One service more, of a process that is no role; pid 0: it is down. */
void meter_add(struct meter *m, struct telemetry *t, const char *name, pid_t pid);

#endif
