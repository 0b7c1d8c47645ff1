// SPDX-License-Identifier: Apache-2.0
/* Channels and TLS between two ends in one event loop: real sockets, real certificates. */
#include <event2/event.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>
#include "unit.h"
#include "chan.h"
#include "fsx.h"
#include "pki.h"
#include "tls.h"

static struct event_base *base;
static char *top;

/* A CA and the files of one party below top: NAME.ca, NAME.crt, NAME.key. */
static void party(const char *name, const char *ca_key, const char *ca, const char *uri)
{
	char path[128];
	char *key = pki_key(NULL), *req = pki_request(key, uri, NULL);
	char *cert = pki_issue(ca_key, ca, req, uri, 10, NULL);
	const struct {
		const char *suffix, *text;
	} files[] = {{"ca", ca}, {"crt", cert}, {"key", key}};

	assert_non_null(cert);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s.%s", top, name, files[i].suffix);
		assert_int_equal(
			fsx_replace(path, files[i].text, strlen(files[i].text), 0600, NULL), 0);
	}
	free(key);
	free(req);
	free(cert);
}

static SSL_CTX *context(const char *name)
{
	char ca[128], crt[128], key[128];
	struct err err = {""};
	SSL_CTX *ctx;

	snprintf(ca, sizeof(ca), "%s/%s.ca", top, name);
	snprintf(crt, sizeof(crt), "%s/%s.crt", top, name);
	snprintf(key, sizeof(key), "%s/%s.key", top, name);
	ctx = tls_context(ca, crt, key, &err);
	if (!ctx)
		fail_msg("%s", err.text);
	return ctx;
}

static int setup(void **state)
{
	char *key = pki_key(NULL), *ca = pki_ca(key, "test CA", 10, NULL);
	char *other_key = pki_key(NULL), *other = pki_ca(other_key, "test CA", 10, NULL);

	(void)state;
	top = unit_dir();
	party("publisher", key, ca, TLS_URI_PUBLISHER);
	party("web1", key, ca, TLS_URI_HOST "web1");
	party("stranger", other_key, other, TLS_URI_HOST "web1");
	free(key);
	free(ca);
	free(other_key);
	free(other);
	base = event_base_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	event_base_free(base);
	unit_clean(top);
	return 0;
}

/* One end of a connection, and what became of it. */
struct end {
	struct bufferevent *bev;
	struct chan *chan;
	char uri[TLS_PEER_MAX];
	char reason[256];
	int messages;
	size_t last_len;
	uint16_t last_type;
	bool drained;
};

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct end *e = arg;

	(void)p;
	e->messages++;
	e->last_type = type;
	e->last_len = n;
	event_base_loopbreak(base);
}

static void on_closed(void *arg, const char *reason)
{
	struct end *e = arg;

	e->chan = NULL;
	snprintf(e->reason, sizeof(e->reason), "%s", reason);
	event_base_loopbreak(base);
}

static void on_drained(void *arg)
{
	((struct end *)arg)->drained = true;
}

static const struct chan_ops ops = {on_message, on_closed, on_drained};

static void on_handshake(struct bufferevent *bev, short what, void *arg)
{
	struct end *e = arg;
	struct hash h;

	if (what & BEV_EVENT_CONNECTED) {
		if (tls_peer(bev, e->uri, &h, NULL) < 0)
			snprintf(e->uri, sizeof(e->uri), "nobody");
		e->chan = chan_new(bev, &ops, e);
	} else {
		tls_reason(bev, what, e->reason, sizeof(e->reason));
		bufferevent_free(bev);
		e->bev = NULL;
		event_base_loopbreak(base);
	}
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
	event_base_loopbreak(base);
}

/* Runs the loop until done() or ten seconds, the bound of a hang. */
static void run_until(bool (*done)(struct end *a, struct end *b), struct end *a, struct end *b)
{
	struct timeval tv = {.tv_sec = 10};
	bool late = false;
	struct event *timer = evtimer_new(base, on_late, &late);

	evtimer_add(timer, &tv);
	while (!done(a, b) && !late)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(timer);
	assert_false(late);
}

static void dial(struct end *server, const char *who_serves, struct end *client,
		 const char *who_dials)
{
	SSL_CTX *sctx = context(who_serves), *cctx = context(who_dials);
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	server->bev = tls_accept(base, sctx, pair[0]);
	client->bev = tls_connect(base, cctx, pair[1]);
	bufferevent_setcb(server->bev, NULL, NULL, on_handshake, server);
	bufferevent_setcb(client->bev, NULL, NULL, on_handshake, client);
	bufferevent_enable(server->bev, EV_READ | EV_WRITE);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
	SSL_CTX_free(sctx);
	SSL_CTX_free(cctx);
}

static bool both_up(struct end *a, struct end *b)
{
	return a->chan && b->chan;
}

static bool one_message(struct end *a, struct end *b)
{
	(void)b;
	return a->messages > 0;
}

static bool both_failed(struct end *a, struct end *b)
{
	return *a->reason && *b->reason;
}

static void both_ends_know_each_other_whoever_dialled(void **state)
{
	static const char *const who[] = {"publisher", "web1"};
	static const char *const uri[] = {TLS_URI_PUBLISHER, TLS_URI_HOST "web1"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct end server = {0}, client = {0};

		dial(&server, who[i], &client, who[1 - i]);
		run_until(both_up, &server, &client);
		assert_string_equal(server.uri, uri[1 - i]);
		assert_string_equal(client.uri, uri[i]);
		assert_int_equal(chan_send(client.chan, 7, "abc", 3), 0);
		run_until(one_message, &server, &client);
		assert_int_equal(server.last_type, 7);
		assert_int_equal(server.last_len, 3);
		chan_close(server.chan);
		chan_close(client.chan);
	}
}

static void a_certificate_of_another_ca_is_refused(void **state)
{
	struct end server = {0}, client = {0};

	(void)state;
	dial(&server, "publisher", &client, "stranger");
	run_until(both_failed, &server, &client);
	assert_non_null(strstr(server.reason, "TLS"));
	assert_null(server.chan);
	assert_int_equal(server.messages, 0);
}

static void plain_text_instead_of_tls_is_refused(void **state)
{
	struct end server = {0};
	SSL_CTX *ctx = context("publisher");
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	server.bev = tls_accept(base, ctx, pair[0]);
	bufferevent_setcb(server.bev, NULL, NULL, on_handshake, &server);
	bufferevent_enable(server.bev, EV_READ | EV_WRITE);
	assert_int_equal(write(pair[1], "GET / HTTP/1.0\r\n\r\n", 18), 18);
	run_until(both_failed, &server, &server);
	close(pair[1]);
	SSL_CTX_free(ctx);
}

/* The plain channel, and a raw end to write nonsense into. */
static int raw_pair(struct end *e)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	e->chan = chan_new_fd(base, pair[0], &ops, e);
	return pair[1];
}

static bool closed(struct end *a, struct end *b)
{
	(void)b;
	return !a->chan;
}

static void a_frame_of_a_gigabyte_closes_the_channel_at_once(void **state)
{
	struct end e = {0};
	int fd = raw_pair(&e);

	(void)state;
	assert_int_equal(write(fd, "\x40\0\0\0\0\1\0\0", 8), 8);
	run_until(closed, &e, NULL);
	assert_non_null(strstr(e.reason, "1073741824 bytes"));
	close(fd);
}

static void a_truncated_frame_is_no_message(void **state)
{
	struct end e = {0};
	int fd = raw_pair(&e);

	(void)state;
	assert_int_equal(write(fd, "\0\0\0\4\0\1\0\0abc", 11), 11);
	close(fd);
	run_until(closed, &e, NULL);
	assert_int_equal(e.messages, 0);
	assert_non_null(strstr(e.reason, "closed"));
}

static void frames_in_crumbs_and_in_heaps_are_the_same_frames(void **state)
{
	static const char two[] = "\0\0\0\2\0\5\0\0ab\0\0\0\0\0\6\0\0";
	struct end e = {0};
	int fd = raw_pair(&e);

	(void)state;
	for (size_t i = 0; i < sizeof(two) - 1; i++) {
		assert_int_equal(write(fd, two + i, 1), 1);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(e.messages, 2);
	assert_int_equal(write(fd, two, sizeof(two) - 1), (ssize_t)sizeof(two) - 1);
	while (e.messages < 4)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(e.last_type, 6);
	assert_int_equal(e.last_len, 0);
	chan_close(e.chan);
	close(fd);
}

static void a_paused_channel_keeps_frames_for_later(void **state)
{
	struct end e = {0};
	int fd = raw_pair(&e);

	(void)state;
	chan_pause(e.chan, true);
	assert_int_equal(write(fd, "\0\0\0\0\0\6\0\0", 8), 8);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(e.messages, 0);
	chan_pause(e.chan, false);
	run_until(one_message, &e, NULL);
	chan_close(e.chan);
	close(fd);
}

static void a_request_for_another_name_is_not_certified(void **state)
{
	char *ca_key = pki_key(NULL), *ca = pki_ca(ca_key, "CA", 10, NULL), *key = pki_key(NULL);
	char *req = pki_request(key, TLS_URI_HOST "web2", NULL);
	struct err err;

	(void)state;
	assert_null(pki_issue(ca_key, ca, req, TLS_URI_HOST "web1", 10, &err));
	assert_non_null(strstr(err.text, "web2"));
	assert_null(
		pki_issue(ca_key, ca, "-----BEGIN NONSENSE-----", TLS_URI_HOST "web1", 10, &err));
	free(ca_key);
	free(ca);
	free(key);
	free(req);
}

static void addresses_are_split_or_refused(void **state)
{
	static const struct {
		const char *text, *host, *port;
	} t[] = {
		{"10.0.2.2:7443", "10.0.2.2", "7443"},
		{"[::1]:1", "::1", "1"},
		{"pub.example:65535", "pub.example", "65535"},
		{"pub.example", NULL, NULL},
		{"::1:7443", NULL, NULL},
		{":7443", NULL, NULL},
		{"a:0", NULL, NULL},
		{"a:65536", NULL, NULL},
		{"a:7x", NULL, NULL},
		{"[]:1", NULL, NULL},
		{"[:1", NULL, NULL},
	};
	char host[256], port[8];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		int r = addr_split(t[i].text, host, port, NULL);

		if ((r == 0) != (t[i].host != NULL))
			fail_msg("%s", t[i].text);
		if (r == 0) {
			assert_string_equal(host, t[i].host);
			assert_string_equal(port, t[i].port);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_know_each_other_whoever_dialled),
		cmocka_unit_test(a_certificate_of_another_ca_is_refused),
		cmocka_unit_test(plain_text_instead_of_tls_is_refused),
		cmocka_unit_test(a_frame_of_a_gigabyte_closes_the_channel_at_once),
		cmocka_unit_test(a_truncated_frame_is_no_message),
		cmocka_unit_test(frames_in_crumbs_and_in_heaps_are_the_same_frames),
		cmocka_unit_test(a_paused_channel_keeps_frames_for_later),
		cmocka_unit_test(a_request_for_another_name_is_not_certified),
		cmocka_unit_test(addresses_are_split_or_refused),
	};
	return cmocka_run_group_tests_name("link", tests, setup, teardown);
}
