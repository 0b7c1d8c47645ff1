// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seal.h"
#include "wdpub.h"

struct seal_options {
	bool forget;
	long seconds; /* 0: not given */
	const char *challenge;
};

/* "600", "10m", "2h"; 0: not a time. */
static long parse_time(const char *text)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || !isdigit((unsigned char)*text) || v > SEAL_SECONDS_MAX || (*end && end[1]))
		return 0;
	switch (*end) {
	case '\0':
	case 's':
		break;
	case 'm':
		v *= 60;
		break;
	case 'h':
		v *= 3600;
		break;
	default:
		return 0;
	}
	return v > SEAL_SECONDS_MAX ? 0 : v;
}

static error_t parse_seal(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != 'x')
		return ARGP_ERR_UNKNOWN;
	((struct seal_options *)state->input)->forget = true;
	return 0;
}

static error_t parse_unseal(int key, char *arg, struct argp_state *state)
{
	struct seal_options *o = state->input;

	switch (key) {
	case 'f':
		o->seconds = parse_time(arg);
		if (!o->seconds)
			argp_error(state, "--for \"%s\" is not 1s to 24h, like 10m", arg);
		return 0;
	case 'c':
		o->challenge = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int tell(struct wdpub *w, json_t *request)
{
	json_t *answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);

	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json(answer);
	else if (*str_of(answer, "response"))
		printf("On the host %s, within 20 minutes of its challenge:\n\nwdctl unseal --response %s\n",
		       str_of(answer, "host"), str_of(answer, "response"));
	else if (int_of(answer, "seconds"))
		printf("%s: %s for %lld s, then sealed again by itself\n", str_of(answer, "host"),
		       str_of(answer, "state"), (long long)int_of(answer, "seconds"));
	else if (*str_of(answer, "state"))
		printf("%s: %s\n", str_of(answer, "host"), str_of(answer, "state"));
	json_decref(answer);
	return EXIT_DONE;
}

int cmd_seal(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"forget", 'x', NULL, 0,
		 "Do not seal: no longer expect it sealed, which ends the alarm that it is not", 0},
		{0},
	};
	struct seal_options o = {.forget = false};
	struct words words = {.n = 0};

	wdpub_parse(w, argc, argv, options, parse_seal, &o, "HOST",
		    "Seals a host: from then on root on it can change neither what is protected nor"
		    " the module nor the agent, until you unseal it.",
		    &words, 1, 1);
	return tell(w, json_pack("{s:s, s:s}", "cmd", o.forget ? "seal-forget" : "seal", "host",
				 words.v[0]));
}

int cmd_unseal(struct wdpub *w, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"for", 'f', "TIME", 0, "How long, 1s to 24h, like 10m; then it seals itself again",
		 0},
		{"challenge", 'c', "TEXT", 0,
		 "For a host without network: what `wdctl unseal` printed there", 0},
		{0},
	};
	struct seal_options o = {.seconds = 0};
	struct words words = {.n = 0};
	json_t *request;

	wdpub_parse(
		w, argc, argv, options, parse_unseal, &o, "HOST --for TIME",
		"Lets root on a sealed host change protection, for a time. The shorter the better:"
		" whoever is root there meanwhile may, too.",
		&words, 1, 1);
	if (!o.seconds) {
		fputs("wdpub: say for how long, like --for 10m\n", stderr);
		return EXIT_COULD_NOT;
	}
	request = json_pack("{s:s, s:s, s:I}", "cmd", "unseal", "host", words.v[0], "seconds",
			    (json_int_t)o.seconds);
	if (o.challenge)
		json_object_set_new(request, "challenge", json_string(o.challenge));
	return tell(w, request);
}
