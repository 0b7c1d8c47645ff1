// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

#define CHECKS 13

/* ---- list: hosts and checks ---- */

static const json_t *result_of(const json_t *server, const char *code)
{
	const json_t *r;
	size_t i;

	json_array_foreach (json_object_get(server, "results"), i, r)
		if (!strcmp(str_of(r, "code"), code))
			return r;
	return NULL;
}

/* good, BAD, man, ERR, n/a; waiv: bad, and somebody answers for it. */
static const char *cell(const json_t *result)
{
	static const char *const names[][2] = {{"GOOD", "good"},
					       {"VULNERABLE", "BAD"},
					       {"MANUAL", "man"},
					       {"ERROR", "ERR"},
					       {"N/A", "n/a"}};

	if (!result)
		return "";
	if (true_of(result, "waived"))
		return "waiv";
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(str_of(result, "verdict"), names[i][0]))
			return names[i][1];
	return "?";
}

static void matrix_row(struct table *t, const json_t *row, const json_t *server)
{
	const char *c[CHECKS];
	char code[16];

	for (int i = 0; i < CHECKS; i++) {
		snprintf(code, sizeof(code), "WT-%02d", i + 1);
		c[i] = cell(result_of(server, code));
	}
	table_row(t, str_of(row, "host"), str_of(server, "base"), human_time(str_of(row, "time")),
		  c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12]);
}

static json_t *ask_rows(struct wdpub *w, json_t *request)
{
	json_t *rows = NULL, *answer = wdpub_call(w, request, &rows, NULL, NULL, NULL);

	if (answer) {
		json_decref(answer);
		return rows;
	}
	json_decref(rows);
	return NULL;
}

int cmd_audit_list(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *row, *server;
	struct table *t;
	size_t i, k;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "",
		    "Shows how the Tomcats of all hosts were judged last: a line a server, a column"
		    " a check.",
		    &words, 0, 0);
	rows = ask_rows(w, json_pack("{s:s}", "cmd", "audit-show"));
	if (!rows)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("HOST SERVER AUDITED 01 02 03 04 05 06 07 08 09 10 11 12 13");
	json_array_foreach (rows, i, row)
		json_array_foreach (json_object_get(json_object_get(row, "report"), "servers"), k,
				    server)
			matrix_row(t, row, server);
	table_end(t);
	json_decref(rows);
	return EXIT_DONE;
}

/* ---- show: one host's findings ---- */

static void show_result(const json_t *r)
{
	const json_t *f;
	size_t i;

	printf("%s %-10s %-6s %s, since %s\n", str_of(r, "code"), str_of(r, "verdict"),
	       str_of(r, "risk"), str_of(r, "title"), human_time(str_of(r, "since")));
	if (!strcmp(str_of(r, "verdict"), "GOOD"))
		return;
	printf("    expected: %s\n", str_of(r, "expected"));
	json_array_foreach (json_object_get(r, "findings"), i, f) {
		const json_t *waiver = json_object_get(f, "waiver");

		printf("    %s: %s\n", str_of(f, "object"), str_of(f, "observed"));
		if (json_is_object(waiver))
			printf("        waived until %s by %s: %s\n", str_of(waiver, "expires"),
			       str_of(waiver, "owner"), str_of(waiver, "reason"));
		else if (*str_of(f, "fix"))
			printf("        class %s: %s\n", str_of(f, "fix"), str_of(f, "remedy"));
	}
}

int cmd_audit_show(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *row, *server, *r;
	size_t i, k, m;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "HOST",
		    "Shows what the last audit of a host found; with --json the whole report.",
		    &words, 1, 1);
	rows = ask_rows(w, json_pack("{s:s, s:s}", "cmd", "audit-show", "host", words.v[0]));
	if (!rows)
		return wdpub_status(w);
	if (!json_array_size(rows))
		fprintf(stderr,
			"wdpub: no audit of %s has arrived; `wdpub audit run %s` asks for one\n",
			words.v[0], words.v[0]);
	else if (w->json)
		print_json(json_array_get(rows, 0));
	json_array_foreach (w->json ? NULL : rows, i, row)
		json_array_foreach (json_object_get(json_object_get(row, "report"), "servers"), k,
				    server) {
			printf("%s  %s, audited %s\n", str_of(row, "host"), str_of(server, "base"),
			       human_time(str_of(row, "time")));
			json_array_foreach (json_object_get(server, "results"), m, r)
				show_result(r);
		}
	m = json_array_size(rows);
	json_decref(rows);
	return m ? EXIT_DONE : EXIT_REFUSED;
}

/* ---- run, fix, undo: orders ---- */

struct order_options {
	json_t *request;
	bool yes, wait;
};

enum { OPT_PREVIEW = 300, OPT_YES, OPT_NO_WAIT };

static const struct argp_option run_options[] = {
	{"no-wait", OPT_NO_WAIT, NULL, 0, "Do not wait for the host's answer", 0},
	{0},
};

static const struct argp_option fix_options[] = {
	{"base", 'b', "DIR", 0, "This server only (catalina.base)", 0},
	{"only", 'c', "CODES", 0, "These checks only, as WT-01,WT-04", 0},
	{"preview", OPT_PREVIEW, NULL, 0, "Only show what would change (as without --yes)", 0},
	{"yes", OPT_YES, NULL, 0, "Change it, classes A and C", 0},
	{"no-wait", OPT_NO_WAIT, NULL, 0, "Do not wait for the host's answer", 0},
	{0},
};

static error_t parse_order(int key, char *arg, struct argp_state *state)
{
	struct order_options *o = state->input;

	switch (key) {
	case 'b':
		json_object_set_new(o->request, "base", json_string(arg));
		return 0;
	case 'c':
		json_object_set_new(o->request, "codes", json_string(arg));
		return 0;
	case OPT_PREVIEW:
		return 0;
	case OPT_YES:
		o->yes = true;
		return 0;
	case OPT_NO_WAIT:
		o->wait = false;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int order(struct wdpub *w, struct order_options *o)
{
	json_t *answer;

	json_object_set_new(o->request, "wait", json_boolean(o->wait));
	answer = wdpub_call(w, o->request, NULL, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json(answer);
	else if (*str_of(answer, "text"))
		fputs(str_of(answer, "text"), stdout);
	else
		printf("request %" PRIu64 ": %s\n", (uint64_t)int_of(answer, "request"),
		       o->wait ? "done" : "sent; `wdpub audit jobs` shows the answer");
	json_decref(answer);
	return EXIT_DONE;
}

int cmd_audit_run(struct wdpub *w, int argc, char **argv)
{
	struct order_options o = {json_pack("{s:s}", "cmd", "audit-run"), false, true};
	struct words words = {.n = 0};

	wdpub_parse(w, argc, argv, run_options, parse_order, &o, "HOST",
		    "Has a host audit its Tomcats now.", &words, 1, 1);
	json_object_set_new(o.request, "host", json_string(words.v[0]));
	return order(w, &o);
}

int cmd_audit_fix(struct wdpub *w, int argc, char **argv)
{
	struct order_options o = {json_pack("{s:s}", "cmd", "audit-fix"), false, true};
	struct words words = {.n = 0};
	int status;

	wdpub_parse(w, argc, argv, fix_options, parse_order, &o, "HOST",
		    "Shows what a host would change to put its findings right, as a unified diff;"
		    " with --yes it does it. `wdpub audit undo` takes it back.",
		    &words, 1, 1);
	json_object_set_new(o.request, "host", json_string(words.v[0]));
	json_object_set_new(o.request, "preview", json_boolean(!o.yes));
	status = order(w, &o);
	if (status == EXIT_DONE && !o.yes && !w->json)
		fprintf(stderr, "nothing was changed; with --yes it is\n");
	return status;
}

int cmd_audit_undo(struct wdpub *w, int argc, char **argv)
{
	struct order_options o = {json_pack("{s:s}", "cmd", "audit-undo"), false, true};
	struct words words = {.n = 0};

	wdpub_parse(w, argc, argv, run_options, parse_order, &o, "HOST ID[/CODE]",
		    "Takes back what a fix changed.", &words, 2, 2);
	json_object_set_new(o.request, "host", json_string(words.v[0]));
	json_object_set_new(o.request, "id", json_string(words.v[1]));
	return order(w, &o);
}

int cmd_audit_jobs(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *r;
	struct table *t;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "[HOST]",
		    "Lists what hosts were asked to audit, fix and undo, and their answers.",
		    &words, 0, 1);
	rows = ask_rows(w, json_pack("{s:s, s:s, s:i}", "cmd", "audit-jobs", "host",
				     words.n ? words.v[0] : "", "n", 100));
	if (!rows)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("ASKED HOST WHAT SERVER CHECKS ID BY STATE");
	json_array_foreach (rows, i, r)
		table_row(t, human_time(str_of(r, "asked")), str_of(r, "host"), str_of(r, "what"),
			  str_of(r, "base"), str_of(r, "codes"), str_of(r, "id"), str_of(r, "by"),
			  str_of(r, "state"));
	table_end(t);
	json_decref(rows);
	return EXIT_DONE;
}

/* ---- waivers ---- */

static error_t parse_waive(int key, char *arg, struct argp_state *state)
{
	static const struct {
		int key;
		const char *member;
	} members[] = {
		{'H', "host"}, {'O', "object"}, {'w', "owner"}, {'r', "reason"}, {'e', "expires"}};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		if (key != members[i].key)
			continue;
		json_object_set_new(state->input, members[i].member, json_string(arg));
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int cmd_audit_waive(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"host", 'H', "HOST", 0, "On this host only", 0},
		{"object", 'O', "OBJECT", 0, "For this object only, as the finding names it", 0},
		{"owner", 'w', "WHO", 0, "Who answers for it", 0},
		{"reason", 'r', "TEXT", 0, "Why it is needed", 0},
		{"expires", 'e', "YYYY-MM-DD", 0, "The last day it holds", 0},
		{0},
	};
	json_t *request = json_pack("{s:s}", "cmd", "audit-waive"), *answer;
	struct words words = {.n = 0};

	wdpub_parse(w, argc, argv, options, parse_waive, request, "CODE",
		    "Records that somebody answers for a finding until a day. It stays visible.",
		    &words, 1, 1);
	if (!json_object_get(request, "owner") || !json_object_get(request, "reason") ||
	    !json_object_get(request, "expires")) {
		fprintf(stderr, "wdpub: audit waive: give --owner, --reason and --expires\n");
		return EXIT_COULD_NOT;
	}
	json_object_set_new(request, "check", json_string(words.v[0]));
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json(answer);
	else
		printf("waiver %" PRIu64 "\n", (uint64_t)int_of(answer, "waiver"));
	return EXIT_DONE;
}

int cmd_audit_unwaive(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;
	long long n;
	char *end;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "N", "Takes a waiver back.", &words, 1, 1);
	n = strtoll(words.v[0], &end, 10);
	if (*end || end == words.v[0]) {
		fprintf(stderr, "wdpub: \"%s\": give the number that `wdpub audit waivers` shows\n",
			words.v[0]);
		return EXIT_COULD_NOT;
	}
	answer = wdpub_call(
		w, json_pack("{s:s, s:I}", "cmd", "audit-unwaive", "waiver", (json_int_t)n), NULL,
		NULL, NULL, NULL);
	return wdpub_done(w, answer, "waiver %lld was taken back", n);
}

int cmd_audit_waivers(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *r;
	struct table *t;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "", "Lists who answers for which findings.",
		    &words, 0, 0);
	rows = ask_rows(w, json_pack("{s:s}", "cmd", "audit-waivers"));
	if (!rows)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new(">N HOST CHECK OBJECT EXPIRES OWNER REASON");
	json_array_foreach (rows, i, r) {
		char day[32];

		snprintf(day, sizeof(day), "%s%s", str_of(r, "expires"),
			 true_of(r, "expired") ? " (over)" : "");
		table_row(t, human_number(int_of(r, "waiver")),
			  *str_of(r, "host") ? str_of(r, "host") : "(all)", str_of(r, "check"),
			  *str_of(r, "object") ? str_of(r, "object") : "(any)", day,
			  str_of(r, "owner"), str_of(r, "reason"));
	}
	table_end(t);
	json_decref(rows);
	return EXIT_DONE;
}
