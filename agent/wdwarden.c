// SPDX-License-Identifier: Apache-2.0
/* wd-warden: sees to it that the guard lives, as the guard sees to it that this lives. */
#include <argp.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include "daemon.h"
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

static void lock(const char *socket)
{
	char path[STATE_PATH_MAX];
	int fd;

	daemon_beside(path, socket, "warden.lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* One that was killed holds it until the kernel has taken it apart. */
	if (fd < 0 || fsx_lock(fd, 5000))
		log_fatal("%s: another wd-warden is running", path);
}

int main(int argc, char **argv)
{
	struct args a = {.socket = state_env("WD_AGENT_SOCKET", STATE_SOCKET)};
	const char *start[] = {daemon_sibling("webdefenderd"), NULL};
	const struct warden_other guard = {"the guard (webdefenderd)", "webdefenderd.service",
					   start};
	char run[STATE_PATH_MAX], mine[STATE_PATH_MAX], theirs[STATE_PATH_MAX];
	struct event_base *base;
	struct daemon *d;
	struct warden *w;
	struct err err;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	log_open("wd-warden", NULL, LOG_L_INFO);
	if (!*start[0])
		log_fatal("/proc/self/exe cannot be read: is /proc mounted?");
	signal(SIGPIPE, SIG_IGN);
	daemon_beside(run, a.socket, "");
	if (fsx_mkdirs(run, 0755, &err))
		log_fatal("%s", err.text);
	lock(a.socket);
	daemon_beside(mine, a.socket, WARDEN_WARDEN);
	daemon_beside(theirs, a.socket, WARDEN_GUARD);
	base = event_base_new();
	d = daemon_begin(base);
	w = warden_new(base, mine, theirs, &guard, &err);
	if (!w)
		log_fatal("%s", err.text);
	daemon_run(d);
	daemon_tell(DAEMON_STOPPING);
	warden_free(w, true);
	daemon_end(d);
	event_base_free(base);
	return 0;
}
