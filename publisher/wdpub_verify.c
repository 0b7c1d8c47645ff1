// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <unistd.h>

#include "table.h"
#include "wdpub.h"

static const struct argp_option options[] = {
	{"wait", 'w', NULL, 0, "Until the host has compared everything; says what it found", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != 'w')
		return ARGP_ERR_UNKNOWN;
	*(bool *)state->input = true;
	return 0;
}

static void on_progress(void *arg, json_t *j)
{
	(void)arg;
	if (isatty(STDOUT_FILENO))
		printf("\r%s %s: %s of %s files", str_of(j, "host"), str_of(j, "site"),
		       human_number(int_of(j, "files")), human_number(int_of(j, "of")));
	fflush(stdout);
}

static void on_row(void *arg, json_t *j)
{
	const struct wdpub *w = arg;

	if (w->json) {
		print_json_line(j);
		return;
	}
	if (isatty(STDOUT_FILENO))
		printf("\r\033[K");
	if (*str_of(j, "text"))
		printf("%s %s: %s: %s\n", str_of(j, "host"), str_of(j, "site"), str_of(j, "result"),
		       str_of(j, "text"));
	else
		printf("%s %s: %s files compared, %s wrong, %s restored, %s removed, %s not put"
		       " right\n",
		       str_of(j, "host"), str_of(j, "site"), human_number(int_of(j, "files")),
		       human_number(int_of(j, "wrong")), human_number(int_of(j, "restored")),
		       human_number(int_of(j, "removed")),
		       human_number(int_of(j, "waiting") + int_of(j, "failed")));
}

int cmd_verify(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	bool wait = false;
	json_t *answer;

	wdpub_parse(w, argc, argv, options, parse, &wait, "HOST [SITE]",
		    "Has a host compare every file with the signed release now.", &words, 1, 2);
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:s, s:b}", "cmd", "verify", "host", words.v[0],
				      "site", words.n > 1 ? words.v[1] : "", "wait", wait),
			    NULL, on_row, on_progress, w);
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json_line(answer);
	else if (!wait)
		printf("%s was asked; `wdpub status` shows when it has verified, `wdpub events` what"
		       " it found\n",
		       words.v[0]);
	return EXIT_DONE;
}
