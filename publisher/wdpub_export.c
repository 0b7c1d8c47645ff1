// SPDX-License-Identifier: Apache-2.0
/* wdpub log export: a log as a file, as the console's page of logs gives it */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsx.h"
#include "wdpub.h"

struct export
{
	json_t *request;
	const char *file; /* NULL: standard output */
	int fd;
	bool failed;
};

static const struct argp_option options[] = {
	{"kind", 'k', "system|tamper", 0, "Which log (default system)", 0},
	{"format", 'F', "csv|json", 0, "Default csv; json with --json", 0},
	{"output", 'o', "FILE", 0, "Where it goes; overwrites nothing (default: standard output)",
	 0},
	{"host", 'H', "HOST", 0, "Only of this host", 0},
	{"level", 'l', "LEVEL", 0, "System log: this level and worse", 0},
	{"find", 'q', "WORDS", 0, "Only where these words occur", 0},
	{"from", 'f', "TIME", 0, "Not before, as 2026-01-31T12:00:00Z", 0},
	{"to", 't', "TIME", 0, "Not after", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const struct {
		int key;
		const char *member;
	} texts[] = {{'k', "kind"}, {'F', "format"}, {'H', "host"}, {'l', "level"},
		     {'q', "q"},    {'f', "from"},   {'t', "to"}};
	struct export *x = state->input;

	if (key == 'o') {
		x->file = arg;
		return 0;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (key != texts[i].key)
			continue;
		json_object_set_new(x->request, texts[i].member, json_string(arg));
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void on_piece(void *arg, json_t *row)
{
	struct export *x = arg;
	const json_t *text = json_object_get(row, "text");

	if (!x->failed && fsx_write_all(x->fd, json_string_value(text), json_string_length(text))) {
		fprintf(stderr, "wdpub: %s: %s\n", x->file ? x->file : "standard output",
			strerror(errno));
		x->failed = true;
	}
}

static int open_output(struct export *x)
{
	x->fd = x->file ? open(x->file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
			: STDOUT_FILENO;
	if (x->fd >= 0)
		return 0;
	fprintf(stderr, "wdpub: %s: %s%s\n", x->file, strerror(errno),
		errno == EEXIST ? "; remove it, or choose another file with -o" : "");
	return -1;
}

int cmd_log_export(struct wdpub *w, int argc, char **argv)
{
	struct export x = {.request =
				   json_pack("{s:s, s:s}", "cmd", "log-export", "kind", "system")};
	bool json, to_file;
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(
		w, argc, argv, options, parse, &x, "",
		"Writes the system log, or what the hosts saw (tamper), as CSV or JSON. CSV cells"
		" that a spreadsheet would run as formulas are quoted. Whoever takes a log away"
		" is in the audit log.",
		&words, 0, 0);
	json = w->json;
	if (json && !json_object_get(x.request, "format"))
		json_object_set_new(x.request, "format", json_string("json"));
	if (open_output(&x))
		return EXIT_COULD_NOT;
	to_file = x.file;
	w->json = true; /* the pieces as they are: not made plain for a terminal */
	answer = wdpub_call(w, x.request, NULL, on_piece, NULL, &x);
	w->json = json;
	if (to_file && answer && fsync(x.fd) && errno != EINVAL) {
		fprintf(stderr, "wdpub: %s: %s\n", x.file, strerror(errno));
		x.failed = true;
	}
	if (to_file)
		close(x.fd);
	if (to_file && (!answer || x.failed))
		unlink(x.file); /* no half of a log */
	if (!answer)
		return wdpub_status(w);
	if (to_file && !x.failed)
		wdpub_done(w, json_pack("{s:s}", "file", x.file), "%s", x.file);
	json_decref(answer);
	return x.failed ? EXIT_COULD_NOT : EXIT_DONE;
}
