// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "enrol.h"
#include "fsx.h"
#include "wdctl.h"

enum { OPT_FORCE = 256 };

struct args {
	const char *file, *mode, *publisher, *listen;
	struct enrol_site sites[PROTO_SITES_MAX];
	int n_sites;
	bool force;
};

static const struct argp_option options[] = {
	{"site", 's', "NAME=DIR", 0, "protect DIR as the publisher's site NAME (may be repeated)",
	 0},
	{"mode", 'm', "MODE", 0, "off, audit or enforce (enforce)", 0},
	{"publisher", 'p', "HOST:PORT", 0, "where the publisher is, if not as in the bundle", 0},
	{"listen", 'l', "ADDR:PORT", 0, "wait for the publisher to connect instead", 0},
	{"force", OPT_FORCE, NULL, 0, "enrol anew, forgetting the old certificate", 0},
	{0},
};

static void add_site(struct argp_state *as, struct args *a, char *arg)
{
	char *eq = strchr(arg, '=');

	if (!eq || eq == arg || !eq[1])
		argp_error(as, "--site needs NAME=DIR, not \"%s\"", arg);
	if (a->n_sites == PROTO_SITES_MAX)
		argp_error(as, "more than %d sites", PROTO_SITES_MAX);
	*eq = '\0';
	if (!release_site_ok(arg))
		argp_error(as, "\"%s\" is no name for a site", arg);
	a->sites[a->n_sites++] = (struct enrol_site){arg, eq + 1};
}

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	switch (key) {
	case 's':
		add_site(as, a, arg);
		break;
	case 'm':
		if (conf_mode_parse(arg) < 0)
			argp_error(as, "mode is off, audit or enforce, not \"%s\"", arg);
		a->mode = arg;
		break;
	case 'p':
		a->publisher = arg;
		break;
	case 'l':
		a->listen = arg;
		break;
	case OPT_FORCE:
		a->force = true;
		break;
	case ARGP_KEY_ARG:
		if (a->file)
			argp_error(as, "one bundle at a time");
		a->file = arg;
		break;
	case ARGP_KEY_END:
		if (!a->file)
			argp_error(as, "which bundle? (made by: wdpub host add NAME -o FILE)");
		if (a->publisher && a->listen)
			argp_error(as, "--publisher or --listen, not both");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {options, parse, "FILE", "Makes this host known to its publisher.",
				 NULL,	  NULL,	 NULL};

static int enrol(struct wdctl *w, const struct args *a, const struct enrolment *e)
{
	enum conf_dial dial = a->listen ? DIAL_LISTEN : DIAL_CONNECT;
	const char *address = a->listen ? a->listen : a->publisher ? a->publisher : e->publisher;
	struct err err = {""};
	int kept =
		enrol_configure(e, w->config, a->sites, a->n_sites, a->mode, dial, address, &err);

	if (kept < 0 || enrol_unpack(e, w->state, a->force, &err))
		return wdctl_fail("%s", err.text);
	printf("enrolled as %s; trust is kept in %s/trust\n", e->host, w->state);
	if (kept) {
		printf("%s was there already and is unchanged: see that publisher and sites are in it\n",
		       w->config);
	} else {
		printf("wrote %s (%s %s)\n", w->config,
		       dial == DIAL_LISTEN ? "listens on" : "connects to", address);
		if (!a->n_sites)
			puts("no site is configured in it yet: add one (agent.conf(5))");
	}
	puts("next: modprobe webdefender; systemctl start webdefenderd; wdctl status");
	printf("then delete %s: its key is used once\n", a->file);
	return WDCTL_OK;
}

int cmd_enrol(struct wdctl *w, int argc, char **argv)
{
	struct args a = {.mode = "enforce"};
	static struct enrolment e; /* large */
	struct err err = {""};
	char *text;
	size_t n;
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	text = fsx_slurp(a.file, ENROL_BYTES_MAX + 1, &n, &err);
	if (!text)
		return wdctl_fail("%s", err.text);
	if (enrol_parse(text, n, &e, &err))
		rc = wdctl_fail("%s: %s", a.file, err.text);
	else
		rc = enrol(w, &a, &e);
	enrol_free(&e);
	free(text);
	return rc;
}
