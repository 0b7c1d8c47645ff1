// SPDX-License-Identifier: Apache-2.0
/* wdpub overview, site show, host metrics: how things are, in the console's own numbers */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "table.h"
#include "wdpub.h"

#define HOURS_MOST 8784

static void show_counts(const json_t *answer)
{
	const char *name;
	json_t *v;

	printf("events of 24 hours:");
	json_object_foreach (json_object_get(answer, "counts"), name, v)
		if (json_integer_value(v))
			printf(" %s %" JSON_INTEGER_FORMAT, name, json_integer_value(v));
	printf("; not acknowledged: %" JSON_INTEGER_FORMAT "\n", int_of(answer, "open_events"));
}

static void show_overview(const json_t *answer)
{
	const json_t *m = json_object_get(answer, "maintenance"), *x;
	struct table *t;
	size_t i;

	if (json_is_object(m))
		printf("! maintenance until %s, by %s: %s\n", human_time(str_of(m, "until")),
		       str_of(m, "by"), str_of(m, "reason"));
	show_counts(answer);
	printf("alarms: %zu\n\n", json_array_size(json_object_get(answer, "alarms")));
	t = table_new("FROM TO STATE LAST-BEAT STRIP");
	json_array_foreach (json_object_get(answer, "beats"), i, x)
		table_row(t, str_of(x, "from"), str_of(x, "to"), str_of(x, "state"),
			  *str_of(x, "last") ? human_ago(str_of(x, "last")) : "-",
			  str_of(x, "strip"));
	table_end(t);
	puts("\n`wdpub alarm list`, `wdpub status` and `wdpub event list --open` tell more.");
}

int cmd_overview(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "",
		    "Shows what the console's first page does: events of the last 24 hours, open"
		    " alarms, heartbeats (1 came, 0 missed, oldest first); with --json all of it.",
		    &words, 0, 0);
	answer = wdpub_call(w, json_pack("{s:s}", "cmd", "overview"), NULL, NULL, NULL, NULL);
	if (!answer || w->json)
		return wdpub_done(w, answer, NULL);
	make_plain(answer);
	show_overview(answer);
	json_decref(answer);
	return EXIT_DONE;
}

static void show_site(const json_t *s)
{
	struct table *t = table_new("HOST STATE >SERIAL MODE VERIFIED >BEHIND REFUSED");
	const json_t *h;
	size_t i;

	printf("%s  %s, serial %" JSON_INTEGER_FORMAT " of %s, expires %s\n", str_of(s, "site"),
	       str_of(s, "state"), int_of(s, "serial"), human_time(str_of(s, "issued")),
	       human_time(str_of(s, "expires")));
	printf("from %s, %" JSON_INTEGER_FORMAT " files, %s\n", str_of(s, "dir"),
	       int_of(s, "files"), human_bytes(int_of(s, "bytes")));
	if (*str_of(s, "problem"))
		printf("! %s\n", str_of(s, "problem"));
	json_array_foreach (json_object_get(s, "hosts"), i, h) {
		char lag[32];

		snprintf(lag, sizeof(lag), "%" JSON_INTEGER_FORMAT " s", int_of(h, "lag_seconds"));
		table_row(t, str_of(h, "host"), str_of(h, "state"),
			  human_number(int_of(h, "serial")), str_of(h, "mode"),
			  human_ago(str_of(h, "verified")), lag, str_of(h, "refused"));
	}
	table_end(t);
}

int cmd_site_show(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "SITE",
		    "Shows a site, and what each of its hosts has of it.", &words, 1, 1);
	answer = wdpub_call(w, json_pack("{s:s, s:s}", "cmd", "site-show", "site", words.v[0]),
			    NULL, NULL, NULL, NULL);
	if (!answer || w->json)
		return wdpub_done(w, answer, NULL);
	make_plain(answer);
	show_site(answer);
	json_decref(answer);
	return EXIT_DONE;
}

/* ---- metrics ---- */

enum { OPT_HOURS = 300 };

static error_t parse_hours(int key, char *arg, struct argp_state *state)
{
	long *hours = state->input;
	char *end;

	if (key != OPT_HOURS)
		return ARGP_ERR_UNKNOWN;
	*hours = strtol(arg, &end, 10);
	if (*end || !*arg || *hours < 1 || *hours > HOURS_MOST)
		argp_error(state, "--hours %s: give a number from 1 to %d", arg, HOURS_MOST);
	return 0;
}

static double number_at(const json_t *answer, const char *list, size_t i)
{
	return json_number_value(json_array_get(json_object_get(answer, list), i));
}

static void show_metrics(const json_t *answer)
{
	struct table *t = table_new("TIME >CPU% >MEMORY%");
	const json_t *when;
	size_t i;

	json_array_foreach (json_object_get(answer, "time"), i, when) {
		char iso[32], cpu[16], memory[16];
		time_t at = json_integer_value(when);
		struct tm tm;

		strftime(iso, sizeof(iso), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
		snprintf(cpu, sizeof(cpu), "%.1f", number_at(answer, "cpu", i));
		snprintf(memory, sizeof(memory), "%.1f", number_at(answer, "memory", i));
		table_row(t, human_time(iso), cpu, memory);
	}
	table_end(t);
	printf("alarm above: CPU %.0f %%, memory %.0f %%\n",
	       json_number_value(json_object_get(answer, "limit_cpu")),
	       json_number_value(json_object_get(answer, "limit_memory")));
}

int cmd_host_metrics(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"hours", OPT_HOURS, "N", 0, "Of the last N hours (default 24)", 0},
		{0},
	};
	struct words words = {.n = 0};
	json_t *answer;
	long hours = 24;

	wdpub_parse(w, argc, argv, options, parse_hours, &hours, "HOST|-",
		    "Shows how busy a web server, or the publisher (-), was.", &words, 1, 1);
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:i}", "cmd", "host-metrics", "host", words.v[0],
				      "hours", (int)hours),
			    NULL, NULL, NULL, NULL);
	if (!answer || w->json)
		return wdpub_done(w, answer, NULL);
	show_metrics(answer);
	json_decref(answer);
	return EXIT_DONE;
}
