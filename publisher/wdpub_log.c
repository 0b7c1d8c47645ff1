// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

struct audit_options {
	int n;
	const char *user, *find;
};

static const struct argp_option audit_options[] = {
	{"lines", 'n', "N", 0, "The last N, at most 500 (default 20)", 0},
	{"user", 'u', "NAME", 0, "Only what this user did", 0},
	{"find", 'q', "WORDS", 0, "Only where these words occur", 0},
	{0},
};

static error_t parse_audit(int key, char *arg, struct argp_state *state)
{
	struct audit_options *o = state->input;
	char *end;

	switch (key) {
	case 'n':
		o->n = strtol(arg, &end, 10);
		if (*end || !*arg || o->n < 1 || o->n > 500)
			argp_error(state, "-n %s: give a number from 1 to 500", arg);
		return 0;
	case 'u':
		o->user = arg;
		return 0;
	case 'q':
		o->find = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int cmd_log_audit(struct wdpub *w, int argc, char **argv)
{
	struct audit_options o = {20, "", ""};
	struct words words = {.n = 0};
	json_t *rows, *a;

	wdpub_parse(w, argc, argv, audit_options, parse_audit, &o, "",
		    "Shows what people did, with wdpub and in the web console.", &words, 0, 0);
	if (!wdpub_call(w,
			json_pack("{s:s, s:i, s:s, s:s}", "cmd", "audit-log", "limit", o.n, "user",
				  o.user, "q", o.find),
			&rows, NULL, NULL, NULL))
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	make_plain(rows);
	for (size_t i = json_array_size(rows); i-- > 0;) {
		a = json_array_get(rows, i);
		printf("%s  %-12s %-16s  %-14s %s  %s\n", human_time(str_of(a, "time")),
		       str_of(a, "user"), str_of(a, "address"), str_of(a, "act"),
		       str_of(a, "object"), str_of(a, "detail"));
	}
	return EXIT_DONE;
}

static error_t parse_head(int key, char *arg, struct argp_state *state)
{
	if (key != 'H')
		return ARGP_ERR_UNKNOWN;
	*(const char **)state->input = arg;
	return 0;
}

int cmd_log_verify(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"head", 'H', "HEX", 0,
		 "Must occur: what this command, or the system's log, said"
		 " before",
		 0},
		{0},
	};
	struct words words = {.n = 0};
	const char *head = "";
	json_t *answer;

	wdpub_parse(w, argc, argv, options, parse_head, &head, "",
		    "Checks that the audit log is as it was written: every entry carries a value"
		    " over itself and all before it. Note the last one elsewhere.",
		    &words, 0, 0);
	answer = wdpub_call(w, json_pack("{s:s, s:s}", "cmd", "log-verify", "head", head), NULL,
			    NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json(answer);
	else
		printf("%" PRIu64 " entries, as they were written; the last one's value is\n%s\n",
		       (uint64_t)int_of(answer, "entries"), str_of(answer, "head"));
	return EXIT_DONE;
}
