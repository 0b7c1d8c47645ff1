// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_log.h"
#include "control.h"
#include "hosts.h"
#include "sites.h"
#include "users.h"

/* What is not known to be a mere look is an act, and written down. */
enum kind {
	ACT,
	ACT_QUICK, /* answered within moments: one line, when it is over */
	LOOK,
};

static const struct command {
	const char *name;
	control_fn *run;
	enum kind kind;
} commands[] = {
	{"status", control_status, LOOK},
	{"site-add", control_site_add, ACT},
	{"site-list", control_site_list, LOOK},
	{"site-show", control_site_show, LOOK},
	{"site-remove", control_site_remove, ACT},
	{"site-set", control_site_set, ACT},
	{"file-list", control_file_list, LOOK},
	{"file-history", control_file_history, LOOK},
	{"filter-list", control_filter_list, LOOK},
	{"filter-add", control_filter_add, ACT},
	{"filter-remove", control_filter_remove, ACT},
	{"filter-preview", control_filter_preview, LOOK},
	{"host-add", control_host_add, ACT},
	{"host-set", control_host_set, ACT},
	{"host-list", control_host_list, LOOK},
	{"host-remove", control_host_remove, ACT},
	{"verify", control_verify, ACT},
	{"restore", control_restore, ACT},
	{"seal", control_seal, ACT},
	{"unseal", control_unseal, ACT},
	{"seal-forget", control_seal_forget, ACT_QUICK},
	{"hass-status", control_hass_status, LOOK},
	{"hass-cut", control_hass_cut, ACT},
	{"push", control_push, ACT},
	{"releases", control_releases, LOOK},
	{"rollback", control_rollback, ACT},
	{"log", control_log, LOOK},
	{"events", control_events, LOOK},
	{"evidence-list", control_evidence_list, LOOK},
	{"evidence-path", control_evidence_path, ACT},
	{"host-metrics", control_host_metrics, LOOK},
	{"service-list", control_service_list, LOOK},
	{"service-act", control_service_act, ACT_QUICK},
	{"alarm-list", control_alarm_list, LOOK},
	{"alarm-ack", control_alarm_ack, ACT_QUICK},
	{"alarm-test", control_alarm_test, ACT_QUICK},
	{"backup-told", control_backup_told, ACT_QUICK},
	{"notify-show", control_notify_show, LOOK},
	{"notify-set", control_notify_set, ACT_QUICK},
	{"notify-test", control_notify_test, ACT},
	{"notify-log", control_notify_log, LOOK},
	{"audit-show", control_audit_show, LOOK},
	{"audit-run", control_audit_run, ACT},
	{"audit-fix", control_audit_fix, ACT},
	{"audit-undo", control_audit_undo, ACT},
	{"audit-jobs", control_audit_jobs, LOOK},
	{"audit-waive", control_audit_waive, ACT_QUICK},
	{"audit-unwaive", control_audit_unwaive, ACT_QUICK},
	{"audit-waivers", control_audit_waivers, LOOK},
	{"audit-report", control_audit_report, LOOK},
	{"advisories", control_advisories, LOOK},
	{"advisories-update", control_advisories_update, ACT_QUICK},

	{"session", control_session, LOOK},
	{"login", control_login, ACT_QUICK},
	{"login-totp", control_login_totp, ACT_QUICK},
	{"login-first-show", control_login_first_show, LOOK},
	{"login-first", control_login_first, ACT_QUICK},
	{"login-proof", control_login_proof, ACT_QUICK},
	{"logout", control_logout, ACT_QUICK},
	{"session-list", control_session_list, LOOK},
	{"session-end", control_session_end, ACT_QUICK},
	{"stream", control_stream, LOOK},
	{"user-list", control_user_list, LOOK},
	{"user-add", control_user_add, ACT_QUICK},
	{"user-set", control_user_set, ACT_QUICK},
	{"user-remove", control_user_remove, ACT_QUICK},
	{"user-reset", control_user_reset, ACT_QUICK},
	{"me-set", control_me_set, ACT_QUICK},
	{"me-password", control_me_password, ACT_QUICK},
	{"audit-log", control_audit_log, LOOK},
	{"log-verify", control_log_verify, LOOK},
	{"settings-show", control_settings_show, LOOK},
	{"settings-set", control_settings_set, ACT_QUICK},
	{"maintenance-set", control_maintenance_set, ACT_QUICK},
	{"maintenance-end", control_maintenance_end, ACT_QUICK},
	{"overview", control_overview, LOOK},
	{"event-list", control_event_list, LOOK},
	{"event-show", control_event_show, LOOK},
	{"event-texts", control_event_texts, LOOK},
	{"event-ack", control_event_ack, ACT_QUICK},
	{"event-evidence", control_event_evidence, ACT_QUICK},
	{"log-list", control_log_list, LOOK},
	{"log-export", control_log_export, ACT_QUICK},
};

/* One request, from whoever asked to what came of it. */
struct act {
	struct engine *engine;
	struct ctl_conn *conn;
	struct who who;
	const struct command *command;
	char *about;
	bool running, over; /* in the handler; answered */
};

struct who *control_who(struct ctl_conn *c)
{
	return ctl_who(c);
}

static void write_down(struct act *a, const char *result)
{
	struct audit_entry entry = {.user = *a->who.user ? a->who.user : "-",
				    .role = user_role_name(a->who.role),
				    .address = a->who.address,
				    .act = a->command->name,
				    .about = a->about ? a->about : "{}",
				    .result = result};
	char cut[AUDIT_RESULT_MAX];
	struct err err;

	snprintf(cut, sizeof(cut), "%s", result);
	entry.result = cut;
	if (audit_add(a->engine, &entry, &err))
		log_err("audit: %s by %s (%s) could not be written down: %s", entry.act, entry.user,
			cut, err.text);
}

static void act_free(struct act *a)
{
	free(a->about);
	free(a);
}

static void on_answer(void *arg, const char *error)
{
	struct act *a = arg;
	char text[AUDIT_RESULT_MAX];

	if (a->command->kind != LOOK && !a->who.quiet) {
		snprintf(text, sizeof(text), "%s%s", error ? "refused: " : "ok",
			 error ? error : "");
		write_down(a, text);
	}
	ctl_set_who(a->conn, NULL);
	a->over = true;
	if (!a->running)
		act_free(a);
}

static const struct command *command_of(const char *name)
{
	for (size_t i = 0; name && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

void control_dispatch(struct engine *e, struct ctl_conn *c, json_t *request, const struct who *who)
{
	const struct command *command =
		command_of(json_string_value(json_object_get(request, "cmd")));
	struct act *a;

	if (!command) {
		ctl_refuse(c, json_pack("{s:s}", "reason", "unavailable"),
			   "wdpublisherd %s does not know this command", WD_VERSION);
		return;
	}
	a = calloc(1, sizeof(*a));
	if (!a) {
		ctl_fail(c, "out of memory");
		return;
	}
	*a = (struct act){.engine = e, .conn = c, .who = *who, .command = command};
	if (command->kind != LOOK)
		a->about = audit_about(request);
	ctl_set_who(c, &a->who);
	ctl_on_answer(c, on_answer, a);
	a->running = true;
	command->run(e, c, request);
	a->running = false;
	a->who.login = NULL; /* may end at any time from now on */
	if (a->over)
		act_free(a);
	else if (command->kind == ACT)
		write_down(a, "begun");
}

/* A word that can stand in a line of a log as somebody's name. */
static bool is_name(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return n && n < sizeof(((struct who *)NULL)->user);
}

/*
 * wdpub: whoever may use the socket is the administrator. Root says who became root ("by"); of
 * anybody else the kernel knows it.
 */
static void serve(void *arg, struct ctl_conn *c, json_t *request)
{
	struct who who = {.role = USER_ADMINISTRATOR, .address = "local"};
	const struct passwd *pw = getpwuid(ctl_peer_uid(c));
	const char *by = json_string_value(json_object_get(request, "by"));

	if (ctl_peer_uid(c) != 0 || !is_name(by))
		by = pw ? pw->pw_name : "root";
	snprintf(who.user, sizeof(who.user), "%s", by);
	json_object_del(request, "by");
	control_dispatch(arg, c, request, &who);
}

int control_start(struct engine *e, const char *path, struct err *err)
{
	e->ctl = ctl_listen(e->base, path, serve, e, err);
	return e->ctl ? 0 : -1;
}

struct site *control_site(struct engine *e, struct ctl_conn *c, const char *name)
{
	struct site *s = site_find(e, name);

	if (!s)
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"),
			   "there is no site \"%s\" (wdpub site list shows them)", name);
	return s;
}

struct host *control_host(struct engine *e, struct ctl_conn *c, const char *name)
{
	struct host *h = host_find(e, name);

	if (!h)
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"),
			   "there is no host \"%s\" (wdpub host list shows them)", name);
	return h;
}
