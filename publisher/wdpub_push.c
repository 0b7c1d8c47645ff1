// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto.h"
#include "table.h"
#include "wdpub.h"

struct push_options {
	const char *note;
	long long above;
	bool wait, allow_empty;
};

enum { OPT_WAIT = 300, OPT_NO_WAIT, OPT_NOTE, OPT_EMPTY, OPT_ABOVE };

static const struct argp_option options[] = {
	{"wait", OPT_WAIT, NULL, 0, "Until every connected host applied it (default)", 0},
	{"no-wait", OPT_NO_WAIT, NULL, 0, "Only until the release is signed", 0},
	{"note", OPT_NOTE, "TEXT", 0, "Goes into the release", 0},
	{"allow-empty", OPT_EMPTY, NULL, 0, "An empty backup directory is meant", 0},
	{"above", OPT_ABOVE, "SERIAL", 0,
	 "Use a serial above this, even if nothing changed: for a publisher that was put back"
	 " from an old backup",
	 0},
	{0},
};

static const struct argp_option rollback_options[] = {
	{"wait", OPT_WAIT, NULL, 0, "Until every connected host applied it (default)", 0},
	{"no-wait", OPT_NO_WAIT, NULL, 0, "Only until the release is signed", 0},
	{"note", OPT_NOTE, "TEXT", 0, "Goes into the release", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct push_options *o = state->input;
	char *end;

	switch (key) {
	case OPT_WAIT:
		o->wait = true;
		return 0;
	case OPT_NO_WAIT:
		o->wait = false;
		return 0;
	case OPT_NOTE:
		o->note = arg;
		return 0;
	case OPT_EMPTY:
		o->allow_empty = true;
		return 0;
	case OPT_ABOVE:
		o->above = strtoll(arg, &end, 10);
		if (*end || o->above <= 0)
			argp_error(state, "--above %s: give a positive number", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

struct show {
	struct wdpub *w;
	bool tty;
	bool dirty; /* a progress line is on the terminal */
};

static void clear_line(struct show *s)
{
	if (s->dirty)
		fputs("\r\033[K", stderr);
	s->dirty = false;
}

static void show_release(const json_t *r)
{
	const char *result = str_of(r, "result");

	if (!strcmp(result, "refused"))
		printf("%s  refused: %s\n", str_of(r, "site"), str_of(r, "text"));
	else if (!strcmp(result, "unchanged"))
		printf("%s  unchanged  serial %" PRIu64 "\n", str_of(r, "site"),
		       (uint64_t)int_of(r, "serial"));
	else
		printf("%s  released  serial %" PRIu64 "  %" PRIu64 " files  %s\n",
		       str_of(r, "site"), (uint64_t)int_of(r, "serial"),
		       (uint64_t)int_of(r, "files"), human_bytes(int_of(r, "bytes")));
	if (int_of(r, "busy"))
		printf("%s  %" PRIu64 " files are still being written and were left as they were,"
		       " as %s\n",
		       str_of(r, "site"), (uint64_t)int_of(r, "busy"), str_of(r, "busy_path"));
}

static void show_host(const json_t *r)
{
	const char *result = str_of(r, "result");

	printf("%s  %s", str_of(r, "host"), result);
	if (!strcmp(result, "applied"))
		printf("  serial %" PRIu64 "  %" PRIu64 " objects  %s  in %.2f s\n",
		       (uint64_t)int_of(r, "serial"), (uint64_t)int_of(r, "objects"),
		       human_bytes(int_of(r, "bytes")),
		       json_real_value(json_object_get(r, "seconds")));
	else if (!strcmp(result, "up to date"))
		printf(", 0 objects\n");
	else if (!strcmp(result, "refused"))
		printf("  serial %" PRIu64 ": %s\n", (uint64_t)int_of(r, "serial"),
		       str_of(r, "text"));
	else if (!strcmp(result, "offline"))
		printf(" (%s): gets it when it comes back\n", str_of(r, "state"));
	else
		printf("  serial %" PRIu64 "\n", (uint64_t)int_of(r, "serial"));
}

static void on_row(void *arg, json_t *r)
{
	struct show *s = arg;

	clear_line(s);
	if (s->w->json)
		return;
	if (json_object_get(r, "host"))
		show_host(r);
	else
		show_release(r);
	fflush(stdout);
}

static void on_progress(void *arg, json_t *p)
{
	struct show *s = arg;

	if (!s->tty || int_of(p, "state") > PROGRESS_APPLYING)
		return;
	clear_line(s);
	fprintf(stderr, "%s  %s  %" PRIu64 " of %" PRIu64 " objects  %s", str_of(p, "host"),
		int_of(p, "state") == PROGRESS_FETCHING ? "fetching" : "applying",
		(uint64_t)int_of(p, "objects"), (uint64_t)int_of(p, "wanted"),
		human_bytes(int_of(p, "bytes")));
	fflush(stderr);
	s->dirty = true;
}

static int run(struct wdpub *w, json_t *request)
{
	struct show show = {w, isatty(STDERR_FILENO) && !w->json, false};
	json_t *rows, *answer = wdpub_call(w, request, &rows, on_row, on_progress, &show);

	clear_line(&show);
	if (w->json && (answer || w->refused))
		print_json(json_pack("{s:b, s:o}", "ok", answer != NULL, "rows", rows));
	return answer ? EXIT_DONE : wdpub_status(w);
}

int cmd_push(struct wdpub *w, int argc, char **argv)
{
	struct push_options o = {"", 0, true, false};
	struct words words = {.n = 0};

	wdpub_parse(w, argc, argv, options, parse, &o, "[SITE]",
		    "Publishes now what has changed, and waits for the connected hosts."
		    "\vExit status 1: a site could not be published, or a host refused it.",
		    &words, 0, 1);
	return run(w, json_pack("{s:s, s:s, s:s, s:b, s:b, s:I}", "cmd", "push", "site",
				words.n ? words.v[0] : "", "note", o.note, "wait", o.wait,
				"allow_empty", o.allow_empty, "above", (json_int_t)o.above));
}

int cmd_rollback(struct wdpub *w, int argc, char **argv)
{
	struct push_options o = {"", 0, true, false};
	struct words words = {.n = 0};
	char *end;
	long long serial;

	wdpub_parse(w, argc, argv, rollback_options, parse, &o, "SITE SERIAL",
		    "Makes a new release with the content of an earlier one. Changes of the backup"
		    " are not published until the next `wdpub push SITE`.",
		    &words, 2, 2);
	serial = strtoll(words.v[1], &end, 10);
	if (*end || serial <= 0) {
		fprintf(stderr, "wdpub: \"%s\" is not a serial (wdpub releases %s)\n", words.v[1],
			words.v[0]);
		return EXIT_COULD_NOT;
	}
	return run(w, json_pack("{s:s, s:s, s:I, s:s, s:b}", "cmd", "rollback", "site", words.v[0],
				"serial", (json_int_t)serial, "note", o.note, "wait", o.wait));
}
