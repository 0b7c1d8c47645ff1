// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "wdpub.h"

const char *argp_program_version = "wdpub " WD_VERSION;

static const struct command {
	const char *name, *second; /* second: "" where the command is one word */
	command_fn *run;
	const char *help;
} commands[] = {
	{"init", "", cmd_init, "make a publisher: keys, certificates, database"},
	{"site", "add", cmd_site_add, "publish a backup directory"},
	{"site", "list", cmd_site_list, "what is published"},
	{"site", "show", cmd_site_show, "one of them, and what each host has of it"},
	{"site", "set", cmd_site_set, "change what may change on its hosts"},
	{"site", "remove", cmd_site_remove, "stop publishing"},
	{"host", "add", cmd_host_add, "let a web server enrol: writes its one-time bundle"},
	{"host", "set", cmd_host_set, "change a web server's sites or where it is called"},
	{"host", "list", cmd_host_list, "the web servers"},
	{"host", "metrics", cmd_host_metrics, "how busy one was"},
	{"host", "remove", cmd_host_remove, "retire a web server's certificates"},
	{"push", "", cmd_push, "publish now, and wait for the hosts"},
	{"status", "", cmd_status, "how everything is"},
	{"overview", "", cmd_overview, "the last 24 hours, open alarms, heartbeats"},
	{"releases", "", cmd_releases, "what was published when"},
	{"rollback", "", cmd_rollback, "publish the content of an earlier release"},
	{"log", "audit", cmd_log_audit, "what people did"},
	{"log", "verify", cmd_log_verify, "is the record of that as it was written?"},
	{"log", "find", cmd_log_find, "search what the publisher did and the hosts saw"},
	{"log", "export", cmd_log_export, "the same into a file, as CSV or JSON"},
	{"log", "", cmd_log, "what the publisher did"},
	{"events", "", cmd_events, "what the hosts saw, as it comes"},
	{"event", "list", cmd_event_list, "search what the hosts saw"},
	{"event", "show", cmd_event_show, "one event, and what belongs to it"},
	{"event", "diff", cmd_event_diff, "the tampered file against the original"},
	{"event", "ack", cmd_event_ack, "you have seen to them"},
	{"file", "list", cmd_file_list, "a directory of a site as it is published"},
	{"file", "history", cmd_file_history, "one file, from release to release"},
	{"file", "restore", cmd_file_restore, "have hosts put it back as it was published"},
	{"filter", "list", cmd_filter_list, "what may change on the hosts"},
	{"filter", "preview", cmd_filter_preview, "what a filter would except; saves nothing"},
	{"filter", "add", cmd_filter_add, "let something change"},
	{"filter", "remove", cmd_filter_remove, "protect it again"},
	{"evidence", "list", cmd_evidence_list, "what the hosts secured"},
	{"evidence", "export", cmd_evidence_export, "copy one piece of evidence out"},
	{"backup", "", cmd_backup, "the publisher in one encrypted file"},
	{"restore", "", cmd_restore, "put it back"},
	{"service", "list", cmd_service_list, "what runs where"},
	{"service", "start", cmd_service_start, "start a service"},
	{"service", "stop", cmd_service_stop, "stop a service"},
	{"service", "restart", cmd_service_restart, "restart a service"},
	{"alarm", "list", cmd_alarm_list, "what calls for a person"},
	{"alarm", "ack", cmd_alarm_ack, "you are on it: messages about it stop"},
	{"alarm", "test", cmd_alarm_test, "raise an alarm to see where it goes"},
	{"notify", "show", cmd_notify_show, "who is told what, and how"},
	{"notify", "set", cmd_notify_set, "change that"},
	{"notify", "test", cmd_notify_test, "send a test message by one channel"},
	{"notify", "log", cmd_notify_log, "which messages went where"},
	{"seal", "", cmd_seal, "let root on a host no longer change its protection"},
	{"unseal", "", cmd_unseal, "let it, for a time"},
	{"hass", "status", cmd_hass_status, "the hosts' hardware units"},
	{"hass", "cut", cmd_hass_cut, "cut a host off the network by its hardware unit"},
	{"user", "add", cmd_user_add, "let somebody use the web console"},
	{"user", "list", cmd_user_list, "who may"},
	{"user", "set", cmd_user_set, "change a role, an address, or whether somebody may"},
	{"user", "remove", cmd_user_remove, "forget a user"},
	{"user", "passwd", cmd_user_passwd, "a one-time password for who forgot theirs"},
	{"user", "reset-totp", cmd_user_reset_totp, "for who lost the second factor"},
	{"user", "sessions", cmd_user_sessions, "who is signed in"},
	{"user", "end", cmd_user_end, "end a session"},
	{"settings", "show", cmd_settings_show, "how the publisher behaves"},
	{"settings", "set", cmd_settings_set, "change that"},
	{"maintenance", "", cmd_maintenance, "for a while send no alarms, and say why"},
	{"audit", "list", cmd_audit_list, "how the hosts' Tomcats were judged"},
	{"audit", "show", cmd_audit_show, "what the audit of a host found"},
	{"audit", "run", cmd_audit_run, "have a host audit now"},
	{"audit", "fix", cmd_audit_fix, "have findings put right; shows before it does"},
	{"audit", "undo", cmd_audit_undo, "take a fix back"},
	{"audit", "jobs", cmd_audit_jobs, "what hosts were asked, and answered"},
	{"audit", "waive", cmd_audit_waive, "somebody answers for a finding"},
	{"audit", "unwaive", cmd_audit_unwaive, "nobody does any more"},
	{"audit", "waivers", cmd_audit_waivers, "who answers for what, until when"},
	{"advisories", "show", cmd_advisories_show, "which versions are known to be fixed"},
	{"advisories", "update", cmd_advisories_update, "take newer advisory data in"},
	{"verify", "", cmd_verify, "have a host check everything now"},
};
#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

enum { OPT_JSON = 1000, OPT_SOCKET, OPT_STATE };

static const struct argp_option common_options[] = {
	{"json", OPT_JSON, NULL, 0, "Print JSON", 90},
	{"socket", OPT_SOCKET, "PATH", 0, "Control socket (default " LAYOUT_SOCKET ")", 90},
	{"state", OPT_STATE, "DIR", 0, "State directory (default " LAYOUT_STATE ")", 90},
	{0},
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct wdpub *w = state->input;

	switch (key) {
	case OPT_JSON:
		w->json = true;
		return 0;
	case OPT_SOCKET:
		w->socket = arg;
		return 0;
	case OPT_STATE:
		w->state = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp common_argp = {common_options, parse_common, NULL, NULL, NULL, NULL, NULL};

/* ---- subcommands' words ---- */

struct parsing {
	struct wdpub *w;
	argp_parser_t own;
	void *input;
	struct words *words;
	unsigned least, most;
};

static error_t parse_sub(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;
	void *mine = p->input;
	error_t result;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = p->w;
		return 0;
	case ARGP_KEY_ARG:
		if (p->words->n >= p->most)
			argp_error(state, "unexpected argument \"%s\"", arg);
		p->words->v[p->words->n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (p->words->n < p->least)
			argp_error(state, "something is missing");
		return 0;
	}
	if (!p->own)
		return ARGP_ERR_UNKNOWN;
	state->input = mine;
	result = p->own(key, arg, state);
	state->input = p;
	return result;
}

void wdpub_parse(struct wdpub *w, int argc, char **argv, const struct argp_option *options,
		 argp_parser_t parser, void *input, const char *args_doc, const char *doc,
		 struct words *words, unsigned least, unsigned most)
{
	static const struct argp_option none[] = {{0}};
	const struct argp_child children[] = {{&common_argp, 0, "", 90}, {0}};
	struct parsing p = {w, parser, input, words, least, most};
	const struct argp argp = {
		options ? options : none, parse_sub, args_doc, doc, children, NULL, NULL};

	argp_parse(&argp, argc, argv, 0, NULL, &p);
}

/* ---- which subcommand ---- */

/* name NULL: all. */
static void print_commands(FILE *to, const char *name)
{
	char words[64];

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (name && strcmp(commands[i].name, name))
			continue;
		snprintf(words, sizeof(words), "%s %s", commands[i].name, commands[i].second);
		fprintf(to, "  %-17s %s\n", words, commands[i].help);
	}
}

static void usage(FILE *to)
{
	fputs("Usage: wdpub COMMAND [OPTION...]\n\n", to);
	print_commands(to, NULL);
	fputs("\n`wdpub COMMAND --help` tells the options of one; wdpub(1) tells everything.\n"
	      "Exit status: 0 done, 1 refused, 2 could not be asked.\n",
	      to);
}

static const struct command *find(int argc, char **argv)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct command *c = &commands[i];

		if (argc > 1 && !strcmp(c->name, argv[1]) &&
		    (!*c->second || (argc > 2 && !strcmp(c->second, argv[2]))))
			return c;
	}
	return NULL;
}

/* `wdpub site` alone lists, as does `wdpub hass`. */
static const struct command *find_list(const char *name)
{
	static const char *const seconds[] = {"list", "show", "status"};

	for (size_t i = 0; i < N_COMMANDS; i++)
		for (size_t k = 0; k < sizeof(seconds) / sizeof(*seconds); k++)
			if (!strcmp(commands[i].name, name) &&
			    !strcmp(commands[i].second, seconds[k]))
				return &commands[i];
	return NULL;
}

static bool is_group(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name) && *commands[i].second)
			return true;
	return false;
}

static bool asks_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "-?");
}

/* The commands of a group; and the options of the one, if any, that is the word alone. */
static int group_usage(struct wdpub *w, char *name)
{
	char command[64], help[] = "--help", *argv[] = {command, help, NULL};

	printf("Usage: wdpub %s COMMAND [OPTION...]\n\n", name);
	print_commands(stdout, name);
	printf("\n`wdpub %s COMMAND --help` tells the options of one; wdpub(1) tells everything.\n",
	       name);
	snprintf(command, sizeof(command), "wdpub %s", name);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i].name, name) || *commands[i].second)
			continue;
		putchar('\n');
		return commands[i].run(w, 2, argv);
	}
	return EXIT_DONE;
}

static int unknown(int argc, char **argv)
{
	const char *between = "";

	fprintf(stderr, "wdpub: there is no command \"%s%s%s\"; ", argv[1], argc > 2 ? " " : "",
		argc > 2 ? argv[2] : "");
	if (!is_group(argv[1])) {
		fputs("`wdpub --help` lists them\n", stderr);
		return EXIT_COULD_NOT;
	}
	fputs("there are: ", stderr);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i].name, argv[1]))
			continue;
		fprintf(stderr, "%s%s %s", between, argv[1], commands[i].second);
		between = ", ";
	}
	putc('\n', stderr);
	return EXIT_COULD_NOT;
}

int main(int argc, char **argv)
{
	struct wdpub w = {
		.state = layout_default("WD_PUBLISHER_STATE", LAYOUT_STATE),
		.socket = layout_default("WD_PUBLISHER_SOCKET", LAYOUT_SOCKET),
	};
	const struct command *c;
	char name[64];
	int used;

	argp_err_exit_status = EXIT_COULD_NOT;
	if (argc < 2) {
		usage(stderr);
		return EXIT_COULD_NOT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts(argp_program_version);
		return EXIT_DONE;
	}
	if (argc > 2 && is_group(argv[1]) && asks_help(argv[2]))
		return group_usage(&w, argv[1]);
	c = find(argc, argv);
	used = c && *c->second ? 2 : 1;
	if (!c && (argc == 2 || *argv[2] == '-'))
		c = find_list(argv[1]);
	if (!c)
		return unknown(argc, argv);
	/* argp takes argv[0] for its messages. */
	snprintf(name, sizeof(name), "wdpub %s%s%s", c->name, used == 2 ? " " : "",
		 used == 2 ? c->second : "");
	argv[used] = name;
	return c->run(&w, argc - used, argv + used);
}
