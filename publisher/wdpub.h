/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wdpub - what administrators type; a table of subcommands over the control socket
 *
 * Exit status: 0 done; 1 the daemon, a host or a check said no; 2 it could not be asked
 * (wrong usage, the daemon is not running, a file cannot be written).
 */
#ifndef WD_PUBLISHER_WDPUB_H
#define WD_PUBLISHER_WDPUB_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_COULD_NOT = 2 };

struct wdpub {
	const char *state, *socket;
	bool json;
	int refused; /* of the last call: the daemon answered, and the answer is no */
};

typedef int command_fn(struct wdpub *w, int argc, char **argv);
command_fn cmd_init;
command_fn cmd_site_add, cmd_site_list, cmd_site_set, cmd_site_remove;
command_fn cmd_host_add, cmd_host_set, cmd_host_list, cmd_host_remove;
command_fn cmd_push, cmd_rollback;
command_fn cmd_seal, cmd_unseal;
command_fn cmd_status, cmd_overview, cmd_releases, cmd_log, cmd_events, cmd_verify;
command_fn cmd_event_list, cmd_event_show, cmd_event_diff, cmd_event_ack;
command_fn cmd_site_show, cmd_file_list, cmd_file_history, cmd_file_restore;
command_fn cmd_filter_list, cmd_filter_preview, cmd_filter_add, cmd_filter_remove;
command_fn cmd_host_metrics, cmd_log_export;
command_fn cmd_backup, cmd_restore;
command_fn cmd_service_list, cmd_service_start, cmd_service_stop, cmd_service_restart;
command_fn cmd_alarm_list, cmd_alarm_ack, cmd_alarm_test;
command_fn cmd_notify_show, cmd_notify_set, cmd_notify_test, cmd_notify_log;
command_fn cmd_evidence_list, cmd_evidence_export;
command_fn cmd_hass_status, cmd_hass_cut;
command_fn cmd_user_add, cmd_user_list, cmd_user_set, cmd_user_remove, cmd_user_passwd,
	cmd_user_reset_totp;
command_fn cmd_log_audit, cmd_log_verify, cmd_log_find, cmd_user_sessions, cmd_user_end;
command_fn cmd_settings_show, cmd_settings_set, cmd_maintenance;
command_fn cmd_audit_list, cmd_audit_show, cmd_audit_run, cmd_audit_fix, cmd_audit_undo,
	cmd_audit_jobs, cmd_audit_waive, cmd_audit_unwaive, cmd_audit_waivers;
command_fn cmd_advisories_show, cmd_advisories_update;

/*
 * Parses the words of a subcommand; --json and --socket are understood everywhere. options
 * may be NULL. words: takes plain words in order, at least `least`, at most `most`.
 */
#define WORDS_MAX 32
struct words {
	const char *v[WORDS_MAX];
	unsigned n;
};
void wdpub_parse(struct wdpub *w, int argc, char **argv, const struct argp_option *options,
		 argp_parser_t parser, void *input, const char *args_doc, const char *doc,
		 struct words *words, unsigned least, unsigned most);

/*
 * Asks the daemon; takes request. The last line without "ok", or NULL after printing what
 * went wrong. Rows go to `row`, or into *rows as an array (either may be NULL).
 */
json_t *wdpub_call(struct wdpub *w, json_t *request, json_t **rows,
		   void (*row)(void *arg, json_t *j), void (*progress)(void *arg, json_t *j),
		   void *arg);
/* The exit status for a call that gave NULL. */
int wdpub_status(const struct wdpub *w);
/* The same for a word on the side: prints nothing, and the answer says whether it is ok. */
struct err;
json_t *wdpub_ask(struct wdpub *w, json_t *request, struct err *err);
/*
 * The end of a command that did something: the answer as JSON, or one line (fmt NULL: none).
 * Takes answer; the exit status, also for NULL.
 */
int wdpub_done(struct wdpub *w, json_t *answer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * What attackers named, a terminal must not obey: control characters become \xNN, in all strings
 * of j. Rows that go to a `row` function were made so already, unless --json is asked for.
 */
void make_plain(json_t *j);
void print_plain(const char *text, FILE *to, bool lines); /* lines: "\n" and "\t" stay */

/* The original and the tampered text, as `event-texts` answers, compared. The exit status. */
int show_diff(const json_t *texts);
/* What a host found when it verified. */
void print_verified(const json_t *row);

void print_json(const json_t *j);      /* indented */
void print_json_line(const json_t *j); /* one line, flushed: for streams */

/* Members of an object; "" and 0 where they are missing. */
const char *str_of(const json_t *j, const char *key);
json_int_t int_of(const json_t *j, const char *key);
bool true_of(const json_t *j, const char *key);

#endif
