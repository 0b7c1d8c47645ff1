// SPDX-License-Identifier: Apache-2.0
/*
 * evil - a peer that holds real keys and says wrong things (for tests/e2e)
 *
 *   evil publisher STATE PORT SCENARIO SERIAL
 *       waits on 127.0.0.1:PORT for one agent, as the publisher whose state directory STATE is
 *   evil agent CA CERT KEY PORT SCENARIO
 *       dials the publisher on 127.0.0.1:PORT
 *
 * Prints each message of the victim as a line; ends when the victim hangs up, after
 * PATIENCE_MS of silence, or after IN_ALL_S. Scenarios are listed in the tables below.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>
#include "chan.h"
#include "fsx.h"
#include "proto.h"
#include "tls.h"
#include "tree.h"

#define PATIENCE_MS 2000
#define IN_ALL_S 6
#define FOREVER (20 * 365 * 86400ll)

static SSL *ssl;
static int sock;
static time_t end;
static struct buf in, out;
static uint64_t serial;
static struct sign_secret release_key;

static void die(const char *what)
{
	printf("evil: %s\n", what);
	exit(1);
}

/* ---- frames ---- */

static void raw(const void *p, size_t n)
{
	if (SSL_write(ssl, p, n) <= 0)
		printf("closed: while writing\n");
}

static void frame(uint16_t type, const void *p, size_t n)
{
	uint8_t head[CHAN_HEADER] = {n >> 24, n >> 16, n >> 8, n, type >> 8, type};

	raw(head, sizeof(head));
	if (n)
		raw(p, n);
}

static void send_out(uint16_t type)
{
	frame(type, out.data, out.len);
	buf_reset(&out);
}

/* The next frame into in: its type, or 0 at the end (said why). */
static uint16_t next(const uint8_t **payload, size_t *n)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	uint8_t block[65536];
	uint16_t type;
	static long used;
	int got;

	if (used) {
		memmove(in.data, in.data + used, in.len - used);
		in.len -= used;
	}
	for (;;) {
		used = chan_parse(in.data, in.len, &type, payload, n, NULL);
		if (used > 0)
			return type;
		end = end ? end : time(NULL) + IN_ALL_S;
		if (time(NULL) > end || (!SSL_pending(ssl) && poll(&p, 1, PATIENCE_MS) <= 0)) {
			printf("silent: the victim says no more\n");
			return 0;
		}
		got = SSL_read(ssl, block, sizeof(block));
		if (got <= 0) {
			printf("closed: by the victim\n");
			return 0;
		}
		buf_put(&in, block, got);
	}
}

static void show(uint16_t type, const uint8_t *p, size_t n)
{
	static const char *const states[] = {"fetching", "applying", "applied", "refused"};
	static struct msg_progress progress;
	struct rd r = rd_over(p, n);
	char text[PROTO_TEXT_MAX];

	if (type == MSG_PROGRESS) {
		msg_progress_get(&r, &progress);
		printf("PROGRESS %s %llu %s %s\n", progress.site,
		       (unsigned long long)progress.serial, states[progress.state], progress.text);
	} else if (type == MSG_BYE) {
		rd_str(&r, text, sizeof(text));
		printf("BYE %s\n", text);
	} else {
		printf("%s\n", msg_name(type));
	}
	fflush(stdout);
}

/* ---- what an evil publisher offers ---- */

static struct object {
	struct hash hash;
	struct buf encoded;
} objects[8];
static int n_objects;

/* Keeps content as a plain encoded object under its true name, or under `alias`. */
static struct hash offer(const void *p, size_t n, const struct hash *alias)
{
	struct object *o = &objects[n_objects++];

	o->hash = alias ? *alias : hash_of(p, n);
	buf_init(&o->encoded, 128 << 20);
	buf_put(&o->encoded, "WDO\0", 4);
	buf_put(&o->encoded, p, n);
	return o->hash;
}

static void tree_entry(struct buf *b, char type, const char *name, const char *target,
		       const struct hash *hash, uint64_t size)
{
	buf_put_u8(b, type);
	buf_put_u16(b, type == 'd' ? 0755 : 0644);
	buf_put_i64(b, 0);
	buf_put_u64(b, target ? strlen(target) : size);
	buf_put_str(b, name);
	if (target)
		buf_put_str(b, target);
	else
		buf_put(b, hash->b, HASH_LEN);
}

/* A root directory of index.html and one entry more, put together by hand. */
static struct hash root_with(char type, const char *name, const char *target, uint64_t *size)
{
	static const char page[] = "evil page\n";
	struct hash blob = offer(page, sizeof(page) - 1, NULL), h;
	bool first = name && strcmp(name, "index.html") < 0;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_put(&b, "WDT1", 4);
	buf_put_u32(&b, name ? 2 : 1);
	if (first)
		tree_entry(&b, type, name, target, &blob, sizeof(page) - 1);
	tree_entry(&b, 'f', "index.html", NULL, &blob, sizeof(page) - 1);
	if (name && !first)
		tree_entry(&b, type, name, target, &blob, sizeof(page) - 1);
	*size = b.len;
	h = offer(b.data, b.len, NULL);
	buf_free(&b);
	return h;
}

struct wish {
	const char *site;
	uint64_t serial;
	int64_t issued, expires;
	struct hash root;
	uint64_t root_size;
	bool bad_signature;
};

static struct wish honest(void)
{
	struct wish w = {.site = "www",
			 .serial = serial,
			 .issued = time(NULL) - 60,
			 .expires = time(NULL) + FOREVER};

	w.root = root_with(0, NULL, NULL, &w.root_size);
	return w;
}

static void send_release(const struct wish *w)
{
	struct release r = {.serial = w->serial,
			    .root = w->root,
			    .root_size = w->root_size,
			    .root_mode = 0755,
			    .files = 1,
			    .bytes = 10,
			    .issued = w->issued,
			    .expires = w->expires};
	struct signed_release s;
	struct err err;

	snprintf(r.site, sizeof(r.site), "%s", w->site);
	if (release_encode(&r, &out, &err) < 0)
		die(err.text);
	memcpy(s.bytes, out.data, out.len);
	s.len = out.len;
	buf_reset(&out);
	if (sign_make(&release_key, RELEASE_DOMAIN, s.bytes, s.len, s.sig, &err) < 0)
		die(err.text);
	if (w->bad_signature)
		s.sig[5] ^= 4;
	signed_release_put(&out, &s);
	send_out(MSG_RELEASE);
}

/* How answers to GET are spoilt. */
enum spoil { HONEST, FLIP, OTHER, BOMB, MORE, OUT_OF_ORDER, VANISH, CUT } spoil;

static void answer_one(uint32_t request, const struct object *o)
{
	struct msg_object m = {.request = request,
			       .hash = o->hash,
			       .encoded_size = o->encoded.len,
			       .piece = o->encoded.data,
			       .n = o->encoded.len};
	static uint8_t bomb[1 << 18];
	uint8_t *zeros;

	switch (spoil) {
	case FLIP:
		o->encoded.data[o->encoded.len / 2 + 2] |= 0x80; /* all of it is ASCII */
		break;
	case OTHER:
		m.piece = (const uint8_t *)"WDO\0something else";
		m.n = m.encoded_size = 18;
		break;
	case BOMB:
		zeros = calloc(1, 1 << 30);
		memcpy(bomb, "WDO\1", 4);
		m.n = m.encoded_size =
			4 + ZSTD_compress(bomb + 4, sizeof(bomb) - 4, zeros, 1 << 30, 1);
		m.piece = bomb;
		free(zeros);
		break;
	case MORE:
		m.encoded_size = 1ull << 39;
		break;
	case OUT_OF_ORDER:
		m.offset = 1;
		m.n--;
		break;
	default:
		break;
	}
	msg_object_put(&out, &m);
	send_out(MSG_OBJECT);
}

static void answer(const uint8_t *p, size_t n)
{
	static struct msg_get get;
	struct rd r = rd_over(p, n);
	struct msg_object_missing missing = {.why = "gone, says the evil publisher"};

	msg_get_get(&r, &get);
	for (int i = 0; i < get.n; i++) {
		const struct object *found = NULL;

		for (int k = 0; k < n_objects; k++)
			if (hash_eq(&objects[k].hash, &get.items[i].hash))
				found = &objects[k];
		if (spoil == CUT) {
			raw("\0\0\1\0\2\4\0\0half", 12);
			exit(0);
		}
		if (found && spoil != VANISH) {
			answer_one(get.request, found);
		} else {
			missing.request = get.request;
			missing.hash = get.items[i].hash;
			msg_object_missing_put(&out, &missing);
			send_out(MSG_OBJECT_MISSING);
		}
	}
}

static void tree_with(char type, const char *name, const char *target)
{
	struct wish w = honest();

	w.root = root_with(type, name, target, &w.root_size);
	send_release(&w);
}

static void spoilt(enum spoil how)
{
	struct wish w = honest();

	spoil = how;
	send_release(&w);
}

static void publisher_scenario(const char *name)
{
	struct wish w;

	if (!strcmp(name, "honest")) {
		w = honest();
		send_release(&w);
	} else if (!strcmp(name, "older-serial")) {
		w = honest();
		w.serial = 1;
		send_release(&w);
	} else if (!strcmp(name, "expired")) {
		w = honest();
		w.issued -= 2 * FOREVER;
		w.expires = time(NULL) - 5;
		send_release(&w);
	} else if (!strcmp(name, "bad-signature")) {
		w = honest();
		w.bad_signature = true;
		send_release(&w);
	} else if (!strcmp(name, "other-site")) {
		w = honest();
		w.site = "shop";
		send_release(&w);
	} else if (!strcmp(name, "name-parent")) {
		tree_with('f', "../escaped", NULL);
	} else if (!strcmp(name, "name-dotdot")) {
		tree_with('d', "..", NULL);
	} else if (!strcmp(name, "name-absolute")) {
		tree_with('f', "/etc/escaped", NULL);
	} else if (!strcmp(name, "link-absolute")) {
		tree_with('l', "a", "/etc/passwd");
	} else if (!strcmp(name, "link-parent")) {
		tree_with('l', "a", "../../etc/passwd");
	} else if (!strcmp(name, "name-twice")) {
		tree_with('f', "index.html", NULL);
	} else if (!strcmp(name, "object-flip")) {
		spoilt(FLIP);
	} else if (!strcmp(name, "object-other")) {
		spoilt(OTHER);
	} else if (!strcmp(name, "object-bomb")) {
		spoilt(BOMB);
	} else if (!strcmp(name, "object-endless")) {
		spoilt(MORE);
	} else if (!strcmp(name, "object-out-of-order")) {
		spoilt(OUT_OF_ORDER);
	} else if (!strcmp(name, "object-missing")) {
		spoilt(VANISH);
	} else if (!strcmp(name, "object-cut")) {
		spoilt(CUT);
	} else if (!strcmp(name, "gigabyte")) {
		raw("\x40\0\0\0\2\3\0\0", 8);
	} else if (!strcmp(name, "unknown-type")) {
		frame(0x7777, "what", 4);
	} else if (!strcmp(name, "wrong-direction")) {
		frame(MSG_EVENT, "what", 4);
	} else if (!strcmp(name, "release-garbage")) {
		frame(MSG_RELEASE, "\xff\xff\xff\xff garbage", 12);
	} else if (!strcmp(name, "unasked-object")) {
		struct msg_object m = {.request = 99,
				       .encoded_size = 5,
				       .n = 5,
				       .piece = (const uint8_t *)"WDO\0x"};

		m.hash = hash_of("x", 1);
		msg_object_put(&out, &m);
		send_out(MSG_OBJECT);
	} else {
		die("no such scenario");
	}
}

static int listen_on(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, got;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1) < 0)
		die(strerror(errno));
	if (poll(&p, 1, 30000) <= 0)
		die("nobody came");
	got = accept(fd, NULL, NULL);
	close(fd);
	return got;
}

static void load_key(const char *state)
{
	char path[512];
	struct hash h; /* as many bytes as a seed, the same text form */
	struct err err;
	char *text;

	snprintf(path, sizeof(path), "%s/keys/release.key", state);
	text = fsx_slurp(path, 256, NULL, &err);
	if (!text)
		die(err.text);
	text[strcspn(text, "\n")] = 0;
	if (hash_parse(text, &h) < 0)
		die("release.key is not 64 hex digits");
	memcpy(release_key.b, h.b, HASH_LEN);
	free(text);
}

static int be_publisher(const char *state, int port, const char *scenario)
{
	struct msg_welcome welcome = {PROTO_VERSION, "evil", time(NULL), 5};
	char ca[512], crt[512], key[512];
	const uint8_t *p;
	struct err err;
	SSL_CTX *ctx;
	uint16_t type;
	size_t n;

	snprintf(ca, sizeof(ca), "%s/link/ca.crt", state);
	snprintf(crt, sizeof(crt), "%s/link/link.crt", state);
	snprintf(key, sizeof(key), "%s/link/link.key", state);
	load_key(state);
	ctx = tls_context(ca, crt, key, &err);
	if (!ctx)
		die(err.text);
	sock = listen_on(port);
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, sock);
	if (SSL_accept(ssl) != 1)
		die("the agent refuses our certificate");
	while ((type = next(&p, &n)) != 0) {
		show(type, p, n);
		if (type == MSG_GET)
			answer(p, n);
		if (type != MSG_HELLO)
			continue;
		msg_welcome_put(&out, &welcome);
		send_out(MSG_WELCOME);
		publisher_scenario(scenario);
	}
	return 0;
}

/* ---- what an evil agent says ---- */

static void say_hello(uint16_t version)
{
	static struct msg_hello hello = {.agent_version = "evil",
					 .source = SOURCE_NONE,
					 .n_sites = 1,
					 .sites = {{"www", 0, 0}}};

	hello.version = version;
	msg_hello_put(&out, &hello);
	send_out(MSG_HELLO);
}

static void say_evidence(const char *id, uint64_t size, uint64_t offset)
{
	struct msg_evidence m = {
		.size = size, .offset = offset, .piece = (const uint8_t *)"evil", .n = 4};

	snprintf(m.id, sizeof(m.id), "%s", id);
	msg_evidence_put(&out, &m);
	send_out(MSG_EVIDENCE);
}

static void agent_scenario(const char *name)
{
	static struct wd_event event = {.id = "66666666-1",
					.time = 1,
					.site = "www",
					.source = "kmod",
					.op = "open",
					.repeat = 1};

	if (!strcmp(name, "plain")) {
		say_hello(PROTO_VERSION);
	} else if (!strcmp(name, "version")) {
		say_hello(99);
	} else if (!strcmp(name, "no-hello")) {
		frame(MSG_BEAT, "", 0);
	} else if (!strcmp(name, "gigabyte")) {
		raw("\x40\0\0\0\1\1\0\0", 8);
	} else if (!strcmp(name, "truncated")) {
		raw("\0\0\1\0\1\1\0\0half", 12);
		SSL_shutdown(ssl);
		close(sock);
		exit(0);
	} else if (!strcmp(name, "unknown-type")) {
		say_hello(PROTO_VERSION);
		frame(0x7777, "what", 4);
	} else if (!strcmp(name, "wrong-direction")) {
		say_hello(PROTO_VERSION);
		frame(MSG_RELEASE, "what", 4);
	} else if (!strcmp(name, "garbage-beat")) {
		say_hello(PROTO_VERSION);
		frame(MSG_BEAT, "garbage", 7);
	} else if (!strcmp(name, "hostile-event")) {
		say_hello(PROTO_VERSION);
		snprintf(event.path, sizeof(event.path), "/srv/'; DROP TABLE event; --\n\xff<b>");
		event_put(&out, &event);
		send_out(MSG_EVENT);
	} else if (!strcmp(name, "evidence-escape")) {
		say_hello(PROTO_VERSION);
		say_evidence("../../escaped.tar.zst", 4, 0);
	} else if (!strcmp(name, "evidence-gap")) {
		say_hello(PROTO_VERSION);
		say_evidence("66666666-1.tar.zst", 1000, 500);
	} else if (!strcmp(name, "evidence-huge")) {
		say_hello(PROTO_VERSION);
		say_evidence("66666666-2.tar.zst", 1ull << 50, 0);
	} else if (!strcmp(name, "many-gets")) {
		static struct msg_get get = {.n = PROTO_GET_MAX};

		say_hello(PROTO_VERSION);
		for (int i = 0; i < 20; i++) {
			msg_get_put(&out, &get);
			send_out(MSG_GET);
		}
	} else {
		die("no such scenario");
	}
}

static int be_agent(const char *ca, const char *crt, const char *key, int port,
		    const char *scenario)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned counts[0x400] = {0};
	const uint8_t *p;
	struct err err;
	SSL_CTX *ctx = tls_context(ca, crt, key, &err);
	uint16_t type;
	size_t n;

	if (!ctx)
		die(err.text);
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&a, sizeof(a)) < 0)
		die(strerror(errno));
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, sock);
	if (SSL_connect(ssl) != 1)
		die("no handshake");
	agent_scenario(scenario);
	while ((type = next(&p, &n)) != 0)
		if (type >= 0x400 || counts[type]++ < 3)
			show(type, p, n);
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	buf_init(&in, 8 << 20);
	buf_init(&out, 8 << 20);
	if (argc == 6 && !strcmp(argv[1], "publisher")) {
		serial = strtoull(argv[5], NULL, 10);
		return be_publisher(argv[2], atoi(argv[3]), argv[4]);
	}
	if (argc == 7 && !strcmp(argv[1], "agent"))
		return be_agent(argv[2], argv[3], argv[4], atoi(argv[5]), argv[6]);
	fprintf(stderr, "usage: evil publisher STATE PORT SCENARIO SERIAL\n"
			"       evil agent CA CERT KEY PORT SCENARIO\n");
	return 2;
}
