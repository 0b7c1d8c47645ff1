// SPDX-License-Identifier: Apache-2.0
/*
 * Roles and the control socket, with real processes: this program is its own role "echo"
 * (answers each message, then tries what a confined role must not be able to do).
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "unit.h"
#include "ctl.h"
#include "role.h"

enum { PING = 0x10 /* CHAN_BEAT is 1 */, TRY_SOCKET, TRY_WRITE, TRY_EXEC, TRY_READ, DIE };

/* ---- the role ---- */

static void answer(struct chan *c, int value)
{
	uint8_t byte = value;

	chan_send(c, PING, &byte, 1);
}

static struct chan *echo_chan;

static void echo_message(void *arg, uint16_t type, const void *p, size_t n)
{
	char *const argv[] = {(char *)"true", NULL};

	(void)arg;
	(void)p;
	(void)n;
	switch (type) {
	case PING:
		answer(echo_chan, 0);
		return;
	case TRY_SOCKET:
		answer(echo_chan, socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0);
		return;
	case TRY_WRITE:
		answer(echo_chan,
		       open("/tmp/wd-unit-forbidden", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0);
		return;
	case TRY_EXEC:
		execv("/bin/true", argv);
		answer(echo_chan, errno);
		return;
	case TRY_READ:
		answer(echo_chan, open("/etc/shadow", O_RDONLY) < 0 ? errno : 0);
		return;
	case DIE:
		abort();
	}
}

static void echo_closed(void *arg, const char *reason)
{
	(void)arg;
	(void)reason;
	exit(0);
}

static int echo_main(void)
{
	static const struct chan_ops ops = {echo_message, echo_closed, NULL};
	const struct role_limits limits = {.user = "nobody", .root = NULL};
	struct event_base *base = event_base_new();
	struct err err = {""};

	if (role_confine(&limits, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	echo_chan = chan_new_fd(base, ROLE_FD, &ops, NULL);
	event_base_dispatch(base);
	return 0;
}

/* ---- the hub ---- */

static struct event_base *base;
static int answers, ups, downs, last;

static void up(void *arg, struct chan *c)
{
	(void)arg;
	ups++;
	chan_send(c, PING, NULL, 0);
}

static void message(void *arg, uint16_t type, const void *p, size_t n)
{
	(void)arg;
	(void)type;
	assert_int_equal(n, 1);
	last = *(const uint8_t *)p;
	answers++;
}

static void down(void *arg, const char *why)
{
	(void)arg;
	assert_true(*why);
	downs++;
}

static const struct role_ops hub_ops = {up, message, down, NULL};

static void wait_for(int *counter, int value)
{
	for (int i = 0; i < 1000 && *counter < value; i++) {
		struct timeval tv = {0, 10000};

		event_base_loopexit(base, &tv);
		event_base_dispatch(base);
	}
	assert_true(*counter >= value);
}

static int ask(struct role *r, uint16_t what)
{
	int before = answers;

	assert_int_equal(chan_send(role_chan(r), what, NULL, 0), 0);
	wait_for(&answers, before + 1);
	return last;
}

static void a_role_can_do_its_work_and_nothing_else(void **state)
{
	struct role *r = role_start(base, "echo", NULL, &hub_ops, NULL);

	(void)state;
	wait_for(&answers, 1);
	assert_int_equal(ask(r, PING), 0);
	assert_int_equal(ask(r, TRY_SOCKET), EPERM);
	assert_int_equal(ask(r, TRY_WRITE), EPERM);
	assert_int_equal(ask(r, TRY_EXEC), EPERM);
	if (geteuid() == 0)
		assert_int_equal(ask(r, TRY_READ), EACCES);
	role_stop(r);
}

static void a_role_that_dies_is_started_again(void **state)
{
	struct role *r = role_start(base, "echo", NULL, &hub_ops, NULL);
	int ups_before = ups, downs_before = downs;
	pid_t first = role_pid(r);

	(void)state;
	wait_for(&answers, answers + 1);
	chan_send(role_chan(r), DIE, NULL, 0);
	wait_for(&ups, ups_before + 1);
	assert_int_equal(downs, downs_before + 1);
	assert_int_not_equal(role_pid(r), first);
	kill(role_pid(r), SIGKILL);
	wait_for(&ups, ups_before + 2);
	assert_int_equal(ask(r, PING), 0);
	role_stop(r);
}

static void stopping_leaves_no_process(void **state)
{
	struct role *r = role_start(base, "echo", NULL, &hub_ops, NULL);
	pid_t pid = role_pid(r);

	(void)state;
	role_stop(r);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* ---- the control socket: the client runs in a child ---- */

static char *top;
static char sock[100];

static void serve(void *arg, struct ctl_conn *c, json_t *request)
{
	const char *cmd = json_string_value(json_object_get(request, "cmd"));

	(void)arg;
	if (strcmp(cmd, "count") == 0) {
		for (int i = 0; i < 3; i++)
			ctl_row(c, json_integer(i));
		ctl_ok(c, json_pack("{s:i}", "n", 3));
	} else {
		ctl_fail(c, "no such command: %s", cmd);
	}
}

static void add_row(void *arg, json_t *j)
{
	*(int *)arg += json_integer_value(j) + 1;
}

/* Runs client() in a child against a server in this process; its exit status. */
static int with_server(int (*client)(void))
{
	struct ctl *ctl = ctl_listen(base, sock, serve, NULL, NULL);
	int status = -1;
	pid_t pid;

	assert_non_null(ctl);
	pid = fork();
	if (pid == 0)
		_exit(client());
	for (int i = 0; i < 1000 && waitpid(pid, &status, WNOHANG) != pid; i++) {
		struct timeval tv = {0, 10000};

		event_base_loopexit(base, &tv);
		event_base_dispatch(base);
	}
	ctl_free(ctl);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int rows_and_result(void)
{
	int sum = 0;
	struct err err;
	json_t *j = ctl_call(sock, json_pack("{s:s}", "cmd", "count"), add_row, NULL, &sum, &err);

	return json_is_true(json_object_get(j, "ok")) && sum == 6 ? 0 : 1;
}

static int unknown_command(void)
{
	json_t *j = ctl_call(sock, json_pack("{s:s}", "cmd", "nonsense"), NULL, NULL, NULL, NULL);
	const char *text = json_string_value(json_object_get(j, "error"));

	return text && strstr(text, "nonsense") ? 0 : 1;
}

/* Each line must be answered by an error, and the connection stay of use. */
static int nonsense_lines(void)
{
	static const char *const lines[] = {"",
					    "x",
					    "[]",
					    "{\"cmd\":1}",
					    "{\"cmd\":\"a\",\"cmd\":\"b\"}",
					    "{\"cmd\":\"count\"} trailing",
					    "\xff\xfe",
					    NULL};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE *f;
	char answer[4096];

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", sock);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return 1;
	f = fdopen(fd, "r+");
	for (int i = 0; lines[i]; i++) {
		dprintf(fd, "%s\n", lines[i]);
		if (!fgets(answer, sizeof(answer), f) || !strstr(answer, "\"ok\":false"))
			return 2 + i;
	}
	/* forty levels deep */
	for (int i = 0; i < 40; i++)
		dprintf(fd, "[");
	dprintf(fd, "\n");
	if (!fgets(answer, sizeof(answer), f) || !strstr(answer, "\"ok\":false"))
		return 20;
	dprintf(fd, "{\"cmd\":\"count\"}\n");
	for (int i = 0; i < 4; i++)
		if (!fgets(answer, sizeof(answer), f))
			return 21;
	return strstr(answer, "\"ok\":true") ? 0 : 22;
}

static int endless_line(void)
{
	static char block[65536];
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char answer[4096] = "";

	memset(block, 'x', sizeof(block));
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", sock);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    write(fd, block, sizeof(block)) < 0 || write(fd, block, 100) < 0 ||
	    read(fd, answer, sizeof(answer) - 1) <= 0)
		return 1;
	return strstr(answer, "longer than") ? 0 : 2;
}

static int as_a_stranger(void)
{
	struct err err;

	if (geteuid() != 0)
		return 0;
	if (chmod(top, 0755) < 0 || chmod(sock, 0666) < 0 || setuid(12345) < 0)
		return 2;
	return ctl_call(sock, json_pack("{s:s}", "cmd", "count"), NULL, NULL, NULL, &err) ? 1 : 0;
}

static void control_rows_then_one_result(void **state)
{
	(void)state;
	assert_int_equal(with_server(rows_and_result), 0);
	assert_int_equal(with_server(unknown_command), 0);
}

static void control_answers_nonsense_with_errors(void **state)
{
	(void)state;
	assert_int_equal(with_server(nonsense_lines), 0);
	assert_int_equal(with_server(endless_line), 0);
}

static void control_serves_no_stranger(void **state)
{
	(void)state;
	assert_int_equal(with_server(as_a_stranger), 0);
}

static void control_tells_a_running_daemon_from_a_dead_ones_socket(void **state)
{
	struct ctl *first = ctl_listen(base, sock, serve, NULL, NULL), *second;
	struct err err;

	(void)state;
	assert_null(ctl_listen(base, sock, serve, NULL, &err));
	assert_non_null(strstr(err.text, "another daemon"));
	ctl_free(first);
	/* what a kill -9 leaves */
	close(open(sock, O_CREAT | O_WRONLY, 0600));
	second = ctl_listen(base, sock, serve, NULL, &err);
	assert_non_null(second);
	ctl_free(second);
}

static int setup(void **state)
{
	(void)state;
	base = event_base_new();
	top = unit_dir();
	snprintf(sock, sizeof(sock), "%s/sock", top);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	event_base_free(base);
	unit_clean(top);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_can_do_its_work_and_nothing_else),
		cmocka_unit_test(a_role_that_dies_is_started_again),
		cmocka_unit_test(stopping_leaves_no_process),
		cmocka_unit_test(control_rows_then_one_result),
		cmocka_unit_test(control_answers_nonsense_with_errors),
		cmocka_unit_test(control_serves_no_stranger),
		cmocka_unit_test(control_tells_a_running_daemon_from_a_dead_ones_socket),
	};

	if (argc > 2 && strcmp(argv[1], "--role") == 0)
		return echo_main();
	return cmocka_run_group_tests_name("role", tests, setup, teardown);
}
