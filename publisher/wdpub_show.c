// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

/* ---- status ---- */

static void show_sites(const json_t *sites)
{
	struct table *t = table_new("SITE >SERIAL STATE >FILES >BYTES ISSUED EXPIRES NOTE");
	json_t *s;
	size_t i;

	json_array_foreach (sites, i, s)
		table_row(t, str_of(s, "site"), human_number(int_of(s, "serial")),
			  str_of(s, "state"), human_number(int_of(s, "files")),
			  human_bytes(int_of(s, "bytes")), human_time(str_of(s, "issued")),
			  human_time(str_of(s, "expires")), str_of(s, "note"));
	table_end(t);
}

static void host_row(struct table *t, const json_t *h, const json_t *hs)
{
	table_row(t, str_of(h, "host"), str_of(h, "state"), human_time(str_of(h, "since")),
		  str_of(h, "address"), hs ? str_of(hs, "site") : "-",
		  human_number(int_of(hs, "serial")), hs ? str_of(hs, "mode") : "-",
		  str_of(h, "health"), str_of(h, "source"), human_ago(str_of(h, "seen")),
		  hs ? human_ago(str_of(hs, "verified")) : "-", str_of(h, "note"));
}

static void show_hosts(const json_t *hosts)
{
	struct table *t = table_new("HOST STATE CONNECTED ADDRESS SITE >SERIAL MODE HEALTH SOURCE"
				    " LAST-BEAT VERIFIED NOTE");
	json_t *h, *hs;
	size_t i, k;

	json_array_foreach (hosts, i, h) {
		if (!json_array_size(json_object_get(h, "sites")))
			host_row(t, h, NULL);
		json_array_foreach (json_object_get(h, "sites"), k, hs)
			host_row(t, h, hs);
	}
	table_end(t);
}

/* What needs somebody's attention, a line each. Their number. */
static int site_problems(const json_t *s, FILE *to)
{
	const char *site = str_of(s, "site");
	int n = 0;

	if (*str_of(s, "problem"))
		n += fprintf(to, "! %s: not published: %s\n", site, str_of(s, "problem")) > 0;
	if (*str_of(s, "watch_problem"))
		n += fprintf(to, "! %s: %s\n", site, str_of(s, "watch_problem")) > 0;
	if (int_of(s, "busy"))
		n += fprintf(to, "! %s: %" PRIu64 " files still being written, as %s\n", site,
			     (uint64_t)int_of(s, "busy"), str_of(s, "busy_path")) > 0;
	if (int_of(s, "held"))
		n += fprintf(to,
			     "! %s: rolled back to %" PRIu64 "; changes wait for `wdpub push"
			     " %s`\n",
			     site, (uint64_t)int_of(s, "held"), site) > 0;
	return n;
}

static int host_problems(const json_t *h, FILE *to)
{
	const char *host = str_of(h, "host"), *state = str_of(h, "state");
	int n = 0;
	size_t k;
	json_t *hs;

	if (!strcmp(state, "silent"))
		n += fprintf(to, "! %s: silent, last heard %s\n", host,
			     human_ago(str_of(h, "seen"))) > 0;
	if (strcmp(str_of(h, "health"), "ok"))
		n += fprintf(to, "! %s: health %s: %s\n", host, str_of(h, "health"),
			     str_of(h, "note")) > 0;
	json_array_foreach (json_object_get(h, "sites"), k, hs)
		if (*str_of(hs, "refused"))
			n += fprintf(to, "! %s: refused the release of %s: %s\n", host,
				     str_of(hs, "site"), str_of(hs, "refused")) > 0;
	return n;
}

static int show_problems(const json_t *status, FILE *to)
{
	json_t *x;
	int n = 0;
	size_t i;

	if (!true_of(status, "keys_up"))
		n += fprintf(to, "! the keys role is down: nothing can be signed\n") > 0;
	if (!true_of(status, "link_up"))
		n += fprintf(to, "! the link role is down: no host can connect\n") > 0;
	json_array_foreach (json_object_get(status, "sites"), i, x)
		n += site_problems(x, to);
	json_array_foreach (json_object_get(status, "hosts"), i, x)
		n += host_problems(x, to);
	return n;
}

/* The same lines, without the marks before them. */
static int problems_json(const json_t *status)
{
	json_t *list = json_array();
	char *text = NULL, *rest, *line;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int n = f ? show_problems(status, f) : 0;

	if (f)
		fclose(f);
	for (rest = text; rest && (line = strsep(&rest, "\n"));)
		if (*line)
			json_array_append_new(list, json_string(line + strspn(line, "! ")));
	print_json(json_pack("{s:o}", "problems", list));
	free(text);
	return n;
}

enum { OPT_CHECK = 300 };

static const struct argp_option status_options[] = {
	{"check", OPT_CHECK, NULL, 0, "Say only what is wrong; exit status 1 if anything is", 0},
	{0},
};

static error_t parse_check(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != OPT_CHECK)
		return ARGP_ERR_UNKNOWN;
	*(bool *)state->input = true;
	return 0;
}

int cmd_status(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	bool check = false;
	json_t *status;
	int problems;

	wdpub_parse(w, argc, argv, status_options, parse_check, &check, "",
		    "Shows the sites, the hosts, and what needs attention.", &words, 0, 0);
	status = wdpub_call(w, json_pack("{s:s}", "cmd", "status"), NULL, NULL, NULL, NULL);
	if (!status)
		return wdpub_status(w);
	if (w->json && check)
		return problems_json(status) ? EXIT_REFUSED : EXIT_DONE;
	if (w->json) {
		print_json(status);
		return EXIT_DONE;
	}
	make_plain(status);
	if (!check) {
		printf("wdpublisherd %s since %s, %s%s\n\n", str_of(status, "version"),
		       human_time(str_of(status, "started")),
		       *str_of(status, "listen") ? "listening on " : "not listening",
		       str_of(status, "listen"));
		show_sites(json_object_get(status, "sites"));
		putchar('\n');
		show_hosts(json_object_get(status, "hosts"));
	}
	problems = show_problems(status, stdout);
	return check && problems ? EXIT_REFUSED : EXIT_DONE;
}

/* ---- releases ---- */

int cmd_releases(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *answer, *r;
	struct table *t;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "[SITE]", "Lists what was published when.",
		    &words, 0, 1);
	answer = wdpub_call(
		w, json_pack("{s:s, s:s}", "cmd", "releases", "site", words.n ? words.v[0] : ""),
		&rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("SITE >SERIAL ISSUED EXPIRES >FILES >BYTES ROOT NOTE");
	json_array_foreach (rows, i, r) {
		char root[13];

		snprintf(root, sizeof(root), "%.12s", str_of(r, "root"));
		table_row(t, str_of(r, "site"), human_number(int_of(r, "serial")),
			  human_time(str_of(r, "issued")), human_time(str_of(r, "expires")),
			  human_number(int_of(r, "files")), human_bytes(int_of(r, "bytes")), root,
			  str_of(r, "note"));
	}
	table_end(t);
	return EXIT_DONE;
}

/* ---- log and events: the same options, other lines ---- */

struct tail_options {
	int n;
	bool follow;
	const char *host;
};

static const struct argp_option tail_options[] = {
	{"lines", 'n', "N", 0, "The last N (default 20)", 0},
	{"follow", 'f', NULL, 0, "And every further one as it comes", 0},
	{"host", 'H', "HOST", 0, "Only of this host (events)", 0},
	{0},
};

static error_t parse_tail(int key, char *arg, struct argp_state *state)
{
	struct tail_options *o = state->input;
	char *end;

	switch (key) {
	case 'n':
		o->n = strtol(arg, &end, 10);
		if (*end || !*arg || o->n < 0)
			argp_error(state, "-n %s: give a number", arg);
		return 0;
	case 'f':
		o->follow = true;
		return 0;
	case 'H':
		o->host = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void log_line(const json_t *r)
{
	const char *site = str_of(r, "site"), *host = str_of(r, "host");

	printf("%s  %-5s  %-11s  %s%s%s%s%s\n", human_time(str_of(r, "time")), str_of(r, "level"),
	       str_of(r, "act"), site, *site && *host ? " " : "", host, *site || *host ? ": " : "",
	       str_of(r, "text"));
}

static void event_line(const json_t *r)
{
	const char *path2 = str_of(r, "path2"), *note = str_of(r, "note");

	printf("%s  %s  %s  %-9s %-9s %s%s%s", human_time(str_of(r, "time")), str_of(r, "host"),
	       str_of(r, "id"), str_of(r, "op"), str_of(r, "outcome"), str_of(r, "path"),
	       *path2 ? " -> " : "", path2);
	if (*str_of(r, "comm"))
		printf("  by %s[%" PRIu64 "] uid %" PRIu64, str_of(r, "comm"),
		       (uint64_t)int_of(r, "pid"), (uint64_t)int_of(r, "uid"));
	printf("%s%s\n", *note ? "  " : "", note);
}

struct tail {
	struct wdpub *w;
	void (*line)(const json_t *r);
	bool stream;
};

static void on_row(void *arg, json_t *r)
{
	struct tail *t = arg;

	if (t->w->json && t->stream) {
		print_json_line(r);
	} else if (!t->w->json) {
		t->line(r);
		fflush(stdout);
	}
}

static int tail(struct wdpub *w, int argc, char **argv, const char *cmd, const char *doc,
		void (*line)(const json_t *r))
{
	struct tail_options o = {20, false, ""};
	struct words words = {.n = 0};
	struct tail t = {w, line, false};
	json_t *request, *answer, *rows;

	wdpub_parse(w, argc, argv, tail_options, parse_tail, &o, "", doc, &words, 0, 0);
	request = json_pack("{s:s, s:i, s:b}", "cmd", cmd, "n", o.n, "follow", o.follow);
	if (*o.host)
		json_object_set_new(request, "host", json_string(o.host));
	t.stream = o.follow; /* one that never ends cannot be gathered into an array */
	answer = wdpub_call(w, request, o.follow ? NULL : &rows, on_row, NULL, &t);
	if (answer && w->json && !o.follow)
		print_json(rows);
	return answer ? EXIT_DONE : wdpub_status(w);
}

int cmd_log(struct wdpub *w, int argc, char **argv)
{
	return tail(w, argc, argv, "log",
		    "Shows what the publisher did and how states changed; with --json an array,"
		    " and with --follow one object a line.",
		    log_line);
}

int cmd_events(struct wdpub *w, int argc, char **argv)
{
	return tail(w, argc, argv, "events",
		    "Shows what the hosts saw; with --json an array, and with --follow one object a"
		    " line.",
		    event_line);
}
