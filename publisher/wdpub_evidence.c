// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fsx.h"
#include "table.h"
#include "wdpub.h"

int cmd_evidence_list(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *answer, *r;
	struct table *t;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "[HOST]", "Lists what the hosts secured.",
		    &words, 0, 1);
	answer = wdpub_call(
		w,
		json_pack("{s:s, s:s}", "cmd", "evidence-list", "host", words.n ? words.v[0] : ""),
		&rows, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("EVIDENCE >BYTES COMPLETE CHAINED RECEIVED");
	json_array_foreach (rows, i, r) {
		char id[192];

		snprintf(id, sizeof(id), "%s/%s", str_of(r, "host"), str_of(r, "id"));
		table_row(t, id, human_bytes(int_of(r, "size")),
			  true_of(r, "complete") ? "yes" : "no",
			  true_of(r, "chained") ? "yes" : "no", human_time(str_of(r, "received")));
	}
	table_end(t);
	return EXIT_DONE;
}

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
	if (key != 'o')
		return ARGP_ERR_UNKNOWN;
	*(const char **)state->input = arg;
	return 0;
}

static int copy(int from, int to)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (fsx_write_all(to, buf, n))
			return -1;
	return n < 0 || fsync(to) ? -1 : 0;
}

static int copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, bad;

	if (in >= 0)
		out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bad = in < 0 || out < 0 || copy(in, out);
	if (bad)
		fprintf(stderr, "wdpub: %s: %s\n", in < 0 ? from : to, strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return bad;
}

int cmd_evidence_export(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"output", 'o', "FILE", 0, "Where it goes (default: its own name, here)", 0},
		{0},
	};
	struct words words = {.n = 0};
	const char *output = NULL, *id;
	char *slash;
	json_t *answer;

	wdpub_parse(
		w, argc, argv, options, parse_output, &output, "HOST/ID",
		"Copies a piece of evidence (a .tar.zst with meta.json) out; overwrites nothing.",
		&words, 1, 1);
	slash = strchr((char *)words.v[0], '/');
	if (!slash) {
		fprintf(stderr, "wdpub: \"%s\": give HOST/ID, as `wdpub evidence list` shows\n",
			words.v[0]);
		return EXIT_COULD_NOT;
	}
	*slash = 0;
	id = slash + 1;
	answer = wdpub_call(
		w,
		json_pack("{s:s, s:s, s:s}", "cmd", "evidence-path", "host", words.v[0], "id", id),
		NULL, NULL, NULL, NULL);
	if (!answer)
		return wdpub_status(w);
	if (!output)
		output = id;
	if (copy_file(str_of(answer, "path"), output))
		return EXIT_COULD_NOT;
	if (w->json)
		print_json(json_pack("{s:s}", "file", output));
	else
		printf("%s\n", output);
	return EXIT_DONE;
}
