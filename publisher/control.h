/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control - what wdpub may ask of the daemon (lib/ctl.h has the form)
 *
 * Each command is a function in control_*.c; the table is in control.c. Unknown members of
 * a request are refused, so that a misspelt option never does something else.
 */
#ifndef WD_PUBLISHER_CONTROL_H
#define WD_PUBLISHER_CONTROL_H

#include "ctl.h"
#include "engine.h"

int control_start(struct engine *e, const char *path, struct err *err);

typedef void control_fn(struct engine *e, struct ctl_conn *c, json_t *request);
control_fn control_site_add, control_site_list, control_site_remove, control_site_set;
control_fn control_host_add, control_host_set, control_host_list, control_host_remove,
	control_verify;
control_fn control_hass_status, control_hass_cut;
control_fn control_push, control_releases, control_rollback;
control_fn control_status, control_log, control_events, control_evidence_list,
	control_evidence_path;
control_fn control_alarm_list, control_alarm_ack, control_alarm_test;
control_fn control_notify_show, control_notify_set, control_notify_test, control_notify_log;

/*
 * Reads the members by jansson's unpack format, without braces; "cmd" is taken care of. Fails
 * the request and returns -1 when it is not as it should be.
 */
int control_args(struct ctl_conn *c, json_t *request, const char *fmt, ...);
/* The site or host of that name; NULL after failing the request. */
struct site *control_site(struct engine *e, struct ctl_conn *c, const char *name);
struct host *control_host(struct engine *e, struct ctl_conn *c, const char *name);

#endif
