// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table.h"
#include "wdpub.h"

struct options {
	bool all, follow;
	const char *host, *note;
	int n;
};

static const struct argp_option list_options[] = {
	{"all", 'a', NULL, 0, "Also those that are over", 0},
	{"host", 'H', "HOST", 0, "Of this host only", 0},
	{"follow", 'f', NULL, 0, "Go on with what changes, until interrupted", 0},
	{NULL, 'n', "N", 0, "At most so many (100)", 0},
	{0},
};

static const struct argp_option ack_options[] = {
	{"note", 'm', "TEXT", 0, "What you found or do about it", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'a':
		o->all = true;
		return 0;
	case 'f':
		o->follow = true;
		return 0;
	case 'H':
		o->host = arg;
		return 0;
	case 'm':
		o->note = arg;
		return 0;
	case 'n':
		o->n = strtol(arg, NULL, 10);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void print_line(void *arg, json_t *a)
{
	struct wdpub *w = arg;

	if (w->json) {
		print_json_line(a);
		return;
	}
	printf("%s  %lld %s %s %s  %s\n", human_time(str_of(a, "last")), (long long)int_of(a, "id"),
	       str_of(a, "severity"), str_of(a, "state"), str_of(a, "kind"), str_of(a, "text"));
	fflush(stdout);
}

static void print_table(json_t *rows)
{
	struct table *t = table_new(">ID SEVERITY STATE HOST KIND >COUNT SINCE TEXT");
	size_t i;
	json_t *a;

	json_array_foreach (rows, i, a) {
		const char *host = str_of(a, "host");
		char text[512];

		snprintf(text, sizeof(text), "%s%s%.400s", str_of(a, "subject"),
			 *str_of(a, "subject") ? ": " : "", str_of(a, "text"));
		table_row(t, human_number(int_of(a, "id")), str_of(a, "severity"),
			  str_of(a, "state"), *host ? host : "(publisher)", str_of(a, "kind"),
			  human_number(int_of(a, "count")), human_time(str_of(a, "raised")), text);
	}
	table_end(t);
}

int cmd_alarm_list(struct wdpub *w, int argc, char **argv)
{
	struct options o = {.host = "", .n = 100};
	struct words words = {.n = 0};
	json_t *rows = NULL, *answer, *request;

	wdpub_parse(
		w, argc, argv, list_options, parse, &o, "",
		"Lists what calls for a person.\vAn alarm is open until it is acknowledged or its"
		" cause is gone.",
		&words, 0, 0);
	request = json_pack("{s:s, s:s, s:s, s:i, s:b}", "cmd", "alarm-list", "state",
			    o.all ? "" : "open,acknowledged", "host", o.host, "limit", o.n,
			    "follow", o.follow);
	answer = wdpub_call(w, request, o.follow ? NULL : &rows, o.follow ? print_line : NULL, NULL,
			    w);
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json(rows);
	else if (!json_array_size(rows))
		puts(o.all ? "There was no alarm." : "All is well: no alarm is open.");
	else
		print_table(rows);
	return EXIT_DONE;
}

int cmd_alarm_ack(struct wdpub *w, int argc, char **argv)
{
	struct options o = {.note = ""};
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, ack_options, parse, &o, "ID",
		    "Tells everybody that you are on it; messages about this alarm stop.", &words,
		    1, 1);
	answer = wdpub_call(
		w,
		json_pack("{s:s, s:s, s:s}", "cmd", "alarm-ack", "id", words.v[0], "note", o.note),
		NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, "Alarm %s is acknowledged.", words.v[0]);
}

int cmd_alarm_test(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "",
		    "Raises a test alarm that takes the way of a real one.", &words, 0, 0);
	answer = wdpub_call(w, json_pack("{s:s}", "cmd", "alarm-test"), NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, "Raised; `wdpub notify log` shows where it went.");
}
