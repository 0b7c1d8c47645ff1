// SPDX-License-Identifier: Apache-2.0
/* wdpub file: what the console's page of files does */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

#define PAGE 500

/* As the console does it: no slash at either end. */
static void trimmed(const char *path, char *to, size_t cap)
{
	size_t n;

	path += strspn(path, "/");
	n = strlen(path);
	while (n && path[n - 1] == '/')
		n--;
	snprintf(to, cap, "%.*s", (int)n, path);
}

static json_t *all_of(struct wdpub *w, const char *site, const char *path)
{
	json_t *all = json_array(), *rows, *answer;
	char cursor[64] = "";

	do {
		answer = wdpub_call(w,
				    json_pack("{s:s, s:s, s:s, s:s, s:i}", "cmd", "file-list",
					      "site", site, "path", path, "cursor", cursor, "limit",
					      PAGE),
				    &rows, NULL, NULL, NULL);
		if (!answer) {
			json_decref(all);
			return NULL;
		}
		json_array_extend(all, rows);
		snprintf(cursor, sizeof(cursor), "%s", str_of(answer, "next"));
		json_decref(rows);
		json_decref(answer);
	} while (*cursor);
	return all;
}

int cmd_file_list(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *r;
	struct table *t;
	char path[4096];
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "SITE [DIR]",
		    "Lists a directory of a site as it is published now, with the number of open"
		    " events about each file. DIR is below the site; without it the top.",
		    &words, 1, 2);
	trimmed(words.n > 1 ? words.v[1] : "", path, sizeof(path));
	rows = all_of(w, words.v[0], path);
	if (!rows)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("MODE >BYTES CHANGED MAY-CHANGE >OPEN NAME");
	json_array_foreach (rows, i, r) {
		char name[1024];

		snprintf(name, sizeof(name), "%.500s%s%.500s", str_of(r, "name"),
			 !strcmp(str_of(r, "type"), "dir")    ? "/"
			 : !strcmp(str_of(r, "type"), "link") ? " -> "
							      : "",
			 str_of(r, "target"));
		table_row(t, str_of(r, "mode"), human_bytes(int_of(r, "size")),
			  human_time(str_of(r, "mtime")), true_of(r, "excepted") ? "yes" : "-",
			  human_number(int_of(r, "open_events")), name);
	}
	table_end(t);
	return EXIT_DONE;
}

static void show_history(const json_t *answer)
{
	struct table *t = table_new(">SERIAL PUBLISHED MODE >BYTES SHA-256");
	const json_t *r;
	size_t i;

	json_array_foreach (json_object_get(answer, "versions"), i, r)
		table_row(t, human_number(int_of(r, "serial")), human_time(str_of(r, "issued")),
			  str_of(r, "mode"), human_bytes(int_of(r, "size")), str_of(r, "hash"));
	table_end(t);
	if (!json_array_size(json_object_get(answer, "events")))
		return;
	putchar('\n');
	t = table_new("EVENT TIME OP OUTCOME BY");
	json_array_foreach (json_object_get(answer, "events"), i, r)
		table_row(t, str_of(r, "key"), human_time(str_of(r, "time")), str_of(r, "op"),
			  str_of(r, "outcome"), str_of(r, "comm"));
	table_end(t);
}

int cmd_file_history(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	char path[4096];
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "SITE FILE",
		    "Shows the releases in which a file changed, newest first, and the events that"
		    " touched it.",
		    &words, 2, 2);
	trimmed(words.v[1], path, sizeof(path));
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:s}", "cmd", "file-history", "site", words.v[0],
				      "path", path),
			    NULL, NULL, NULL, NULL);
	if (answer && !w->json) {
		show_history(answer);
		json_decref(answer);
		return EXIT_DONE;
	}
	return wdpub_done(w, answer, NULL);
}

/* ---- restore ---- */

struct restore_options {
	const char *host;
	bool wait;
};

static error_t parse_restore(int key, char *arg, struct argp_state *state)
{
	struct restore_options *o = state->input;

	switch (key) {
	case 'H':
		o->host = arg;
		return 0;
	case 'w':
		o->wait = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void on_row(void *arg, json_t *r)
{
	const struct wdpub *w = arg;

	if (!w->json)
		print_verified(r);
}

int cmd_file_restore(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"host", 'H', "HOST", 0, "On this host only (default: all that serve the site)", 0},
		{"wait", 'w', NULL, 0, "Until they have; says what they found", 0},
		{0},
	};
	struct restore_options o = {"", false};
	struct words words = {.n = 0};
	json_t *answer, *rows;
	char path[4096];

	wdpub_parse(w, argc, argv, options, parse_restore, &o, "SITE FILE",
		    "Has hosts put a file back as it was published. They restore whatever differs"
		    " when they verify, so all of the site is verified.",
		    &words, 2, 2);
	trimmed(words.v[1], path, sizeof(path));
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:s, s:s, s:b}", "cmd", "restore", "site",
				      words.v[0], "path", path, "host", o.host, "wait", o.wait),
			    &rows, on_row, NULL, w);
	if (!answer)
		return wdpub_status(w);
	json_object_set_new(answer, "rows", rows);
	return wdpub_done(w, answer,
			  o.wait ? NULL : "%s: asked; `wdpub events` shows what came of it", path);
}
