// SPDX-License-Identifier: Apache-2.0
/* wdpub event: what the console's pages of events do; wdpub_diff.c has the comparing */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

#define LIST_MOST 100000
#define PAGE 500

struct options {
	json_t *request; /* of the query */
	json_int_t n;
};

static const struct argp_option list_options[] = {
	{"host", 'H', "HOST", 0, "Only of this host", 0},
	{"site", 's', "SITE", 0, "Only of this site", 0},
	{"find", 'q', "WORDS", 0, "With these words in paths, programs, users, notes", 0},
	{"outcome", 'o', "OUTCOME", 0, "denied, restored, failed, ...; several by commas", 0},
	{"op", 'p', "OP", 0, "Only of this operation", 0},
	{"open", 'O', NULL, 0, "Only what nobody has acknowledged", 0},
	{"from", 'f', "TIME", 0, "Not before, as 2026-01-31T12:00:00Z", 0},
	{"to", 't', "TIME", 0, "Not after", 0},
	{"lines", 'n', "N", 0, "The last N (default 50)", 0},
	{0},
};

static error_t parse_list(int key, char *arg, struct argp_state *state)
{
	static const struct {
		int key;
		const char *member;
	} texts[] = {{'H', "host"}, {'s', "site"}, {'q', "q"}, {'o', "outcome"},
		     {'p', "op"},   {'f', "from"}, {'t', "to"}};
	struct options *o = state->input;
	char *end;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (key != texts[i].key)
			continue;
		json_object_set_new(o->request, texts[i].member, json_string(arg));
		return 0;
	}
	if (key == 'O') {
		json_object_set_new(o->request, "open", json_true());
		return 0;
	}
	if (key != 'n')
		return ARGP_ERR_UNKNOWN;
	o->n = strtoll(arg, &end, 10);
	if (*end || !*arg || o->n < 1 || o->n > LIST_MOST)
		argp_error(state, "-n %s: give a number from 1 to %d", arg, LIST_MOST);
	return 0;
}

/* Page by page: a page may be short though more follow. */
static json_t *gather(struct wdpub *w, const struct options *o)
{
	json_t *all = json_array(), *rows, *answer, *request;
	char cursor[64] = "";

	do {
		json_int_t left = o->n - (json_int_t)json_array_size(all);

		request = json_copy(o->request);
		json_object_set_new(request, "limit", json_integer(left < PAGE ? left : PAGE));
		json_object_set_new(request, "cursor", json_string(cursor));
		answer = wdpub_call(w, request, &rows, NULL, NULL, NULL);
		if (!answer) {
			json_decref(all);
			return NULL;
		}
		json_array_extend(all, rows);
		snprintf(cursor, sizeof(cursor), "%s", str_of(answer, "next"));
		json_decref(rows);
		json_decref(answer);
	} while (*cursor && (json_int_t)json_array_size(all) < o->n);
	return all;
}

int cmd_event_list(struct wdpub *w, int argc, char **argv)
{
	struct options o = {json_pack("{s:s}", "cmd", "event-list"), 50};
	struct words words = {.n = 0};
	struct table *t;
	json_t *rows, *r;
	size_t i;

	wdpub_parse(w, argc, argv, list_options, parse_list, &o, "",
		    "Searches what the hosts saw, newest first. EVENT is what the other commands"
		    " take.",
		    &words, 0, 0);
	rows = gather(w, &o);
	if (!rows)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("EVENT TIME SITE OP OUTCOME BY PATH ACKNOWLEDGED");
	json_array_foreach (rows, i, r)
		table_row(t, str_of(r, "key"), human_time(str_of(r, "time")), str_of(r, "site"),
			  str_of(r, "op"), str_of(r, "outcome"), str_of(r, "comm"),
			  str_of(r, "path"), str_of(json_object_get(r, "ack"), "by"));
	table_end(t);
	return EXIT_DONE;
}

/* "HOST/ID" in two; -1 after saying what to give. */
static int take_key(const char *key, json_t *request)
{
	const char *slash = strchr(key, '/');

	if (!slash || slash == key || !slash[1] || strchr(slash + 1, '/')) {
		fprintf(stderr, "wdpub: \"%s\": give HOST/ID, as `wdpub event list` shows\n", key);
		json_decref(request);
		return -1;
	}
	json_object_set_new(request, "host", json_stringn(key, slash - key));
	json_object_set_new(request, "id", json_string(slash + 1));
	return 0;
}

/* ---- one ---- */

static void show(const char *name, const char *value)
{
	if (*value)
		printf("%-11s %s\n", name, value);
}

static void show_who(const json_t *e)
{
	static const char *const ids[] = {"pid", "uid", "euid", "loginuid"};
	const json_t *v;

	printf("%-11s %s", "by", *str_of(e, "comm") ? str_of(e, "comm") : "nobody knows");
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (json_is_integer(v = json_object_get(e, ids[i])))
			printf(" %s %" JSON_INTEGER_FORMAT, ids[i], json_integer_value(v));
	putchar('\n');
	show("program", str_of(e, "exe"));
}

static void show_event(const json_t *e)
{
	static const char *const rest[] = {"path",   "path2", "expected", "found",
					   "detail", "note",  "evidence", "evidence_state"};
	static const char *const times[] = {"time", "seen", "done", "received"};
	const json_t *ack = json_object_get(e, "ack"), *r;
	size_t i;

	printf("%s  %s %s on %s, site %s\n", str_of(e, "key"), str_of(e, "op"),
	       str_of(e, "outcome"), str_of(e, "host"), str_of(e, "site"));
	show_who(e);
	for (i = 0; i < sizeof(rest) / sizeof(*rest); i++)
		show(rest[i], str_of(e, rest[i]));
	/* To the microsecond, as they came: how long each step took is what they are for. */
	for (i = 0; i < sizeof(times) / sizeof(*times); i++)
		show(times[i], str_of(e, times[i]));
	if (json_is_object(ack))
		printf("%-11s %s by %s: %s\n", "acknowledged", human_time(str_of(ack, "time")),
		       str_of(ack, "by"), str_of(ack, "note"));
	json_array_foreach (json_object_get(e, "related"), i, r)
		printf("%-11s %s %s %s %s\n", "related", str_of(r, "key"), str_of(r, "op"),
		       str_of(r, "outcome"), str_of(r, "path"));
}

int cmd_event_show(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *request = json_pack("{s:s}", "cmd", "event-show"), *answer;

	wdpub_parse(
		w, argc, argv, NULL, NULL, NULL, "HOST/ID",
		"Shows one event: who did what to which file when, what became of it, and events"
		" with the same path or process.",
		&words, 1, 1);
	if (take_key(words.v[0], request))
		return EXIT_COULD_NOT;
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	if (answer && !w->json) {
		make_plain(answer);
		show_event(answer);
		json_decref(answer);
		return EXIT_DONE;
	}
	return wdpub_done(w, answer, NULL);
}

int cmd_event_diff(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *request = json_pack("{s:s}", "cmd", "event-texts"), *answer;
	int status;

	wdpub_parse(
		w, argc, argv, NULL, NULL, NULL, "HOST/ID",
		"Shows what tampering changed: a unified diff from the original to what the host"
		" secured, at most 256 KiB of each; with --json both texts.",
		&words, 1, 1);
	if (take_key(words.v[0], request))
		return EXIT_COULD_NOT;
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	if (!answer || w->json)
		return wdpub_done(w, answer, NULL);
	status = show_diff(answer);
	json_decref(answer);
	return status;
}

/* ---- seen to ---- */

static error_t parse_note(int key, char *arg, struct argp_state *state)
{
	if (key != 'm')
		return ARGP_ERR_UNKNOWN;
	*(const char **)state->input = arg;
	return 0;
}

int cmd_event_ack(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"note", 'm', "TEXT", 0, "What you found, or did about it", 0},
		{0},
	};
	struct words words = {.n = 0};
	json_t *keys = json_array(), *answer;
	const char *note = "";
	json_int_t n;

	wdpub_parse(w, argc, argv, options, parse_note, &note, "HOST/ID...",
		    "Says that somebody has seen to these events.", &words, 1, WORDS_MAX);
	for (unsigned i = 0; i < words.n; i++) {
		json_t *check = json_object();

		if (take_key(words.v[i], check))
			return EXIT_COULD_NOT;
		json_decref(check);
		json_array_append_new(keys, json_string(words.v[i]));
	}
	answer = wdpub_call(
		w, json_pack("{s:s, s:o, s:s}", "cmd", "event-ack", "keys", keys, "note", note),
		NULL, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	n = int_of(answer, "acknowledged");
	if (n < (json_int_t)words.n)
		fprintf(stderr,
			"wdpub: %lld of %u were there and not acknowledged yet (wdpub event list"
			" --open)\n",
			(long long)n, words.n);
	if (w->json || n == (json_int_t)words.n)
		wdpub_done(w, answer, "%lld acknowledged", (long long)n);
	return n == (json_int_t)words.n ? EXIT_DONE : EXIT_REFUSED;
}
