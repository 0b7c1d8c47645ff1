// SPDX-License-Identifier: Apache-2.0
/*
 * Roles that somebody else starts. This program is the hub, the role "echo" (which says what words
 * it got), and in between as much of systemd as a socket with Accept=yes is.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "unit.h"
#include "buf.h"
#include "role.h"
#include "role_unit.h"

enum { ASK = 0x10 /* CHAN_BEAT is 1 */, WORDS };

static char *top;
static struct event_base *base;

/* ---- the role ---- */

static char *heard[ROLE_WORDS_MAX + 1];
static struct chan *hub;

static void echo_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct buf b;

	(void)arg;
	(void)type;
	(void)p;
	(void)n;
	buf_init(&b, ROLE_WORDS_BYTES);
	for (int i = 0; heard[i]; i++)
		buf_put_str(&b, heard[i]);
	chan_send_buf(hub, WORDS, &b);
	buf_free(&b);
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
	struct err err = {""};

	base = event_base_new();
	if (!role_unit_called() || role_unit_words(heard, &err)) {
		fprintf(stderr, "# role: %s\n", err.text);
		return 1;
	}
	hub = chan_new_fd(base, ROLE_FD, &ops, NULL);
	event_base_dispatch(base);
	return 0;
}

/* ---- in place of systemd ---- */

static int listener = -1, notices = -1;
static struct event *coming;
static enum { START_IT, HANG_UP, STAY_SILENT } with_it;
static pid_t started[64];
static int n_started;
static int kept = -1;

static void start_it(int fd)
{
	char pid[16];

	started[n_started] = fork();
	if (started[n_started++])
		return;
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	dup2(fd, ROLE_FD);
	close_range(ROLE_FD + 1, ~0u, 0);
	execl("/proc/self/exe", "test_role_unit", "--role", "echo", NULL);
	_exit(127);
}

static void on_coming(evutil_socket_t at, short what, void *arg)
{
	int fd = accept(at, NULL, NULL);

	(void)what;
	(void)arg;
	assert_true(n_started < 64);
	if (with_it == START_IT)
		start_it(fd);
	if (with_it == STAY_SILENT)
		kept = fd;
	else
		close(fd);
}

static int bound(int type, const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", top, name);
	unlink(a.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void begin_listening(void)
{
	listener = bound(SOCK_STREAM, "echo");
	assert_int_equal(listen(listener, 8), 0);
	coming = event_new(base, listener, EV_READ | EV_PERSIST, on_coming, NULL);
	event_add(coming, NULL);
}

static void end_listening(void)
{
	char path[200];

	event_free(coming);
	close(listener);
	snprintf(path, sizeof(path), "%s/echo", top);
	unlink(path);
	for (int i = 0; i < n_started; i++) {
		kill(started[i], SIGKILL); /* our child in either case */
		waitpid(started[i], NULL, 0);
	}
	n_started = 0;
	with_it = START_IT;
}

/* ---- the hub ---- */

static int ups, downs, answers;
static char said[8][ROLE_WORD_MAX];
static int n_said;

static void up(void *arg, struct chan *c)
{
	(void)arg;
	ups++;
	chan_send(c, ASK, NULL, 0);
}

static void message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct rd r = rd_over(p, n);

	(void)arg;
	assert_int_equal(type, WORDS);
	for (n_said = 0; r.left && n_said < 8; n_said++)
		rd_str(&r, said[n_said], sizeof(said[0]));
	assert_true(rd_end(&r));
	answers++;
}

static void down(void *arg, const char *why)
{
	(void)arg;
	assert_true(*why);
	downs++;
}

static const struct role_ops ops = {up, message, down, NULL};

static void turn(void)
{
	struct timeval tv = {0, 10000};

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

static void wait_for(const int *counter, int value)
{
	for (int i = 0; i < 3000 && *counter < value; i++)
		turn();
	assert_true(*counter >= value);
}

static bool ended(pid_t pid)
{
	int status;

	for (int i = 0; i < 3000; i++, turn())
		if (waitpid(pid, &status, WNOHANG) == pid)
			return true;
	return false;
}

static char *const words[] = {(char *)"--state", (char *)"/var/lib/with a space", (char *)"",
			      (char *)"\xe9\xa1\xb5", NULL};

static struct role *started_role(void)
{
	struct role *r;
	int before = answers;

	begin_listening();
	r = role_start(base, "echo", words, &ops, NULL);
	wait_for(&answers, before + 1);
	return r;
}

static void its_words_and_its_pid_are_the_roles(void **state)
{
	struct role *r = started_role();

	(void)state;
	assert_int_equal(n_said, 4);
	for (int i = 0; i < 4; i++)
		assert_string_equal(said[i], words[i]);
	assert_int_equal(role_pid(r), started[0]);
	role_stop(r);
	assert_true(ended(started[0]));
	end_listening();
}

static void one_that_is_killed_is_back(void **state)
{
	struct role *r = started_role();

	(void)state;
	for (int i = 0; i < 4; i++) {
		int before = answers, downs_before = downs;

		kill(started[i], SIGKILL);
		wait_for(&answers, before + 1);
		assert_int_equal(downs, downs_before + 1);
		assert_int_equal(role_pid(r), started[i + 1]);
	}
	role_stop(r);
	end_listening();
}

static void a_restart_and_a_stop_end_its_process_without_a_signal(void **state)
{
	struct role *r = started_role();
	int before = answers, ups_before;

	(void)state;
	role_restart(r);
	assert_null(role_chan(r));
	assert_true(ended(started[0]));
	wait_for(&answers, before + 1);
	role_hold(r, true);
	assert_true(ended(started[1]));
	ups_before = ups;
	for (int i = 0; i < 50; i++)
		turn();
	assert_int_equal(ups, ups_before);
	assert_int_equal(role_pid(r), 0);
	role_hold(r, false);
	wait_for(&answers, before + 2);
	role_stop(r);
	end_listening();
}

static void nobody_there_is_asked_again(void **state)
{
	struct role *r = role_start(base, "echo", words, &ops, NULL);
	int before = answers;

	(void)state;
	for (int i = 0; i < 30; i++)
		turn();
	assert_int_equal(role_pid(r), 0);
	begin_listening();
	wait_for(&answers, before + 1);
	role_stop(r);
	end_listening();
}

static void one_that_hangs_up_or_never_speaks_is_no_role(void **state)
{
	int ups_before = ups;
	struct role *r;

	(void)state;
	with_it = HANG_UP;
	begin_listening();
	r = role_start(base, "echo", words, &ops, NULL);
	for (int i = 0; i < 30; i++)
		turn();
	assert_int_equal(ups, ups_before);
	with_it = STAY_SILENT;
	for (int i = 0; i < 3000 && kept < 0; i++)
		turn();
	assert_true(kept >= 0);
	assert_int_equal(ups, ups_before);
	role_stop(r); /* while it waits */
	close(kept);
	kept = -1;
	end_listening();
}

static void systemd_hears_that_it_is_ready_and_of_its_beats(void **state)
{
	char text[128];
	struct role *r;
	ssize_t n;

	(void)state;
	notices = bound(SOCK_DGRAM, "notify");
	snprintf(text, sizeof(text), "%s/notify", top);
	setenv("NOTIFY_SOCKET", text, 1);
	r = started_role();
	n = recv(notices, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = 0;
	assert_string_equal(text, "READY=1\nWATCHDOG=1");
	n = recv(notices, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = 0;
	assert_string_equal(text, "WATCHDOG=1");
	unsetenv("NOTIFY_SOCKET");
	close(notices);
	role_stop(r);
	end_listening();
}

/* What comes before the words are whole, or in their place, ends the role. */
static void a_role_believes_no_nonsense(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} table[] = {
		{"", 0},
		{"\0\0\0", 3},
		{"\0\0\0\1\0\2\0\0", 8},	  /* its payload is missing */
		{"\0\0\0\1\0\1\0\0\0", 9},	  /* another message */
		{"\0\0\0\1\0\2\0\1\0", 9},	  /* a bad header */
		{"\xff\xff\xff\xff\0\2\0\0", 8},  /* endless */
		{"\0\0\100\1\0\2\0\0", 8},	  /* one byte too long */
		{"\0\0\0\1\0\2\0\0\1", 9},	  /* a word that is not there */
		{"\0\0\0\4\0\2\0\0\1\0\1\0", 12}, /* a NUL in a word */
		{"\0\0\0\2\0\2\0\0\0x", 10},	  /* more than it says */
		{"\0\0\0\1\0\2\0\0\21", 9},	  /* seventeen words */
		{"GET / HTTP/1.1\r\n\r\n", 18},
	};
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	(void)state;
	begin_listening();
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/echo", top);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		int before = n_started, status;
		char byte;

		assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
		assert_int_equal(send(fd, table[i].bytes, table[i].n, 0), table[i].n);
		shutdown(fd, SHUT_WR);
		wait_for(&n_started, before + 1);
		assert_int_equal(waitpid(started[before], &status, 0), started[before]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
		assert_true(recv(fd, &byte, 1, 0) <= 0);
		close(fd);
	}
	n_started = 0;
	end_listening();
}

static void words_that_are_cut_anywhere_are_refused(void **state)
{
	static char store[ROLE_WORDS_BYTES];
	char *got[ROLE_WORDS_MAX + 1];
	struct err err;
	struct buf b;

	(void)state;
	buf_init(&b, ROLE_WORDS_BYTES);
	buf_put_u8(&b, ROLE_WORDS_MAX);
	for (int i = 0; i < ROLE_WORDS_MAX; i++)
		buf_put_str(&b, i % 2 ? "" : "--connect");
	assert_int_equal(role_unit_parse(b.data, b.len, store, got, &err), 0);
	assert_string_equal(got[14], "--connect");
	assert_string_equal(got[15], "");
	assert_null(got[16]);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(role_unit_parse(b.data, n, store, got, &err), -1);
	buf_put_u8(&b, 0);
	assert_int_equal(role_unit_parse(b.data, b.len, store, got, &err), -1);
	buf_free(&b);
}

static int setup(void **state)
{
	(void)state;
	base = event_base_new();
	top = unit_dir();
	setenv("WD_ROLE_SOCKETS", top, 1);
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
		cmocka_unit_test(its_words_and_its_pid_are_the_roles),
		cmocka_unit_test(one_that_is_killed_is_back),
		cmocka_unit_test(a_restart_and_a_stop_end_its_process_without_a_signal),
		cmocka_unit_test(nobody_there_is_asked_again),
		cmocka_unit_test(one_that_hangs_up_or_never_speaks_is_no_role),
		cmocka_unit_test(systemd_hears_that_it_is_ready_and_of_its_beats),
		cmocka_unit_test(a_role_believes_no_nonsense),
		cmocka_unit_test(words_that_are_cut_anywhere_are_refused),
	};

	if (argc > 2 && strcmp(argv[1], "--role") == 0)
		return echo_main();
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("role_unit", tests, setup, teardown);
}
