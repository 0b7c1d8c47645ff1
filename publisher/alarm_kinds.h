/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm_kinds - everything that calls for a person, in one table
 *
 * A kind either lasts until its cause is gone (it clears by itself) or counts occurrences
 * (it stays open until somebody has seen it). Adding one means a line here and a line in
 * alarm_kinds.c.
 */
#ifndef WD_PUBLISHER_ALARM_KINDS_H
#define WD_PUBLISHER_ALARM_KINDS_H

#include <stdbool.h>

enum alarm_kind {
	ALARM_TAMPERING,
	ALARM_SCRUB_MISMATCH,
	ALARM_NOT_RESTORED,
	ALARM_AGENT_SILENT,
	ALARM_MONITOR_INVALID,
	ALARM_SOURCE_STEPDOWN,
	ALARM_MODE_LOWERED,
	ALARM_UNSEALED,
	ALARM_EVENTS_LOST,
	ALARM_AGENT_HEALTH,
	ALARM_RELEASE_REFUSED,
	ALARM_RELEASE_EXPIRING,
	ALARM_EVIDENCE_FULL,
	ALARM_CPU_HIGH,
	ALARM_MEMORY_HIGH,
	ALARM_SERVICE_DOWN,
	ALARM_HASS_SILENT,
	ALARM_HASS_TROUBLE,
	ALARM_PUBLISHER_ROLE,
	ALARM_PUBLISHER_BEHIND,
	ALARM_BACKUP_SYNC,
	ALARM_HOST_REJECTED,
	ALARM_LOGIN_FAILED,
	ALARM_DELIVERY_FAILED,
	ALARM_AUDIT_WORSE,
	ALARM_CLOCK_WRONG,
	ALARM_CERTIFICATE_EXPIRING,
	ALARM_BACKUP_FAILED,
	ALARM_TEST,
	ALARM_KINDS
};

enum alarm_severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITIES };

struct alarm_kind_info {
	const char *name; /* what settings and programs call it */
	enum alarm_severity severity;
	bool counts;	    /* occurrences; else a condition that ends by itself */
	const char *title;  /* one line for a tired reader */
	const char *remedy; /* what to do now */
};

extern const struct alarm_kind_info alarm_kinds[ALARM_KINDS];

int alarm_kind_parse(const char *name);	    /* -1: there is none */
int alarm_severity_parse(const char *name); /* -1: there is none */
const char *alarm_severity_name(int severity);

#endif
