// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

struct add_options {
	const char *dir;
	json_t *excludes;
};

static const struct argp_option add_options[] = {
	{"dir", 'd', "BACKUP", 0, "Directory with the site's files", 0},
	{"exclude", 'x', "GLOB", 0, "Leave out what matches; may be repeated", 0},
	{0},
};

static error_t parse_add(int key, char *arg, struct argp_state *state)
{
	struct add_options *o = state->input;

	switch (key) {
	case 'd':
		o->dir = arg;
		return 0;
	case 'x':
		json_array_append_new(o->excludes, json_string(arg));
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* What the daemon watches must not depend on where this was typed. */
static char *absolute(const char *dir)
{
	char *path = realpath(dir, NULL);

	if (!path)
		perror(dir);
	return path;
}

int cmd_site_add(struct wdpub *w, int argc, char **argv)
{
	struct add_options o = {NULL, json_array()};
	struct words words = {.n = 0};
	json_t *answer;
	char *dir;

	wdpub_parse(
		w, argc, argv, add_options, parse_add, &o, "NAME --dir BACKUP",
		"Publishes a directory: every change in it reaches the hosts of the site."
		"\vGLOB without '/' is compared with names; with '/' in it, with paths below the"
		" site; ending in '/', with directories only.",
		&words, 1, 1);
	if (!o.dir) {
		fprintf(stderr, "wdpub: site add %s: --dir BACKUP is missing\n", words.v[0]);
		return EXIT_COULD_NOT;
	}
	dir = absolute(o.dir);
	if (!dir)
		return EXIT_COULD_NOT;
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:s, s:o}", "cmd", "site-add", "name", words.v[0],
				      "dir", dir, "exclude", o.excludes),
			    NULL, NULL, NULL, NULL);
	if (answer && w->json)
		print_json(answer);
	else if (answer)
		printf("%s: published from %s\n", words.v[0], dir);
	free(dir);
	return answer ? EXIT_DONE : wdpub_status(w);
}

static void join(const json_t *list, char *to, size_t cap)
{
	size_t i, n = 0;
	json_t *x;

	*to = 0;
	json_array_foreach (list, i, x) {
		if (n < cap)
			n += snprintf(to + n, cap - n, "%s%s", i ? " " : "", json_string_value(x));
	}
}

int cmd_site_list(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *answer, *s;
	struct table *t;
	char globs[512];
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "", "Lists what is published.", &words, 0, 0);
	answer = wdpub_call(w, json_pack("{s:s}", "cmd", "site-list"), &rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("SITE DIRECTORY STATE >SERIAL >FILES >BYTES EXCLUDED");
	json_array_foreach (rows, i, s) {
		join(json_object_get(s, "exclude"), globs, sizeof(globs));
		table_row(t, str_of(s, "site"), str_of(s, "dir"), str_of(s, "state"),
			  human_number(int_of(s, "serial")), human_number(int_of(s, "files")),
			  human_bytes(int_of(s, "bytes")), globs);
	}
	table_end(t);
	join(json_object_get(answer, "always_excluded"), globs, sizeof(globs));
	printf("Always excluded: %s\n", globs);
	return EXIT_DONE;
}

int cmd_site_remove(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "NAME",
		    "Stops publishing a site. Hosts keep, and protect, what they have.", &words, 1,
		    1);
	answer = wdpub_call(w, json_pack("{s:s, s:s}", "cmd", "site-remove", "name", words.v[0]),
			    NULL, NULL, NULL, NULL);
	if (answer && !w->json)
		printf("%s: no longer published\n", words.v[0]);
	return answer ? EXIT_DONE : wdpub_status(w);
}
