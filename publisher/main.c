// SPDX-License-Identifier: Apache-2.0
/* wdpublisherd - follows the backup directories and publishes them to the web servers */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "conf.h"
#include "console/console.h"
#include "engine.h"
#include "keys.h"
#include "layout.h"
#include "link.h"
#include "metrics.h"
#include "reader.h"
#include "notifier.h"

const char *argp_program_version = "wdpublisherd " WD_VERSION;

enum { OPT_CHECK = 256, OPT_ROLE, OPT_LISTEN, OPT_MAX, OPT_CONSOLE, OPT_WWW, OPT_CERT, OPT_KEY };

static const struct argp_option options[] = {
	{"config", 'c', "FILE", 0, "Configuration (default " LAYOUT_CONFIG ")", 0},
	{"state", 's', "DIR", 0, "State directory (default " LAYOUT_STATE ")", 0},
	{"socket", 'S', "PATH", 0, "Control socket (default " LAYOUT_SOCKET ")", 0},
	{"check", OPT_CHECK, NULL, 0, "Read the configuration, say what is wrong, and end", 0},
	{"role", OPT_ROLE, "NAME", OPTION_HIDDEN, "Used by the daemon to start its roles", 0},
	{"listen", OPT_LISTEN, "ADDR", OPTION_HIDDEN, NULL, 0},
	{"max-connections", OPT_MAX, "N", OPTION_HIDDEN, NULL, 0},
	{"console", OPT_CONSOLE, "ADDR", OPTION_HIDDEN, NULL, 0},
	{"www", OPT_WWW, "DIR", OPTION_HIDDEN, NULL, 0},
	{"certificate", OPT_CERT, "FILE", OPTION_HIDDEN, NULL, 0},
	{"key", OPT_KEY, "FILE", OPTION_HIDDEN, NULL, 0},
	{0},
};

struct arguments {
	const char *config, *state, *socket, *role, *listen;
	struct console_options console;
	int max_connections;
	bool check;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'c':
		a->config = arg;
		break;
	case 's':
		a->state = arg;
		break;
	case 'S':
		a->socket = arg;
		break;
	case OPT_CHECK:
		a->check = true;
		break;
	case OPT_ROLE:
		a->role = arg;
		break;
	case OPT_LISTEN:
		a->listen = arg;
		break;
	case OPT_MAX:
		a->max_connections = strtol(arg, NULL, 10);
		break;
	case OPT_CONSOLE:
		a->console.listen = arg;
		break;
	case OPT_WWW:
		a->console.www = arg;
		break;
	case OPT_CERT:
		a->console.certificate = arg;
		break;
	case OPT_KEY:
		a->console.key = arg;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument \"%s\"", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options,
	parse,
	NULL,
	"Publishes web sites from their backup directories to the web servers, signed."
	"\vRuns in the foreground. `wdpub init` makes the state directory first.",
	NULL,
	NULL,
	NULL};

static int role_main(struct arguments *a)
{
	const struct link_options link = {a->state, a->listen, a->max_connections};

	char empty[LAYOUT_PATH_MAX];

	log_open("wdpublisherd", a->role, LOG_L_INFO);
	if (!strcmp(a->role, "keys"))
		return keys_main(a->state);
	if (!strcmp(a->role, "link"))
		return link_main(&link);
	if (!strcmp(a->role, "notify"))
		return notifier_main(a->state);
	if (!strcmp(a->role, "auth"))
		return auth_main(a->state);
	if (!strcmp(a->role, "reader"))
		return reader_main(a->state);
	a->console.state = a->state;
	if (!strcmp(a->role, "console"))
		return console_main(&a->console);
	if (!strcmp(a->role, "metrics"))
		return metrics_main(a->listen, "webdefender-metrics",
				    layout_path(empty, a->state, LAYOUT_EMPTY));
	log_fatal("there is no role \"%s\"", a->role);
}

static int check(const char *config)
{
	struct conf conf;
	struct err err;

	if (conf_load(&conf, config, &err))
		log_fatal("%s", err.text);
	return 0;
}

int main(int argc, char **argv)
{
	struct arguments a = {
		.config = layout_default("WD_PUBLISHER_CONFIG", LAYOUT_CONFIG),
		.state = layout_default("WD_PUBLISHER_STATE", LAYOUT_STATE),
		.socket = layout_default("WD_PUBLISHER_SOCKET", LAYOUT_SOCKET),
		.listen = "",
		.max_connections = 1024,
		.console = {.listen = "", .www = "", .certificate = "", .key = ""},
	};

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	log_open("wdpublisherd", NULL, LOG_L_INFO);
	if (a.role)
		return role_main(&a);
	if (a.check)
		return check(a.config);
	return engine_main(a.state, a.config, a.socket);
}
