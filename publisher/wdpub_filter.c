// SPDX-License-Identifier: Apache-2.0
/* wdpub filter: what may change on the hosts of a site, as the console's page of filters has it */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

int cmd_filter_list(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *answer, *r;
	struct table *t;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "[SITE]",
		    "Lists what may change on the hosts: it is neither denied nor restored there,"
		    " and not published.",
		    &words, 0, 1);
	answer = wdpub_call(w, json_pack("{s:s}", "cmd", "filter-list"), &rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	for (i = json_array_size(rows); words.n && i-- > 0;)
		if (strcmp(str_of(json_array_get(rows, i), "site"), words.v[0]))
			json_array_remove(rows, i);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("SITE KIND FILTER");
	json_array_foreach (rows, i, r)
		table_row(t, str_of(r, "site"), str_of(r, "kind"), str_of(r, "pattern"));
	table_end(t);
	return EXIT_DONE;
}

static json_t *ask(struct wdpub *w, const char *cmd, const struct words *words)
{
	return wdpub_call(w,
			  json_pack("{s:s, s:s, s:s}", "cmd", cmd, "site", words->v[0], "pattern",
				    words->v[1]),
			  NULL, NULL, NULL, NULL);
}

#define WHAT                                                                                        \
	"\vFILTER is a glob of file names ('*' any bytes, '?' one; with '/' in it a path below the" \
	" site), or DIR/ with a '/' at its end: a directory below the site with all in it."

int cmd_filter_preview(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer, *x;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "SITE FILTER",
		    "Shows what a filter would except: files of the current release, and events. It"
		    " saves nothing." WHAT,
		    &words, 2, 2);
	answer = ask(w, "filter-preview", &words);
	if (!answer || w->json)
		return wdpub_done(w, answer, NULL);
	make_plain(answer);
	printf("%" PRId64 " files of the release, %" PRId64 " of the last events%s\n",
	       (int64_t)int_of(answer, "files"), (int64_t)int_of(answer, "events"),
	       true_of(answer, "partly") ? " (some directories could not be read)" : "");
	json_array_foreach (json_object_get(answer, "sample"), i, x)
		printf("  %s\n", json_string_value(x));
	json_decref(answer);
	return EXIT_DONE;
}

int cmd_filter_add(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "SITE FILTER",
		    "Lets something change on the hosts of a site, from its next release on, which"
		    " is made at once." WHAT,
		    &words, 2, 2);
	return wdpub_done(w, ask(w, "filter-add", &words), "%s: %s may change", words.v[0],
			  words.v[1]);
}

int cmd_filter_remove(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};

	wdpub_parse(
		w, argc, argv, NULL, NULL, NULL, "SITE FILTER",
		"Takes a filter back, as the list shows it: what it named is restored or removed"
		" like the rest.",
		&words, 2, 2);
	return wdpub_done(w, ask(w, "filter-remove", &words), "%s: %s is protected again",
			  words.v[0], words.v[1]);
}
