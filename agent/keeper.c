// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "backoff.h"
#include "fsx.h"
#include "kernel.h"
#include "keeper.h"

#define LOOK_MS 2000

static struct identity known;
static bool holds;
static bool is_guard;		/* in the child */
static int words[2] = {-1, -1}; /* what the guard would tell the service manager, a byte each */
static bool spoke;		/* the guard that runs, to the service manager: it had come up */

bool keeper_is_there(void)
{
	return is_guard;
}

bool keeper_tell(enum daemon_word word)
{
	uint8_t byte = word;

	return is_guard && write(words[1], &byte, 1) == 1;
}

/* The service manager listens to its main process alone. */
static void pass_on(void)
{
	uint8_t said[64];
	ssize_t n = read(words[0], said, sizeof(said));

	for (ssize_t i = 0; i < n; i++)
		daemon_tell(said[i]);
	if (n > 0)
		spoke = true;
}

int keeper_hold(struct identity *id, struct err *err)
{
	(void)err;
	if (!holds)
		return 0;
	if (memcmp(&id->release_key, &known.release_key, sizeof(id->release_key)) ||
	    strcmp(id->host, known.host))
		log_err("trust/release.pub or trust/host was changed while the agent ran: what was"
			" read at its start counts");
	id->release_key = known.release_key;
	snprintf(id->host, sizeof(id->host), "%s", known.host);
	return 0;
}

/* Asks the module to know this process; again until it is there. */
static bool introduce(void)
{
	struct err err = {""};
	struct kernel *k = kernel_open(&err);
	bool done = k && !kernel_keep(k, &err);

	kernel_close(k);
	return done;
}

/* *keeper: the one that lives, or 0. */
static bool sealed(uint32_t *keeper)
{
	struct kernel_info info;
	struct err err = {""};
	struct kernel *k = kernel_open(&err);
	bool yes = k && !kernel_info(k, &info, &err) && info.sealed;

	*keeper = yes ? info.keeper_pid : 0;

	kernel_close(k);
	return yes;
}

static sigset_t signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

static pid_t start(const sigset_t *before)
{
	pid_t self = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != self)
		_exit(1); /* it died before it could tell */
	sigprocmask(SIG_SETMASK, before, NULL);
	is_guard = true;
	return 0;
}

/* 0: none came. */
static int next_signal(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

/* Until the guard ends; *told: somebody asked both of them to end. */
static int wait_for(pid_t guard, int signals, bool *introduced, bool *told)
{
	int status, sig;

	while (waitpid(guard, &status, WNOHANG) != guard) {
		struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
				       {.fd = words[0], .events = POLLIN}};

		poll(fds, 2, LOOK_MS);
		pass_on();
		sig = next_signal(signals);
		if (sig == SIGTERM || sig == SIGINT) {
			*told = true;
			kill(guard, SIGTERM);
		}
		if (!*introduced)
			*introduced = introduce();
	}
	pass_on();
	return status;
}

static int status_of(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	log_err("the guard ended by signal %d", WTERMSIG(status));
	return 1;
}

static void read_before(const char *state)
{
	struct err err = {""};

	/* What libraries load when they are first used is loaded now. */
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	holds = !identity_open(&known, state, &err);
}

int keeper_run(const char *state, int (*work)(void *arg), void *arg)
{
	bool introduced = introduce(), told = false;
	sigset_t set = signals(), before;
	struct backoff pause;
	int status, fd, ms;
	uint32_t other;

	if (!introduced && sealed(&other) && other)
		log_fatal(
			"the module is sealed, and process %u is the keeper: only that may start a guard",
			other);
	read_before(state);
	backoff_reset(&pause);
	sigprocmask(SIG_BLOCK, &set, &before);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || pipe2(words, O_CLOEXEC | O_NONBLOCK))
		log_fatal("cannot keep: %s", strerror(errno));
	for (;;) {
		int64_t since = fsx_mono_ns();
		pid_t guard = start(&before);

		if (!guard) {
			close(fd);
			return work(arg);
		}
		if (guard < 0)
			log_fatal("cannot fork: %s", strerror(errno));
		status = wait_for(guard, fd, &introduced, &told);
		if (told || !sealed(&other)) {
			sigprocmask(SIG_SETMASK, &before, NULL);
			return status_of(status);
		}
		ms = backoff_ended(&pause, fsx_mono_ns() - since, spoke);
		spoke = false;
		log_err("the guard ended while sealed: starting another in %d ms", ms);
		usleep(ms * 1000);
	}
}
