// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <unistd.h>

#include "table.h"
#include "wdpub.h"

struct options {
	bool wait;
	const char *site;
};

static const struct argp_option options[] = {
	{"site", 's', "SITE", 0, "Instead of HOST: all hosts that serve this site", 0},
	{"wait", 'w', NULL, 0, "Until the host has compared everything; says what it found", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 's':
		o->site = arg;
		return 0;
	case 'w':
		o->wait = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void on_progress(void *arg, json_t *j)
{
	(void)arg;
	if (isatty(STDOUT_FILENO))
		printf("\r%s %s: %s of %s files", str_of(j, "host"), str_of(j, "site"),
		       human_number(int_of(j, "files")), human_number(int_of(j, "of")));
	fflush(stdout);
}

void print_verified(const json_t *j)
{
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

static void on_row(void *arg, json_t *j)
{
	const struct wdpub *w = arg;

	if (w->json)
		print_json_line(j);
	else
		print_verified(j);
}

int cmd_verify(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	struct options o = {false, NULL};
	const char *host, *site;
	json_t *answer;

	wdpub_parse(w, argc, argv, options, parse, &o, "HOST [SITE], or: --site SITE",
		    "Has a host, or all hosts of a site, compare every file with the signed release"
		    " now.",
		    &words, 0, 2);
	if (!words.n == !o.site) {
		fputs("wdpub: verify: give a HOST (wdpub host list), or --site SITE for all that"
		      " serve it\n",
		      stderr);
		return EXIT_COULD_NOT;
	}
	host = words.n ? words.v[0] : "";
	site = words.n > 1 ? words.v[1] : o.site ? o.site : "";
	answer = wdpub_call(w,
			    json_pack("{s:s, s:s, s:s, s:b}", "cmd", "verify", "host", host, "site",
				      site, "wait", o.wait),
			    NULL, on_row, on_progress, w);
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json_line(answer);
	else if (!o.wait)
		printf("%s was asked; `wdpub status` shows when it has verified, `wdpub events` what"
		       " it found\n",
		       *host ? host : site);
	return EXIT_DONE;
}
