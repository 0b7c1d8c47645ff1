// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

#define FILE_MOST 65536

/* ---- show ---- */

static void print_value(const json_t *v)
{
	size_t i;
	json_t *x;

	if (json_is_array(v)) {
		json_array_foreach (v, i, x)
			printf("%s%s", i ? "," : "", json_string_value(x));
	} else if (json_is_string(v)) {
		/* Certificates: their first line says enough. */
		printf("%.*s", (int)strcspn(json_string_value(v), "\n"), json_string_value(v));
	} else {
		char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

		printf("%s", text ? text : "");
		free(text);
	}
	putchar('\n');
}

static void print_part(const char *part, json_t *p)
{
	const char *name;
	json_t *v;

	json_object_foreach (p, name, v) {
		printf("%s.%s = ", part, name);
		print_value(v);
	}
}

static void print_kinds(const json_t *kinds)
{
	struct table *t = table_new("KIND SEVERITY MAIL SMS WEBHOOK SYSLOG >LIMIT");
	size_t i;
	json_t *k;

	json_array_foreach (kinds, i, k) {
		const json_t *limit = json_object_get(k, "limit");

		table_row(t, str_of(k, "kind"), str_of(k, "severity"),
			  true_of(k, "mail") ? "yes" : "-", true_of(k, "sms") ? "yes" : "-",
			  true_of(k, "webhook") ? "yes" : "-", true_of(k, "syslog") ? "yes" : "-",
			  json_is_integer(limit) ? human_number(json_integer_value(limit)) : "");
	}
	table_end(t);
}

int cmd_notify_show(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	const char *key;
	json_t *doc, *v;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "", "Shows who is told what, and how.", &words,
		    0, 0);
	doc = wdpub_call(w, json_pack("{s:s}", "cmd", "notify-show"), NULL, NULL, NULL, NULL);
	if (!doc)
		return wdpub_status(w);
	if (w->json) {
		print_json(doc);
		return EXIT_DONE;
	}
	json_object_foreach (doc, key, v) {
		if (json_is_object(v)) {
			print_part(key, v);
		} else if (!json_is_array(v)) {
			printf("%s = ", key);
			print_value(v);
		}
	}
	print_kinds(json_object_get(doc, "kinds"));
	return EXIT_DONE;
}

/* ---- set ---- */

/* "@FILE": what is in it, so that a password is not in the list of processes. */
static char *value_of(const char *text)
{
	static char buffer[FILE_MOST + 1];
	FILE *f;
	size_t n;

	if (*text != '@')
		return (char *)text;
	f = !strcmp(text, "@-") ? stdin : fopen(text + 1, "re");
	if (!f) {
		fprintf(stderr, "wdpub: %s: %s\n", text + 1, strerror(errno));
		return NULL;
	}
	n = fread(buffer, 1, FILE_MOST, f);
	buffer[n] = 0;
	if (f != stdin)
		fclose(f);
	if (!strstr(buffer, "-----BEGIN"))
		buffer[strcspn(buffer, "\r\n")] = 0;
	return buffer;
}

static int set_kind(json_t *request, const char *rest, const char *key, const char *value)
{
	const char *dot = strchr(rest, '.');
	json_t *list = json_object_get(request, "kinds"), *row;
	char field[32];

	if (!dot || dot > key || (size_t)(key - dot) > sizeof(field))
		return -1;
	snprintf(field, sizeof(field), "%.*s", (int)(key - dot - 1), dot + 1);
	if (!list) {
		list = json_array();
		json_object_set_new(request, "kinds", list);
	}
	row = json_pack("{s:s%, s:s}", "kind", rest, (size_t)(dot - rest), field, value);
	return json_array_append_new(list, row);
}

/* One PART.NAME=VALUE into the request. */
static int set_one(json_t *request, const char *word)
{
	const char *eq = strchr(word, '='), *dot = strchr(word, '.');
	char part[32], *value = eq ? value_of(eq + 1) : NULL;
	json_t *p = request;

	if (!eq) {
		fprintf(stderr, "wdpub: notify set: \"%s\": give PART.NAME=VALUE\n", word);
		return -1;
	}
	if (!value)
		return -1;
	if (!strncmp(word, "kinds.", 6)) {
		if (!set_kind(request, word + 6, eq, value))
			return 0;
		fprintf(stderr, "wdpub: notify set: \"%s\": give kinds.KIND.NAME=VALUE\n", word);
		return -1;
	}
	if (dot && dot < eq) {
		snprintf(part, sizeof(part), "%.*s", (int)(dot - word), word);
		p = json_object_get(request, part);
		if (!p) {
			p = json_object();
			json_object_set_new(request, part, p);
		}
		word = dot + 1;
	}
	if (json_object_setn_new(p, word, eq - word, json_string(value))) {
		fprintf(stderr, "wdpub: notify set: the value is not UTF-8 text\n");
		return -1;
	}
	return 0;
}

int cmd_notify_set(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *request = json_pack("{s:s}", "cmd", "notify-set"), *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "PART.NAME=VALUE...",
		    "Changes settings: all that are given, or none if one is wrong."
		    "\vVALUE @FILE takes what is in a file (@- standard input): so no password is"
		    " seen in a list of processes. Examples:\n"
		    "  wdpub notify set mail.server=mx.example.org mail.user=alarm"
		    " mail.password=@pw mail.from=alarm@example.org mail.to=a@example.org"
		    " mail.enabled=true\n"
		    "  wdpub notify set kinds.cpu-high.limit=90 kinds.tampering.sms=true",
		    &words, 1, WORDS_MAX);
	for (unsigned i = 0; i < words.n; i++)
		if (set_one(request, words.v[i])) {
			json_decref(request);
			return EXIT_COULD_NOT;
		}
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	if (answer && w->json)
		print_json(answer);
	else if (answer)
		puts("Set. `wdpub notify test CHANNEL` tries it.");
	return answer ? EXIT_DONE : wdpub_status(w);
}

/* ---- test, log ---- */

int cmd_notify_test(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "mail|sms|webhook|syslog",
		    "Sends a test message by one channel, and says what the other side answered.",
		    &words, 1, 1);
	answer = wdpub_call(w, json_pack("{s:s, s:s}", "cmd", "notify-test", "channel", words.v[0]),
			    NULL, NULL, NULL, NULL);
	if (answer && w->json)
		print_json(answer);
	else if (answer)
		printf("Delivered: %s\n", str_of(answer, "detail"));
	return answer ? EXIT_DONE : wdpub_status(w);
}

int cmd_notify_log(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *answer, *d;
	struct table *t;
	long alarm = 0;
	char none[] = "", *end = none;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "[ALARM]",
		    "Shows the messages, newest first, and what became of them.", &words, 0, 1);
	if (words.n)
		alarm = strtol(words.v[0], &end, 10);
	if (*end || alarm < 0 || alarm > INT_MAX) {
		fprintf(stderr, "wdpub: \"%s\": give the number that `wdpub alarm list` shows\n",
			words.v[0]);
		return EXIT_COULD_NOT;
	}
	answer = wdpub_call(w, json_pack("{s:s, s:i}", "cmd", "notify-log", "alarm", (int)alarm),
			    &rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new(">ID TIME >ALARM REASON CHANNEL STATE >TRIES NEXT ANSWER");
	json_array_foreach (rows, i, d)
		table_row(t, human_number(int_of(d, "id")), human_time(str_of(d, "time")),
			  human_number(int_of(d, "alarm")), str_of(d, "reason"),
			  str_of(d, "channel"), str_of(d, "state"),
			  human_number(int_of(d, "tries")), human_time(str_of(d, "next")),
			  str_of(d, "detail"));
	table_end(t);
	return EXIT_DONE;
}
