// SPDX-License-Identifier: Apache-2.0
/* What the guard starts to audit becomes another user: it ends when the guard wants, or is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/event.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "audit_child.h"

static char program[4096];

/* setpriv(1) in its place: it does what wd-auditor does to its identity, and then waits. */
static const char *const words[] = {"--reuid=65534", "--regid=65534", "--clear-groups",
				    "sleep",	     "1000",	      NULL};

static void on_done(void *arg, int status, const char *out, const char *text)
{
	(void)arg;
	(void)status;
	(void)out;
	(void)text;
}

/* CAP_KILL is not in the unit's set either. */
static void drop_kill(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	assert_int_equal(syscall(SYS_capget, &head, data), 0);
	data[0].effective &= ~(1u << CAP_KILL);
	data[0].permitted &= ~(1u << CAP_KILL);
	assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0), 0);
	assert_int_equal(syscall(SYS_capset, &head, data), 0);
}

/* A child of ours that is asleep as somebody else; 0: there is none yet. */
static pid_t sleeper(void)
{
	char line[256] = "";
	FILE *f;
	pid_t pid = 0;

	snprintf(line, sizeof(line), "/proc/self/task/%d/children", getpid());
	f = fopen(line, "r");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	snprintf(line, sizeof(line), "/proc/%d/comm", pid);
	f = pid ? fopen(line, "r") : NULL;
	if (!f || !fgets(line, sizeof(line), f) || strcmp(line, "sleep\n"))
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

static struct audit_child *started(struct event_base *base, pid_t *pid)
{
	struct err err = {""};
	struct audit_child *c = audit_child_start(base, words, on_done, NULL, &err);

	if (!c)
		fail_msg("%s", err.text);
	while (!(*pid = sleeper()))
		usleep(1000);
	return c;
}

/* In a process of its own, that others keep CAP_KILL: how did it end? */
static int apart(void (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		alarm(60); /* it hangs: that is the failure */
		drop_kill();
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void stop_it(void)
{
	struct event_base *base = event_base_new();
	pid_t pid;
	struct audit_child *c = started(base, &pid);

	if (!kill(pid, SIGKILL))
		_exit(2); /* then this shows nothing */
	audit_child_stop(c);
	if (!kill(pid, 0))
		_exit(3);
}

static void stopping_ends_it_without_the_right_to_signal(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(apart(stop_it), 0);
}

static pid_t *orphan;

static void leave_it(void)
{
	struct event_base *base = event_base_new();

	started(base, orphan);
	raise(SIGKILL);
}

static void it_does_not_outlive_the_guard(void **state)
{
	int gone = 0;

	(void)state;
	if (geteuid())
		skip();
	orphan = mmap(NULL, sizeof(*orphan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_int_equal(WTERMSIG(apart(leave_it)), SIGKILL);
	for (int i = 0; i < 10000 && !gone; i++, usleep(1000)) {
		char path[64], line[512] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", *orphan);
		f = fopen(path, "r");
		gone = !f || !fgets(line, sizeof(line), f) || strstr(line, ") Z");
		if (f)
			fclose(f);
	}
	assert_true(gone);
}

static int setup(void **state)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	assert_true(n > 0);
	self[n] = 0;
	snprintf(program, sizeof(program), "%.4000s/wd-auditor", dirname(self));
	unlink(program);
	return symlink("/usr/bin/setpriv", program);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stopping_ends_it_without_the_right_to_signal),
		cmocka_unit_test(it_does_not_outlive_the_guard),
	};

	return cmocka_run_group_tests_name("audit_child", tests, setup, teardown);
}
