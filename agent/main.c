// SPDX-License-Identifier: Apache-2.0
/* webdefenderd: the guard, or with --role link the role it starts itself as. */
#include <argp.h>
#include <event2/event.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf.h"
#include "control.h"
#include "daemon.h"
#include "fsx.h"
#include "guard.h"
#include "keeper.h"
#include "hass_role.h"
#include "link.h"
#include "role.h"
#include "role_unit.h"
#include "roles.h"
#include "state.h"
#include "warden.h"

#define DESCRIPTORS 4096 /* objects on their way, directories of a batch */

const char *argp_program_version = "webdefenderd " WD_VERSION;

enum { OPT_ROLE = 256, OPT_CONNECT, OPT_LISTEN, OPT_NO_MODULE, OPT_PORT, OPT_SPEED };

struct args {
	const char *state, *config, *socket;
	bool check, no_module;
	const char *role;
	char **argv;
	struct link_args link;
	struct hass_role_args hass;
};

static const struct argp_option options[] = {
	{"config", 'c', "FILE", 0, "configuration (" STATE_CONFIG ")", 0},
	{"state", 's', "DIR", 0, "state directory (" STATE_DIR ")", 0},
	{"socket", 'S', "PATH", 0, "control socket for wdctl (" STATE_SOCKET ")", 0},
	{"check", 'k', NULL, 0, "check the configuration and exit", 0},
	{"no-module", OPT_NO_MODULE, NULL, 0, "do not use the kernel module, even if it is there",
	 0},
	{"role", OPT_ROLE, "NAME", OPTION_HIDDEN, NULL, 0},
	{"connect", OPT_CONNECT, "ADDRESS", OPTION_HIDDEN, NULL, 0},
	{"listen", OPT_LISTEN, "ADDRESS", OPTION_HIDDEN, NULL, 0},
	{"port", OPT_PORT, "DEVICE", OPTION_HIDDEN, NULL, 0},
	{"speed", OPT_SPEED, "BAUD", OPTION_HIDDEN, NULL, 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

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
	case 'k':
		a->check = true;
		break;
	case OPT_NO_MODULE:
		a->no_module = true;
		break;
	case OPT_ROLE:
		a->role = arg;
		break;
	case OPT_CONNECT:
		a->link.dial = DIAL_CONNECT;
		a->link.address = arg;
		break;
	case OPT_LISTEN:
		a->link.dial = DIAL_LISTEN;
		a->link.address = arg;
		break;
	case OPT_PORT:
		a->hass.port = arg;
		break;
	case OPT_SPEED:
		a->hass.speed = strtol(arg, NULL, 10);
		break;
	case ARGP_KEY_ARG:
		argp_error(as, "unexpected word \"%s\"", arg);
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
	"Keeps web sites as their publisher signed them. Runs in the foreground.\v"
	"WD_AGENT_CONFIG, WD_AGENT_STATE and WD_AGENT_SOCKET replace the defaults. See webdefenderd(8).",
	NULL,
	NULL,
	NULL};

/* Two guards over one state would restore each other's work away. */
static void take_lock(const char *state)
{
	char path[STATE_PATH_MAX];
	int fd = open(state_path(path, state, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	/* One that was just killed may still have roles that end a moment later. */
	if (fd < 0 || fsx_lock(fd, 5000))
		log_fatal("%s is in use by another webdefenderd: stop it first", state);
}

static void prepare(const struct args *a, struct conf *conf)
{
	struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
	struct err err = {""};
	char run[STATE_PATH_MAX];

	umask(022);
	setrlimit(RLIMIT_NOFILE, &limit);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN); /* somebody opens a file that we ask a lease on */
	if (state_make(a->state, &err))
		log_fatal("%s", err.text);
	take_lock(a->state);
	daemon_beside(run, a->socket, "");
	if (fsx_mkdirs(run, 0755, &err))
		log_fatal("%s", err.text);
	log_open("webdefenderd", "guard", conf->level);
	log_info("webdefenderd " WD_VERSION ", %d sites", conf->n_sites);
	daemon_tell_by(keeper_tell);
}

/* What is nice to have: without any of it the guard guards all the same. */
static void watch_over(struct guard *g, const struct args *a)
{
	static const char *start[2];
	static struct warden_other other = {"wd-warden", "wd-warden.service", start};
	char mine[STATE_PATH_MAX], theirs[STATE_PATH_MAX];
	struct err err;

	start[0] = daemon_sibling("wd-warden");
	daemon_beside(mine, a->socket, WARDEN_GUARD);
	daemon_beside(theirs, a->socket, WARDEN_WARDEN);
	g->warden = warden_new(g->base, mine, theirs, &other, &err);
	if (!g->warden)
		log_warn("nobody can watch over the guard: %s", err.text);
	g->metrics = metrics_start(g->base, g->conf->metrics, a->state, guard_exposition, g);
}

static int guard_main(const struct args *a, struct conf *conf)
{
	struct guard_options o = {.source = !a->no_module, .uplink = true};
	struct event_base *base;
	struct daemon *d;
	bool again;
	struct err err = {""};
	struct control *c;
	struct guard *g;

	prepare(a, conf);
	base = event_base_new();
	d = daemon_begin(base);
	g = guard_open(base, conf, a->state, &o, &err);
	if (!g)
		log_fatal("%s", err.text);
	c = control_open(g, a->socket, &err);
	if (!c)
		log_fatal("%s", err.text);
	watch_over(g, a);
	daemon_run(d);
	again = g->again;
	daemon_tell(again ? DAEMON_RELOADING : DAEMON_STOPPING);
	warden_free(g->warden, !again);
	g->warden = NULL;
	control_close(c);
	guard_close(g);
	daemon_end(d);
	event_base_free(base);
	if (again && keeper_is_there())
		return KEEPER_AGAIN;
	if (again)
		execv("/proc/self/exe", a->argv);
	return 0;
}

/* Started by systemd, a role's further words come with its connection. */
static void take_words(struct args *a, const char *program)
{
	char *argv[ROLE_WORDS_MAX + 2] = {(char *)program};
	const char *role = a->role;
	struct err err = {""};
	int n = 1;

	if (!role_unit_called())
		return;
	if (role_unit_words(argv + 1, &err))
		log_fatal("%s", err.text);
	while (argv[n])
		n++;
	argp_parse(&argp, n, argv, 0, NULL, a);
	a->role = role; /* its unit decides that */
}

/* Only for roles: -1, there is none of that name. */
static int role_main(struct args *a, const char *program)
{
	char empty[STATE_PATH_MAX];

	log_open("webdefenderd", a->role, LOG_L_INFO);
	take_words(a, program);
	if (!strcmp(a->role, ROLE_LINK) && a->link.address) {
		a->link.state = a->state;
		return link_main(&a->link);
	}
	if (!strcmp(a->role, ROLE_HASS) && a->hass.port)
		return hass_role_main(a->state, &a->hass);
	if (!strcmp(a->role, "metrics") && a->link.address)
		return metrics_main(a->link.address, "webdefender-metrics",
				    state_path(empty, a->state, "empty"));
	log_fatal("there is no role \"%s\", or its words are missing", a->role);
}

struct work {
	const struct args *a;
	struct conf *conf;
};

static int work(void *arg)
{
	struct work *w = arg;

	return guard_main(w->a, w->conf);
}

/* Sealed, only children of this process may follow a dead guard. */
static int keep(const struct args *a, struct conf *conf)
{
	struct work w = {a, conf};
	int status = keeper_run(a->state, work, &w);

	if (status == KEEPER_AGAIN && !keeper_is_there())
		execv("/proc/self/exe", a->argv);
	return status;
}

int main(int argc, char **argv)
{
	struct args a = {.state = state_env("WD_AGENT_STATE", STATE_DIR),
			 .config = state_env("WD_AGENT_CONFIG", STATE_CONFIG),
			 .socket = state_env("WD_AGENT_SOCKET", STATE_SOCKET)};
	static struct conf conf; /* large */
	struct err err = {""};

	setlocale(LC_CTYPE, "C.UTF-8"); /* names in evidence */
	a.argv = argv;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.role)
		return role_main(&a, argv[0]);
	log_open("webdefenderd", "guard", LOG_L_INFO);
	if (conf_load(a.config, &conf, &err))
		log_fatal("%s", err.text);
	if (a.check) {
		printf("%s: %d sites, no errors\n", a.config, conf.n_sites);
		return 0;
	}
	return conf.seal == CONF_SEAL_OFF || a.no_module ? guard_main(&a, &conf) : keep(&a, &conf);
}
