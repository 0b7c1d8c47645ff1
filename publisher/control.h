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

/* Who asks. login and web are good until the handler returns, the rest until the answer. */
struct login;
struct call;
struct who {
	char user[64];	  /* "root" and the like for wdpub */
	int role;	  /* enum user_role; 0: nobody is signed in yet */
	char address[64]; /* "local" for wdpub */
	char agent[200];
	struct login *login; /* NULL: wdpub, or nobody */
	struct call *web;    /* NULL: wdpub */
	bool quiet;	     /* not for the audit log (a try that was not even looked at) */
};
struct who *control_who(struct ctl_conn *c);
/* Runs request's "cmd", and writes acts down in the audit log. Borrows request. */
void control_dispatch(struct engine *e, struct ctl_conn *c, json_t *request, const struct who *who);

typedef void control_fn(struct engine *e, struct ctl_conn *c, json_t *request);
control_fn control_site_add, control_site_list, control_site_remove, control_site_set;
control_fn control_host_add, control_host_set, control_host_list, control_host_remove,
	control_verify, control_restore;
control_fn control_seal, control_unseal, control_seal_forget;
control_fn control_hass_status, control_hass_cut;
control_fn control_push, control_releases, control_rollback;
control_fn control_status, control_log, control_events, control_evidence_list,
	control_evidence_path;
control_fn control_host_metrics, control_service_list, control_service_act;
control_fn control_alarm_list, control_alarm_ack, control_alarm_test, control_backup_told;
control_fn control_notify_show, control_notify_set, control_notify_test, control_notify_log;
control_fn control_session, control_login, control_login_totp, control_login_first_show,
	control_login_first, control_login_proof, control_logout, control_session_list,
	control_session_end, control_stream;
control_fn control_user_list, control_user_add, control_user_set, control_user_remove,
	control_user_reset, control_me_set, control_me_password;
control_fn control_audit_log, control_log_verify;
control_fn control_settings_show, control_settings_set, control_maintenance_set,
	control_maintenance_end;
control_fn control_overview, control_site_show;
control_fn control_event_list, control_event_show, control_event_ack, control_event_evidence,
	control_event_texts;
control_fn control_file_list, control_file_history;
control_fn control_filter_list, control_filter_add, control_filter_remove, control_filter_preview;
control_fn control_log_list, control_log_export;
control_fn control_audit_show, control_audit_run, control_audit_fix, control_audit_undo,
	control_audit_jobs, control_audit_waive, control_audit_unwaive, control_audit_waivers,
	control_audit_report;
control_fn control_advisories, control_advisories_update;

/*
 * Reads members: "s:K" one that must be there, "s?K" one that may, by commas; each has a name and
 * a pointer behind. K, and to what: s text (const char *), i number (int), I number (json_int_t),
 * b true or false (int), a list, o anything (json_t *); all borrowed. "cmd" is taken care of.
 * Fails the request, naming the member, and returns -1 when it is not as it should be.
 */
int control_args(struct ctl_conn *c, json_t *request, const char *fmt, ...);
/* What somebody gave, quoted, for an error: ASCII, cut where it is long. */
#define CONTROL_SHOWN 80
const char *control_shown(const char *value, char to[CONTROL_SHOWN]);
/* The site or host of that name; NULL after failing the request. */
struct site *control_site(struct engine *e, struct ctl_conn *c, const char *name);
struct host *control_host(struct engine *e, struct ctl_conn *c, const char *name);

#endif
