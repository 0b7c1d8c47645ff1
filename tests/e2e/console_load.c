// SPDX-License-Identifier: Apache-2.0
/*
 * console_load - many clients of the web console at once, on the loopback only
 *
 * usage: console_load slow PORT CLIENTS          trickles bytes until standard input ends
 *        console_load reconnect PORT COOKIE N    opens a stream N times, each cut off
 *        console_load fan PORT COOKIE CLIENTS EVENTS   counts `event: event` until each client
 *                                                has EVENTS, or nothing comes for 20 s
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <unistd.h>

#define CLIENTS_MAX 2000

/* The end of what was read before, for words that lie across two reads. */
struct tail {
	char bytes[64];
	size_t n;
};

struct client {
	int fd;
	SSL *ssl;
	unsigned long events, resets;
	struct tail event_tail, reset_tail;
};

static SSL_CTX *ctx;

static int dial(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	/* Else each request waits 40 ms for the ACK of the handshake's end. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int dial_tls(struct client *c, int port)
{
	const struct timeval patience = {20, 0};

	c->fd = dial(port);
	if (c->fd < 0)
		return -1;
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	c->ssl = SSL_new(ctx);
	SSL_set_fd(c->ssl, c->fd);
	if (SSL_connect(c->ssl) == 1)
		return 0;
	SSL_free(c->ssl);
	close(c->fd);
	c->ssl = NULL;
	c->fd = -1;
	return -1;
}

static void hang_up(struct client *c)
{
	SSL_free(c->ssl);
	if (c->fd >= 0)
		close(c->fd);
	c->ssl = NULL;
	c->fd = -1;
}

/* Half say nothing that is TLS, half shake hands and then never end their headers. */
static int slow(int port, int n)
{
	static struct client v[CLIENTS_MAX];
	struct pollfd in = {0, POLLIN, 0};
	unsigned long gone = 0, made = 0;
	char byte;

	for (int i = 0; i < n; i++) {
		v[i].fd = -1;
		if (i % 2 ? dial_tls(&v[i], port) == 0 : (v[i].fd = dial(port)) >= 0)
			made++;
		if (v[i].ssl)
			SSL_write(v[i].ssl, "GET / HTTP/1.1\r\nX: ", 19);
	}
	printf("ready %lu\n", made);
	fflush(stdout);
	while (poll(&in, 1, 200) == 0 || read(0, &byte, 1) > 0) {
		for (int i = 0; i < n; i++) {
			int bad = v[i].fd < 0 ? 0
				  : v[i].ssl  ? SSL_write(v[i].ssl, "a", 1) <= 0
					      : send(v[i].fd, "\x16", 1, MSG_NOSIGNAL) < 0;

			if (bad) {
				gone++;
				hang_up(&v[i]);
			}
		}
	}
	printf("gone %lu\n", gone);
	return 0;
}

static int ask_stream(struct client *c, const char *cookie)
{
	char request[512];
	int n = snprintf(request, sizeof(request),
			 "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n",
			 cookie);

	return SSL_write(c->ssl, request, n) == n ? 0 : -1;
}

/* Until the stream has begun. */
static int begun(struct client *c)
{
	char buf[4096];
	size_t have = 0;
	int n;

	while (have + 1 < sizeof(buf) &&
	       (n = SSL_read(c->ssl, buf + have, sizeof(buf) - 1 - have)) > 0) {
		have += n;
		buf[have] = 0;
		if (strstr(buf, "retry:"))
			return 0;
	}
	return -1;
}

static int reconnect(int port, const char *cookie, int n)
{
	int good = 0;

	for (int i = 0; i < n; i++) {
		struct client c = {.fd = -1};

		if (dial_tls(&c, port) == 0) {
			good += ask_stream(&c, cookie) == 0 && begun(&c) == 0;
			hang_up(&c);
		}
	}
	printf("%d\n", good);
	return good == n ? 0 : 1;
}

/*
 * How often the words are in it, those that lie across two reads included. By memmem(): 200
 * clients of 1,000 events a second are 120 MB/s, and this program shares the machine with what
 * it measures.
 */
static unsigned long count(struct tail *t, const char *p, size_t n, const char *words)
{
	size_t len = strlen(words), first = n < len - 1 ? n : len - 1;
	unsigned long found = 0;
	const char *at = p, *end = p + n;
	char *join = t->bytes;

	memcpy(join + t->n, p, first);
	found += memmem(join, t->n + first, words, len) != NULL;
	for (; (at = memmem(at, end - at, words, len)); at += len)
		found++;
	if (n >= len - 1) {
		memcpy(join, end - (len - 1), len - 1);
		t->n = len - 1;
	} else {
		t->n += n;
		if (t->n > len - 1) {
			memmove(join, join + t->n - (len - 1), len - 1);
			t->n = len - 1;
		}
	}
	return found;
}

static int take(struct client *c)
{
	static char buf[65536];
	int n;

	do {
		n = SSL_read(c->ssl, buf, sizeof(buf));
		if (n > 0) {
			c->events += count(&c->event_tail, buf, n, "event: event\n");
			c->resets += count(&c->reset_tail, buf, n, "event: reset\n");
		}
	} while (n > 0 && SSL_pending(c->ssl));
	return n;
}

static int fan(int port, const char *cookie, int n, unsigned long wanted)
{
	static struct client v[CLIENTS_MAX];
	static struct pollfd p[CLIENTS_MAX];
	unsigned long least, resets = 0, lost = 0;
	struct rusage used;
	int got;

	for (int i = 0; i < n; i++) {
		if (dial_tls(&v[i], port) || ask_stream(&v[i], cookie) || begun(&v[i])) {
			fprintf(stderr, "client %d has no stream\n", i);
			return 1;
		}
		p[i] = (struct pollfd){v[i].fd, POLLIN, 0};
	}
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		least = ~0ul;
		for (int i = 0; i < n; i++)
			least = v[i].events < least ? v[i].events : least;
		if (least >= wanted)
			break;
		got = poll(p, n, 20000);
		if (got <= 0)
			break;
		for (int i = 0; i < n; i++) {
			if (!p[i].revents)
				continue;
			if (take(&v[i]) <= 0) {
				p[i].fd = -1;
				lost++;
			}
		}
	}
	for (int i = 0; i < n; i++)
		resets += v[i].resets;
	getrusage(RUSAGE_SELF, &used);
	printf("least %lu of %lu, %lu resets, %lu lost; the clients' CPU %ld ms\n", least, wanted,
	       resets, lost,
	       (long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
		       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000);
	return least >= wanted && !resets && !lost ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct rlimit files = {4096, 4096};

	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	ctx = SSL_CTX_new(TLS_client_method());
	if (argc == 4 && !strcmp(argv[1], "slow") && atoi(argv[3]) <= CLIENTS_MAX)
		return slow(atoi(argv[2]), atoi(argv[3]));
	if (argc == 5 && !strcmp(argv[1], "reconnect"))
		return reconnect(atoi(argv[2]), argv[3], atoi(argv[4]));
	if (argc == 6 && !strcmp(argv[1], "fan") && atoi(argv[4]) <= CLIENTS_MAX)
		return fan(atoi(argv[2]), argv[3], atoi(argv[4]), strtoul(argv[5], NULL, 10));
	fprintf(stderr, "usage: see the top of console_load.c\n");
	return 2;
}
