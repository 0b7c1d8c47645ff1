// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init.h"
#include "layout.h"
#include "wdpub.h"

struct init_options {
	const char *name, *address;
};

static const struct argp_option options[] = {
	{"name", 'n', "NAME", 0, "Name in the certificates (default: this machine's)", 0},
	{"address", 'a', "HOST:PORT", 0, "Where hosts reach this publisher; goes into bundles", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct init_options *o = state->input;

	switch (key) {
	case 'n':
		o->name = arg;
		return 0;
	case 'a':
		o->address = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void tell(const struct wdpub *w, const struct init_options *o)
{
	printf("A publisher was made in %s.\n\n"
	       "Back up now, and keep apart from this machine (whoever has these files can publish\n"
	       "to your web servers; without them you cannot):\n"
	       "  %s/%s\n  %s/%s\n  %s/%s\nBack up regularly:\n  %s/%s\n\n",
	       w->state, w->state, LAYOUT_RELEASE_KEY, w->state, LAYOUT_SEAL_KEY, w->state,
	       LAYOUT_CA_KEY, w->state, LAYOUT_DB);
	printf("Next:  systemctl start wdpublisherd\n"
	       "       wdpub site add NAME --dir BACKUP\n"
	       "       wdpub host add NAME --site NAME%s\n",
	       *o->address ? "" : " --connect HOST:PORT");
}

int cmd_init(struct wdpub *w, int argc, char **argv)
{
	char host[256] = "webdefender";
	struct init_options o = {host, ""};
	struct words words = {.n = 0};
	struct err err;

	gethostname(host, sizeof(host) - 1);
	wdpub_parse(w, argc, argv, options, parse, &o, "",
		    "Makes a publisher: certificate authority, signing key, its own certificate and"
		    " database. Works without the daemon and overwrites nothing.",
		    &words, 0, 0);
	if (init_state(w->state, o.name, o.address, &err)) {
		fprintf(stderr, "wdpub: %s\n", err.text);
		return EXIT_COULD_NOT;
	}
	if (w->json)
		print_json(json_pack("{s:s}", "state", w->state));
	else
		tell(w, &o);
	return EXIT_DONE;
}
