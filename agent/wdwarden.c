// SPDX-License-Identifier: Apache-2.0
/* wd-warden: sees to it that the guard lives, as the guard sees to it that this lives. */
#include <argp.h>
#include <event2/event.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>
#include "fsx.h"
#include "state.h"
#include "warden.h"

const char *argp_program_version = "wd-warden " WD_VERSION;

struct args {
	const char *socket;
};

static const struct argp_option options[] = {
	{"socket", 'S', "PATH", 0,
	 "control socket of the agent (" STATE_SOCKET "); ours lie beside it", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	switch (key) {
	case 'S':
		a->socket = arg;
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
	"Starts webdefenderd again when it was killed or hangs. Runs in the foreground.\v"
	"WD_AGENT_SOCKET replaces the default. See wd-warden(8).",
	NULL,
	NULL,
	NULL};

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	log_info("%s: ending", strsignal(sig));
	event_base_loopbreak(arg);
}

static void on_alive(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	sd_notify(0, "WATCHDOG=1");
}

/* The program beside this one. */
static const char *sibling(const char *name)
{
	static char path[STATE_PATH_MAX];
	char self[STATE_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		log_fatal("/proc/self/exe cannot be read: is /proc mounted?");
	self[n] = 0;
	if (fsx_join(path, sizeof(path), dirname(self), name))
		log_fatal("%s: path too long", self);
	return path;
}

static void lock(const char *dir)
{
	char path[STATE_PATH_MAX];
	int fd;

	fsx_join(path, sizeof(path), dir, "warden.lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		log_fatal("%s: another wd-warden is running", path);
}

int main(int argc, char **argv)
{
	const char *env = getenv("WD_AGENT_SOCKET");
	struct args a = {.socket = env && *env ? env : STATE_SOCKET};
	const char *start[] = {sibling("webdefenderd"), NULL};
	const struct warden_other guard = {"the guard (webdefenderd)", "webdefenderd.service",
					   start};
	char copy[STATE_PATH_MAX], mine[STATE_PATH_MAX], theirs[STATE_PATH_MAX];
	struct event_base *base;
	struct event *term, *intr, *alive;
	struct warden *w;
	const char *dir;
	struct err err;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	log_open("wd-warden", NULL, LOG_L_INFO);
	signal(SIGPIPE, SIG_IGN);
	snprintf(copy, sizeof(copy), "%s", a.socket);
	dir = dirname(copy);
	if (fsx_mkdirs(dir, 0755, &err))
		log_fatal("%s", err.text);
	lock(dir);
	fsx_join(mine, sizeof(mine), dir, WARDEN_WARDEN);
	fsx_join(theirs, sizeof(theirs), dir, WARDEN_GUARD);
	base = event_base_new();
	term = evsignal_new(base, SIGTERM, on_signal, base);
	intr = evsignal_new(base, SIGINT, on_signal, base);
	alive = event_new(base, -1, EV_PERSIST, on_alive, NULL);
	evsignal_add(term, NULL);
	evsignal_add(intr, NULL);
	event_add(alive, &(struct timeval){5, 0});
	w = warden_new(base, mine, theirs, &guard, &err);
	if (!w)
		log_fatal("%s", err.text);
	sd_notify(0, "READY=1");
	event_base_dispatch(base);
	sd_notify(0, "STOPPING=1");
	warden_free(w, true);
	event_free(alive);
	event_free(term);
	event_free(intr);
	event_base_free(base);
	return 0;
}
