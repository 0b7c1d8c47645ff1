// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"
#include "fsx.h"
#include "init.h"
#include "peer.h"
#include "pki.h"
#include "tls.h"

int peer_port;
const char *peer_conf;

static pid_t daemon_pid;
static json_t *rows;
static char error[1024];

struct peer {
	SSL *ssl;
	SSL_CTX *ctx;
	int fd;
	uint8_t *payload;
};

/* ---- the daemon ---- */

static int free_port(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	close(fd);
	return ntohs(sa.sin_port);
}

/* BUILD/test/publisher/test_x -> BUILD/bin/wdpublisherd */
static void daemon_path(char to[PATH_MAX])
{
	char self[PATH_MAX] = "";

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(to, PATH_MAX, "%s/../../bin/wdpublisherd", dirname(self));
}

static void write_conf(void)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "listen = \"127.0.0.1:%d\"\nbeat = 1\nsettle = 100\nlog-level = \"debug\"\n%s",
		 peer_port, peer_conf ? peer_conf : "");
	rig_write(rig_path("publisher.conf"), text);
	peer_conf = NULL;
}

static void become_daemon(void)
{
	char path[PATH_MAX];
	int log = open(rig_path("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

	daemon_path(path);
	dup2(log, STDERR_FILENO);
	execl(path, path, "--state", rig_path("state"), "--config", rig_path("publisher.conf"),
	      "--socket", rig_path("run/publisher.sock"), NULL);
	_exit(127);
}

static bool answers(void)
{
	json_t *answer = peer_ctl(json_pack("{s:s}", "cmd", "status"));
	bool up = answer != NULL;

	json_decref(answer);
	return up;
}

void peer_daemon_start(void)
{
	struct err err;

	if (access(rig_path("state/publisher.db"), F_OK)) {
		peer_port = free_port();
		if (init_state(rig_path("state"), "test", "127.0.0.1:1", &err))
			fail_msg("%s", err.text);
	}
	write_conf();
	daemon_pid = fork();
	if (!daemon_pid)
		become_daemon();
	PEER_UNTIL(answers());
}

void peer_daemon_stop(int signal)
{
	int status;

	if (!daemon_pid)
		return;
	kill(daemon_pid, signal);
	assert_int_equal(waitpid(daemon_pid, &status, 0), daemon_pid);
	daemon_pid = 0;
	if (signal == SIGTERM)
		assert_int_equal(status, 0);
	json_decref(rows);
	rows = NULL;
}

static bool is_role(const char *pid, const char *role)
{
	char path[64], line[512] = "", want[64];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	close(fd);
	snprintf(want, sizeof(want), " %d ", (int)daemon_pid);
	if (n <= 0 || !strrchr(line, ')') || strncmp(strrchr(line, ')') + 3, want, strlen(want)))
		return false;
	snprintf(path, sizeof(path), "/proc/%.16s/cmdline", pid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	close(fd);
	return n > 0 && memmem(line, n, role, strlen(role) + 1);
}

pid_t peer_role_pid(const char *role)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	pid_t pid = 0;

	while (!pid && (e = readdir(d)))
		if (*e->d_name >= '1' && *e->d_name <= '9' && is_role(e->d_name, role))
			pid = atoi(e->d_name);
	closedir(d);
	return pid;
}

static void keep_row(void *arg, json_t *j)
{
	(void)arg;
	json_array_append(rows, j);
}

json_t *peer_ctl(json_t *request)
{
	struct err err = {""};
	json_t *answer;

	json_decref(rows);
	rows = json_array();
	*error = 0;
	answer = ctl_call(rig_path("run/publisher.sock"), request, keep_row, NULL, NULL, &err);
	if (answer && json_is_true(json_object_get(answer, "ok")))
		return answer;
	snprintf(error, sizeof(error), "%s",
		 answer ? json_string_value(json_object_get(answer, "error")) : err.text);
	json_decref(answer);
	return NULL;
}

json_t *peer_rows(void)
{
	return rows;
}

const char *peer_error(void)
{
	return error;
}

/* ---- the wire ---- */

struct identity peer_identity(const char *tag, const char *ca, const char *crt, const char *key)
{
	struct identity id;

	snprintf(id.ca, sizeof(id.ca), "%s", rig_path("%s.ca", tag));
	snprintf(id.crt, sizeof(id.crt), "%s", rig_path("%s.crt", tag));
	snprintf(id.key, sizeof(id.key), "%s", rig_path("%s.key", tag));
	rig_write(id.ca, ca);
	rig_write(id.crt, crt);
	rig_write(id.key, key);
	return id;
}

static struct peer *peer_new(int fd, const struct identity *id)
{
	const struct timeval patience = {10, 0};
	struct peer *p = calloc(1, sizeof(*p));
	struct err err;

	assert_non_null(p);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	p->fd = fd;
	p->ctx = tls_context(id->ca, id->crt, id->key, &err);
	if (!p->ctx)
		fail_msg("%s", err.text);
	p->ssl = SSL_new(p->ctx);
	assert_non_null(p->ssl);
	SSL_set_fd(p->ssl, fd);
	p->payload = malloc(CHAN_PAYLOAD_MAX);
	return p;
}

struct peer *peer_connect(const struct identity *id)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(peer_port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct peer *p;

	signal(SIGPIPE, SIG_IGN);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* The link role may be starting. */
	PEER_UNTIL(!connect(fd, (struct sockaddr *)&sa, sizeof(sa)));
	p = peer_new(fd, id);
	if (SSL_connect(p->ssl) == 1)
		return p;
	peer_close(p);
	return NULL;
}

struct peer *peer_accept(int listening, const struct identity *id)
{
	int fd = accept(listening, NULL, NULL);
	struct peer *p;

	assert_true(fd >= 0);
	p = peer_new(fd, id);
	if (SSL_accept(p->ssl) == 1)
		return p;
	peer_close(p);
	return NULL;
}

void peer_close(struct peer *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	close(p->fd);
	free(p->payload);
	free(p);
}

void peer_send_raw(struct peer *p, const void *bytes, size_t n)
{
	/* The publisher may have closed already, which the reader then sees. */
	SSL_write(p->ssl, bytes, n);
}

void peer_send(struct peer *p, uint16_t type, struct buf *b)
{
	struct buf frame;

	assert_true(buf_ok(b));
	buf_init(&frame, CHAN_PAYLOAD_MAX + CHAN_HEADER);
	buf_put_u32(&frame, b->len);
	buf_put_u16(&frame, type);
	buf_put_u16(&frame, 0);
	buf_put(&frame, b->data, b->len);
	peer_send_raw(p, frame.data, frame.len);
	buf_free(&frame);
	buf_free(b);
}

static bool read_all(struct peer *p, uint8_t *to, size_t n)
{
	for (size_t have = 0; have < n;) {
		int got = SSL_read(p->ssl, to + have, n - have);

		if (got <= 0)
			return false;
		have += got;
	}
	return true;
}

static uint16_t next(struct peer *p, struct rd *payload)
{
	uint8_t head[CHAN_HEADER];
	uint32_t n;
	uint16_t type;
	struct rd r;

	if (!read_all(p, head, sizeof(head)))
		return 0;
	r = rd_over(head, sizeof(head));
	n = rd_u32(&r);
	type = rd_u16(&r);
	assert_true(n <= CHAN_PAYLOAD_MAX);
	if (n && !read_all(p, p->payload, n))
		return 0;
	*payload = rd_over(p->payload, n);
	return type;
}

/* HASS_BOX and SEAL_KEY come when the keys role has answered, between any others. */
uint16_t peer_next(struct peer *p, struct rd *payload)
{
	uint16_t type;

	do
		type = next(p, payload);
	while (type == MSG_HASS_BOX || type == MSG_SEAL_KEY);
	return type;
}

struct rd peer_expect(struct peer *p, uint16_t type)
{
	struct rd r = rd_over("", 0);
	char text[PROTO_TEXT_MAX] = "";
	uint16_t got;

	got = peer_next(p, &r);
	if (got == type)
		return r;
	if (got == MSG_BYE)
		rd_str(&r, text, sizeof(text));
	fail_msg("expected %s, got %s %s", msg_name(type), got ? msg_name(got) : "the end", text);
	return r;
}

void peer_expect_bye(struct peer *p, const char *words)
{
	struct rd r = peer_expect(p, MSG_BYE);
	char text[PROTO_TEXT_MAX];

	rd_str(&r, text, sizeof(text));
	assert_true(rd_end(&r));
	if (!strstr(text, words))
		fail_msg("BYE says: %s", text);
	assert_int_equal(peer_next(p, &r), 0);
}

/* ---- the dialogue ---- */

void peer_hello(struct peer *p, const char *site, uint64_t serial, uint64_t highest)
{
	static struct msg_hello m; /* large */
	struct msg_welcome w;
	struct buf b;
	struct rd r;

	m = (struct msg_hello){.version = PROTO_VERSION, .source = SOURCE_KMOD, .n_sites = 1};
	strcpy(m.agent_version, "test");
	strcpy(m.boot_id, "00112233445566778899aabbccddeeff");
	strcpy(m.sites[0].site, site);
	m.sites[0].serial = serial;
	m.sites[0].highest = highest;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_hello_put(&b, &m);
	peer_send(p, MSG_HELLO, &b);
	r = peer_expect(p, MSG_WELCOME);
	msg_welcome_get(&r, &w);
	assert_true(rd_end(&r));
	assert_int_equal(w.version, PROTO_VERSION);
	assert_int_equal(w.beat, 1);
}

static const char *text_of(json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	assert_non_null(s);
	return s;
}

struct identity peer_bundle(const char *host, const char *site, const char *connect)
{
	json_t *answer = peer_ctl(json_pack("{s:s, s:s, s:s, s:[s]}", "cmd", "host-add", "name",
					    host, "connect", connect, "sites", site));
	json_t *b = json_array_get(rows, 0);

	if (!answer)
		fail_msg("%s", error);
	json_decref(answer);
	assert_int_equal(json_integer_value(json_object_get(b, "webdefender-enrolment")), 1);
	return peer_identity("bundle", text_of(b, "ca"), text_of(b, "cert"), text_of(b, "key"));
}

struct identity peer_certificate(struct peer *p, const char *host, const struct identity *bundle)
{
	char uri[128], pem[PROTO_PEM_MAX], *key, *csr, *ca;
	struct identity id;
	struct err err;
	struct buf b;
	struct rd r;
	size_t n;

	snprintf(uri, sizeof(uri), "%s%s", TLS_URI_HOST, host);
	key = pki_key(&err);
	csr = pki_request(key, uri, &err);
	assert_non_null(csr);
	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_str(&b, csr);
	peer_send(p, MSG_CERT_REQUEST, &b);
	r = peer_expect(p, MSG_CERT);
	rd_str(&r, pem, sizeof(pem));
	assert_true(rd_end(&r));
	ca = fsx_slurp(bundle->ca, PKI_PEM_MAX, &n, &err);
	id = peer_identity(host, ca, pem, key);
	free(ca);
	free(csr);
	free(key);
	return id;
}

struct identity peer_enrol(const char *host, const char *site)
{
	struct identity bundle = peer_bundle(host, site, ""), own;
	struct peer *p = peer_connect(&bundle);

	assert_non_null(p);
	peer_hello(p, site, 0, 0);
	own = peer_certificate(p, host, &bundle);
	peer_close(p);
	return own;
}
