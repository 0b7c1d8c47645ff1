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
	char globs[512], filters[512];
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "", "Lists what is published.", &words, 0, 0);
	answer = wdpub_call(w, json_pack("{s:s}", "cmd", "site-list"), &rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("SITE DIRECTORY STATE >SERIAL >FILES >BYTES EXCLUDED FILTERS");
	json_array_foreach (rows, i, s) {
		join(json_object_get(s, "exclude"), globs, sizeof(globs));
		join(json_object_get(s, "filters"), filters, sizeof(filters));
		table_row(t, str_of(s, "site"), str_of(s, "dir"), str_of(s, "state"),
			  human_number(int_of(s, "serial")), human_number(int_of(s, "files")),
			  human_bytes(int_of(s, "bytes")), globs, filters);
	}
	table_end(t);
	join(json_object_get(answer, "always_excluded"), globs, sizeof(globs));
	printf("Always excluded: %s\n", globs);
	return EXIT_DONE;
}

struct set_options {
	json_t *add, *remove;
};

static const struct argp_option set_options[] = {
	{"filter", 'f', "GLOB", 0, "Files that may change, by name; may be repeated", 0},
	{"except", 'e', "DIR", 0, "A directory that may change, with all in it", 0},
	{"unfilter", 'u', "FILTER", 0, "Take back, as the list shows it", 0},
	{0},
};

/* A directory's filter ends in '/'. */
static json_t *dir_filter(const char *dir)
{
	size_t n = strlen(dir);

	return json_sprintf("%s%s", dir, n && dir[n - 1] == '/' ? "" : "/");
}

static error_t parse_set(int key, char *arg, struct argp_state *state)
{
	struct set_options *o = state->input;

	switch (key) {
	case 'f':
		if (!*arg || arg[strlen(arg) - 1] == '/')
			argp_error(state, "--filter is for files; use --except for a directory");
		json_array_append_new(o->add, json_string(arg));
		return 0;
	case 'e':
		json_array_append_new(o->add, dir_filter(arg));
		return 0;
	case 'u':
		json_array_append_new(o->remove, json_string(arg));
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void show_filters(const json_t *site)
{
	json_t *list = json_object_get(site, "filters"), *x;
	size_t i;

	if (!json_array_size(list))
		printf("%s: nothing may change\n", str_of(site, "site"));
	json_array_foreach (list, i, x)
		printf("%s: %s may change\n", str_of(site, "site"), json_string_value(x));
}

int cmd_site_set(struct wdpub *w, int argc, char **argv)
{
	struct set_options o = {json_array(), json_array()};
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, set_options, parse_set, &o, "NAME",
		    "Says what may change on the hosts of a site: logs, counters, uploads. It is"
		    " neither denied nor restored there, and not published."
		    "\vGLOB: '*' is any bytes and '?' one; with '/' in it, it is a path below the"
		    " site. DIR is a path below the site, and must be in the backup directory.",
		    &words, 1, 1);
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:o, s:o}", "cmd", "site-set", "name", words.v[0],
				      "filter", o.add, "unfilter", o.remove),
			    NULL, NULL, NULL, NULL);
	if (answer && w->json)
		print_json(json_object_get(answer, "site"));
	else if (answer)
		show_filters(json_object_get(answer, "site"));
	return answer ? EXIT_DONE : wdpub_status(w);
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
	return wdpub_done(w, answer, "%s: no longer published", words.v[0]);
}
