// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsx.h"
#include "table.h"
#include "wdpub.h"

struct add_options {
	json_t *sites;
	const char *connect, *file;
	bool again;
};

enum { OPT_AGAIN = 300 };

static const struct argp_option add_options[] = {
	{"site", 's', "SITE", 0, "A site it serves; repeatable (default: all there are)", 0},
	{"connect", 'c', "HOST:PORT", 0, "The publisher calls the host there, not the reverse", 0},
	{"output", 'o', "FILE", 0, "Where the bundle goes (default NAME.enrol)", 0},
	{"again", OPT_AGAIN, NULL, 0, "For a host that is known: retire what it has, start anew",
	 0},
	{0},
};

static error_t parse_add(int key, char *arg, struct argp_state *state)
{
	struct add_options *o = state->input;

	switch (key) {
	case 's':
		json_array_append_new(o->sites, json_string(arg));
		return 0;
	case 'c':
		o->connect = arg;
		return 0;
	case 'o':
		o->file = arg;
		return 0;
	case OPT_AGAIN:
		o->again = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Opened before anything is asked for: a bundle that cannot be written must not be made. */
static int open_bundle(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		fprintf(stderr, "wdpub: %s: %s%s\n", path, strerror(errno),
			errno == EEXIST ? "; remove it, or choose another file with -o" : "");
	return fd;
}

static int write_bundle(int fd, const char *path, const json_t *bundle)
{
	char *text = json_dumps(bundle, JSON_INDENT(1));
	int bad = !text || fsx_write_all(fd, text, strlen(text)) || fsx_write_all(fd, "\n", 1) ||
		  fsync(fd);

	if (bad)
		fprintf(stderr, "wdpub: %s: %s\n", path, strerror(errno));
	free(text);
	return bad;
}

int cmd_host_add(struct wdpub *w, int argc, char **argv)
{
	struct add_options o = {json_array(), "", NULL, false};
	struct words words = {.n = 0};
	char file[512];
	json_t *rows, *answer;
	int fd, bad;

	wdpub_parse(w, argc, argv, add_options, parse_add, &o, "NAME",
		    "Makes a one-time enrolment bundle for a web server, valid for 7 days. Take it"
		    " there by a trusted way and run `wdctl enrol FILE`.",
		    &words, 1, 1);
	snprintf(file, sizeof(file), "%s.enrol", words.v[0]);
	if (!o.file)
		o.file = file;
	fd = open_bundle(o.file);
	if (fd < 0)
		return EXIT_COULD_NOT;
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:s, s:o, s:b}", "cmd", "host-add", "name",
				      words.v[0], "connect", o.connect, "sites", o.sites, "again",
				      o.again),
			    &rows, NULL, NULL, NULL);
	bad = !answer || write_bundle(fd, o.file, json_array_get(rows, 0));
	close(fd);
	if (bad)
		unlink(o.file);
	if (!answer)
		return wdpub_status(w);
	if (bad) {
		fprintf(stderr,
			"wdpub: the bundle is lost; make another: wdpub host add %s --again\n",
			words.v[0]);
		return EXIT_COULD_NOT;
	}
	if (!w->json)
		printf("%s: enrolment bundle in %s, good once and for 7 days.\n"
		       "On the host: wdctl enrol %s\n",
		       words.v[0], o.file, o.file);
	else
		print_json(json_pack("{s:s, s:s}", "host", words.v[0], "file", o.file));
	return EXIT_DONE;
}

static error_t parse_set(int key, char *arg, struct argp_state *state)
{
	json_t *request = state->input, *sites;

	switch (key) {
	case 'c':
		json_object_set_new(request, "connect", json_string(arg));
		return 0;
	case 's':
		sites = json_object_get(request, "sites");
		if (!sites) {
			sites = json_array();
			json_object_set_new(request, "sites", sites);
		}
		json_array_append_new(sites, json_string(arg));
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int cmd_host_set(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"site", 's', "SITE", 0, "A site it serves; replaces those before; repeatable", 0},
		{"connect", 'c', "HOST:PORT", 0,
		 "The publisher calls the host there; \"\" = the host calls", 0},
		{0},
	};
	json_t *request = json_pack("{s:s}", "cmd", "host-set"), *answer;
	struct words words = {.n = 0};

	wdpub_parse(w, argc, argv, options, parse_set, request, "NAME",
		    "Changes which sites a web server serves, or who calls whom.", &words, 1, 1);
	if (json_object_size(request) == 1) {
		fprintf(stderr, "wdpub: host set %s: give --site or --connect\n", words.v[0]);
		return EXIT_COULD_NOT;
	}
	json_object_set_new(request, "name", json_string(words.v[0]));
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, "%s: set", words.v[0]);
}

int cmd_host_list(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *answer, *h, *hs;
	struct table *t;
	size_t i, k;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "", "Lists the web servers.", &words, 0, 0);
	answer = wdpub_call(w, json_pack("{s:s}", "cmd", "host-list"), &rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("HOST STATE ADDRESS CALLED-AT SITES");
	json_array_foreach (rows, i, h) {
		char sites[256] = "";
		size_t n = 0;

		json_array_foreach (json_object_get(h, "sites"), k, hs) {
			if (n < sizeof(sites))
				n += snprintf(sites + n, sizeof(sites) - n, "%s%s", k ? " " : "",
					      str_of(hs, "site"));
		}
		table_row(t, str_of(h, "host"), str_of(h, "state"), str_of(h, "address"),
			  str_of(h, "connect"), sites);
	}
	table_end(t);
	return EXIT_DONE;
}

int cmd_host_remove(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "NAME",
		    "Retires a web server's certificates and forgets it. What it protects stays"
		    " protected by itself.",
		    &words, 1, 1);
	answer = wdpub_call(w, json_pack("{s:s, s:s}", "cmd", "host-remove", "name", words.v[0]),
			    NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, "%s: removed", words.v[0]);
}
