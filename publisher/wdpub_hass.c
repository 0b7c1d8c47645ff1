// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "table.h"
#include "wdpub.h"

static void show_counters(const json_t *counters)
{
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)counters, name, v)
		if (json_integer_value(v))
			printf("    %-18s %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(v));
}

static const char *network(const json_t *u)
{
	return true_of(u, "cut") ? "CUT" : "on";
}

static const char *beat(const json_t *u)
{
	if (!true_of(u, "beat_expected"))
		return "off";
	return true_of(u, "beat_lost") ? "LOST" : *str_of(u, "withheld") ? "withheld" : "ok";
}

static void show_one(const json_t *u)
{
	printf("%s: %s%s%s\n", str_of(u, "host"), str_of(u, "line"), *str_of(u, "why") ? ": " : "",
	       str_of(u, "why"));
	printf("  heard      %s%s\n", human_ago(str_of(u, "at")),
	       true_of(u, "connected") ? "" : " (the host is not connected)");
	printf("  network    %s\n", network(u));
	printf("  heartbeat  %s, %lld intervals missed, vouched %lld times%s%s\n", beat(u),
	       (long long)int_of(u, "missed"), (long long)int_of(u, "vouched_times"),
	       *str_of(u, "withheld") ? "; withheld: " : "", str_of(u, "withheld"));
	printf("  key        %s\n",
	       true_of(u, "has_key") ? "here, sealed" : "none: provision the unit");
	printf("  modem      %s, %sregistered, signal %lld of 31\n", str_of(u, "modem"),
	       true_of(u, "registered") ? "" : "not ", (long long)int_of(u, "signal"));
	printf("  unit       firmware %s, up %lld s, start %lld (%s), %lld phones\n",
	       str_of(u, "firmware"), (long long)int_of(u, "uptime"), (long long)int_of(u, "boots"),
	       str_of(u, "reset"), (long long)int_of(u, "phones"));
	puts("  counters that are not 0:");
	show_counters(json_object_get(u, "counters"));
}

static void show_all(const json_t *rows)
{
	struct table *t = table_new("HOST LINE NETWORK HEARTBEAT >SIGNAL MODEM HEARD");
	const json_t *u;
	size_t i;

	json_array_foreach ((json_t *)rows, i, u)
		table_row(t, str_of(u, "host"), str_of(u, "line"), network(u), beat(u),
			  human_number(int_of(u, "signal")), str_of(u, "modem"),
			  human_ago(str_of(u, "at")));
	table_end(t);
}

int cmd_hass_status(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *request = json_pack("{s:s}", "cmd", "hass-status"), *rows, *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "[HOST]",
		    "How the hardware units of the hosts are, as their agents report it.", &words,
		    0, 1);
	if (words.n)
		json_object_set_new(request, "host", json_string(words.v[0]));
	answer = wdpub_call(w, request, &rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json(rows);
	else if (words.n && json_array_size(rows))
		show_one(json_array_get(rows, 0));
	else if (json_array_size(rows))
		show_all(rows);
	else
		puts("no hardware unit has been heard of");
	json_decref(rows);
	json_decref(answer);
	return EXIT_DONE;
}

static error_t parse_cut(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != 'y')
		return ARGP_ERR_UNKNOWN;
	*(bool *)state->input = true;
	return 0;
}

/* The name is typed once more: the wrong server cut off is an outage. */
static bool confirmed(const char *host)
{
	char line[128];

	if (!isatty(STDIN_FILENO)) {
		fprintf(stderr, "wdpub: this cuts %s off the network: confirm with --yes\n", host);
		return false;
	}
	printf("This cuts %s off the network. Only an SMS `RESTORE CODE`, or hands on the unit, bring"
	       " it back.\nType the host's name to go on: ",
	       host);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = 0;
	if (!strcmp(line, host))
		return true;
	fputs("wdpub: that is not its name: nothing was done\n", stderr);
	return false;
}

int cmd_hass_cut(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"yes", 'y', NULL, 0, "Do not ask", 0},
		{0},
	};
	struct words words = {.n = 0};
	bool yes = false;
	json_t *answer;

	wdpub_parse(
		w, argc, argv, options, parse_cut, &yes, "HOST",
		"Cuts a host off the network by its hardware unit. The command is proven to the unit"
		" by a MAC that only this publisher can make; the web server merely relays it."
		" There is no restoring this way: send the SMS `RESTORE CODE`.",
		&words, 1, 1);
	if (!yes && !confirmed(words.v[0]))
		return EXIT_COULD_NOT;
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:s}", "cmd", "hass-cut", "host", words.v[0],
				      "confirm", words.v[0]),
			    NULL, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json(answer);
	else
		printf("%s: %s\n", words.v[0], str_of(answer, "how"));
	json_decref(answer);
	return EXIT_DONE;
}
