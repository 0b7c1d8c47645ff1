// SPDX-License-Identifier: Apache-2.0
/*
 * storm - an agent of a busy night: it has very many events to tell, at an even rate
 *
 *   storm CA CERT KEY PORT RATE EVENTS [PREFIX]
 *
 * Dials the publisher on 127.0.0.1:PORT and tells EVENTS events, RATE a second; ends when all of
 * them are acknowledged, or nothing came for 20 s. Prints "told N, acknowledged N in S s".
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "chan.h"
#include "event.h"
#include "fsx.h"
#include "proto.h"
#include "tls.h"

#define PATIENCE_MS 20000

static SSL *ssl;
static int sock;
static struct buf in, out;
static unsigned long acknowledged;

static void die(const char *what)
{
	fprintf(stderr, "storm: %s\n", what);
	exit(1);
}

static void say(uint16_t type)
{
	uint8_t head[CHAN_HEADER] = {out.len >> 24, out.len >> 16, out.len >> 8,
				     out.len,	    type >> 8,	   type};

	if (SSL_write(ssl, head, sizeof(head)) <= 0 ||
	    (out.len && SSL_write(ssl, out.data, out.len) <= 0))
		die("the publisher hung up");
	buf_reset(&out);
}

static void say_hello(void)
{
	static struct msg_hello hello = {.version = PROTO_VERSION,
					 .agent_version = "storm",
					 .source = SOURCE_NONE,
					 .n_sites = 1,
					 .sites = {{"www", 0, 0}}};

	msg_hello_put(&out, &hello);
	say(MSG_HELLO);
}

static void say_event(const char *prefix, unsigned long n)
{
	static struct wd_event e = {.site = "www",
				    .source = "kmod",
				    .op = "open",
				    .comm = "vandal",
				    .exe = "/usr/bin/vandal",
				    .pid = 4711,
				    .repeat = 1,
				    .outcome = OUTCOME_RESTORED};

	snprintf(e.id, sizeof(e.id), "%s-%lu", prefix, n);
	snprintf(e.path, sizeof(e.path), "/srv/www/dir%lu/page%lu.html", n % 100, n);
	e.time = e.seen = e.done = fsx_now_ns();
	event_put(&out, &e);
	say(MSG_EVENT);
}

/* What is there, for so long at most. False: nothing came. */
static bool take(int ms)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	uint8_t block[65536];
	const uint8_t *payload;
	uint16_t type;
	long used, at = 0;
	size_t n;
	int got;

	if (!SSL_pending(ssl) && poll(&p, 1, ms) <= 0)
		return false;
	got = SSL_read(ssl, block, sizeof(block));
	if (got <= 0)
		die("the publisher hung up");
	buf_put(&in, block, got);
	while ((used = chan_parse(in.data + at, in.len - at, &type, &payload, &n, NULL)) > 0) {
		acknowledged += type == MSG_EVENT_ACK;
		at += used;
	}
	memmove(in.data, in.data + at, in.len - at);
	in.len -= at;
	return true;
}

static void dial(char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(atoi(argv[4])),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct err err;
	SSL_CTX *ctx = tls_context(argv[1], argv[2], argv[3], &err);

	if (!ctx)
		die(err.text);
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("nobody listens there");
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, sock);
	if (SSL_connect(ssl) != 1)
		die("no handshake");
}

int main(int argc, char **argv)
{
	unsigned long rate, wanted, told = 0;
	int64_t begin;

	if (argc != 7 && argc != 8) {
		fprintf(stderr, "usage: storm CA CERT KEY PORT RATE EVENTS [PREFIX]\n");
		return 2;
	}
	rate = strtoul(argv[5], NULL, 10);
	wanted = strtoul(argv[6], NULL, 10);
	signal(SIGPIPE, SIG_IGN);
	buf_init(&in, 8 << 20);
	buf_init(&out, 8 << 20);
	dial(argv);
	say_hello();
	begin = fsx_mono_ns();
	while (told < wanted) {
		unsigned long due = (fsx_mono_ns() - begin) / 1e9 * rate + 1;

		for (; told < due && told < wanted; told++)
			say_event(argc > 7 ? argv[7] : "5a5a5a5a", told + 1);
		take(1);
	}
	while (acknowledged < wanted && take(PATIENCE_MS))
		;
	printf("told %lu, acknowledged %lu in %.1f s\n", told, acknowledged,
	       (fsx_mono_ns() - begin) / 1e9);
	return acknowledged < wanted;
}
