// SPDX-License-Identifier: Apache-2.0
/* wdpub log find, wdpub user sessions | end: what the console's Logs and Users pages do */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

#define FIND_MOST 100000
#define PAGE 500

struct find {
	const char *kind, *host, *level, *from, *to;
	long n;
};

static const struct argp_option find_options[] = {
	{"kind", 'k', "system|tamper", 0, "Which log (default system)", 0},
	{"host", 'H', "HOST", 0, "Only of this host", 0},
	{"level", 'l', "LEVEL", 0, "System log: this level and worse (error, warning, info, debug)",
	 0},
	{"from", 'f', "TIME", 0, "Not before, as 2026-01-31T12:00:00Z", 0},
	{"to", 't', "TIME", 0, "Not after", 0},
	{"lines", 'n', "N", 0, "The last N (default 50)", 0},
	{0},
};

static error_t parse_find(int key, char *arg, struct argp_state *state)
{
	struct find *f = state->input;
	char *end;

	switch (key) {
	case 'k':
		f->kind = arg;
		return 0;
	case 'H':
		f->host = arg;
		return 0;
	case 'l':
		f->level = arg;
		return 0;
	case 'f':
		f->from = arg;
		return 0;
	case 't':
		f->to = arg;
		return 0;
	case 'n':
		f->n = strtol(arg, &end, 10);
		if (*end || !*arg || f->n < 1 || f->n > FIND_MOST)
			argp_error(state, "-n %s: give a number from 1 to %d", arg, FIND_MOST);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void give(json_t *request, const char *key, const char *value)
{
	if (*value)
		json_object_set_new(request, key, json_string(value));
}

/* Page by page: a page may be empty though more follow, as a span of the log is one. */
static int gather(struct wdpub *w, const struct find *f, const char *words, json_t *all)
{
	char cursor[64] = "";

	do {
		long left = f->n - (long)json_array_size(all);
		json_t *request = json_pack("{s:s, s:s, s:i}", "cmd", "log-list", "kind", f->kind,
					    "limit", (int)(left < PAGE ? left : PAGE));
		json_t *rows, *answer;

		give(request, "q", words);
		give(request, "host", f->host);
		give(request, "level", f->level);
		give(request, "from", f->from);
		give(request, "to", f->to);
		give(request, "cursor", cursor);
		answer = wdpub_call(w, request, &rows, NULL, NULL, NULL);
		if (!answer)
			return -1;
		json_array_extend(all, rows);
		snprintf(cursor, sizeof(cursor), "%s", str_of(answer, "next"));
		json_decref(rows);
		json_decref(answer);
	} while (*cursor && (long)json_array_size(all) < f->n);
	return 0;
}

static void print_line(json_t *j, bool tamper)
{
	if (tamper)
		printf("%s  %-16s %-12s %-9s %-9s %s\n", human_time(str_of(j, "time")),
		       str_of(j, "host"), str_of(j, "site"), str_of(j, "op"), str_of(j, "outcome"),
		       str_of(j, "path"));
	else
		printf("%s  %-7s %-12s %s%s%s\n", human_time(str_of(j, "time")), str_of(j, "level"),
		       str_of(j, "act"), str_of(j, "host"), *str_of(j, "host") ? ": " : "",
		       str_of(j, "text"));
}

int cmd_log_find(struct wdpub *w, int argc, char **argv)
{
	struct find f = {"system", "", "", "", "", 50};
	struct words words = {.n = 0};
	char text[256] = "";
	json_t *all = json_array();
	size_t at = 0;

	wdpub_parse(
		w, argc, argv, find_options, parse_find, &f, "[WORD...]",
		"Searches the system log for lines with this text, or what hosts saw for events with"
		" all of these words.",
		&words, 0, WORDS_MAX);
	for (unsigned i = 0; i < words.n && at < sizeof(text); i++)
		at += snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "", words.v[i]);
	if (at >= sizeof(text)) {
		fprintf(stderr, "wdpub: the words are too long: at most %zu bytes\n",
			sizeof(text) - 1);
		return EXIT_COULD_NOT;
	}
	if (gather(w, &f, text, all))
		return wdpub_status(w);
	if (w->json)
		print_json(all);
	else
		make_plain(all);
	for (size_t i = json_array_size(all); !w->json && i-- > 0;)
		print_line(json_array_get(all, i), !strcmp(f.kind, "tamper"));
	return EXIT_DONE;
}

int cmd_user_sessions(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	struct table *t;
	json_t *rows, *s;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "", "Shows who is signed in to the console.",
		    &words, 0, 0);
	if (!wdpub_call(w, json_pack("{s:s}", "cmd", "session-list"), &rows, NULL, NULL, NULL))
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("SESSION USER ADDRESS STARTED SEEN BROWSER");
	json_array_foreach (rows, i, s)
		table_row(t, str_of(s, "id"), str_of(s, "user"), str_of(s, "address"),
			  human_time(str_of(s, "started")), human_time(str_of(s, "seen")),
			  str_of(s, "agent"));
	table_end(t);
	return EXIT_DONE;
}

int cmd_user_end(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "SESSION",
		    "Ends a session that `wdpub user sessions` shows: whoever has it must sign in"
		    " again.",
		    &words, 1, 1);
	answer = wdpub_call(w, json_pack("{s:s, s:s}", "cmd", "session-end", "id", words.v[0]),
			    NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, "Ended.");
}
