// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

int cmd_settings_show(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	const char *name;
	json_t *answer, *value;
	char *text;

	wdpub_parse(
		w, argc, argv, NULL, NULL, NULL, "",
		"Shows what can be changed while everything runs (publisher.conf has the rest).",
		&words, 0, 0);
	answer = wdpub_call(w, json_pack("{s:s}", "cmd", "settings-show"), NULL, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(answer);
		return EXIT_DONE;
	}
	json_object_foreach (answer, name, value) {
		text = json_is_string(value) ? strdup(json_string_value(value))
					     : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		printf("%-20s %s\n", name, text ? text : "");
		free(text);
	}
	return EXIT_DONE;
}

/* NAME=VALUE: a number, or a word. */
static int put(json_t *request, const char *word)
{
	const char *equals = strchr(word, '=');
	char name[64], *end;
	long long v;

	if (!equals || equals == word || equals - word >= (int)sizeof(name)) {
		fprintf(stderr, "wdpub: \"%s\": give NAME=VALUE (wdpub settings show)\n", word);
		return -1;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(equals - word), word);
	v = strtoll(equals + 1, &end, 10);
	json_object_set_new(request, name,
			    *end || !equals[1] ? json_string(equals + 1) : json_integer(v));
	return 0;
}

int cmd_settings_set(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *request = json_pack("{s:s}", "cmd", "settings-set"), *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "NAME=VALUE...",
		    "Changes settings, all of those given or none.", &words, 1, WORDS_MAX);
	for (unsigned i = 0; i < words.n; i++)
		if (put(request, words.v[i]))
			return EXIT_COULD_NOT;
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, NULL);
}

int cmd_maintenance(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer, *request;
	char *end;
	long minutes;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "MINUTES REASON, or: off",
		    "Alarms are kept but not sent, and everybody sees why.", &words, 1, 2);
	errno = 0;
	minutes = strtol(words.v[0], &end, 10);
	if (words.n == 1 && !strcmp(words.v[0], "off")) {
		request = json_pack("{s:s}", "cmd", "maintenance-end");
	} else if (words.n == 2 && !*end && *words.v[0] && !errno && minutes >= INT_MIN &&
		   minutes <= INT_MAX) {
		request = json_pack("{s:s, s:i, s:s}", "cmd", "maintenance-set", "minutes",
				    (int)minutes, "reason", words.v[1]);
	} else {
		fprintf(stderr,
			"wdpub: maintenance \"%s\": give MINUTES and a REASON, as 30 \"new disks\","
			" or off\n",
			words.v[0]);
		return EXIT_COULD_NOT;
	}
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, NULL);
}
