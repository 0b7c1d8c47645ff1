// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

int cmd_service_list(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *answer, *s, *request;
	struct table *t;
	char cpu[16];
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "[HOST|-]",
		    "Lists the services of all hosts, of one, or of the publisher (-).", &words, 0,
		    1);
	request = json_pack("{s:s, s:s*}", "cmd", "service-list", "host",
			    words.n ? words.v[0] : NULL);
	answer = wdpub_call(w, request, &rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("HOST SERVICE STATE >PID >MEMORY >CPU% >RESTARTS SINCE");
	json_array_foreach (rows, i, s) {
		const char *host = str_of(s, "host");

		snprintf(cpu, sizeof(cpu), "%.1f", json_number_value(json_object_get(s, "cpu")));
		table_row(t, *host ? host : "(publisher)", str_of(s, "name"), str_of(s, "state"),
			  human_number(int_of(s, "pid")), human_bytes(int_of(s, "rss")), cpu,
			  human_number(int_of(s, "restarts")), human_time(str_of(s, "since")));
	}
	table_end(t);
	return EXIT_DONE;
}

static int act(struct wdpub *w, int argc, char **argv, const char *what)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "HOST|- SERVICE",
		    "Starts, stops or restarts a service of a host, or of the publisher (-).",
		    &words, 2, 2);
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:s, s:s}", "cmd", "service-act", "host",
				      words.v[0], "name", words.v[1], "act", what),
			    NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, "%s: told to %s", words.v[1], what);
}

int cmd_service_start(struct wdpub *w, int argc, char **argv)
{
	return act(w, argc, argv, "start");
}

int cmd_service_stop(struct wdpub *w, int argc, char **argv)
{
	return act(w, argc, argv, "stop");
}

int cmd_service_restart(struct wdpub *w, int argc, char **argv)
{
	return act(w, argc, argv, "restart");
}
