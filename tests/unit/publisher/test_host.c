// SPDX-License-Identifier: Apache-2.0
/* The real daemon and a web server that behaves, or does not. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "depot.h"
#include "fsx.h"
#include "peer.h"
#include "pki.h"
#include "tls.h"
#include "tree.h"

static struct err err;

static int setup(void **state)
{
	json_t *j;

	(void)state;
	rig_begin();
	peer_daemon_start();
	rig_write(rig_path("www/index.html"), "<h1>hello</h1>");
	rig_write(rig_path("www/sub/page"), "page");
	j = peer_ctl(json_pack("{s:s, s:s, s:s}", "cmd", "site-add", "name", "www", "dir",
			       rig_path("www")));
	assert_non_null(j);
	json_decref(j);
	j = peer_ctl(json_pack("{s:s}", "cmd", "push"));
	assert_non_null(j);
	json_decref(j);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	peer_daemon_stop(SIGTERM);
	rig_end();
	return 0;
}

/* Of the one host in `status`: a member as text, "" if it is none. Static. */
static const char *host_says(const char *key)
{
	static char text[512];
	json_t *s = peer_ctl(json_pack("{s:s}", "cmd", "status"));
	json_t *h = json_array_get(json_object_get(s, "hosts"), 0);
	const char *value = json_string_value(json_object_get(h, key));

	snprintf(text, sizeof(text), "%s", value ? value : "");
	json_decref(s);
	return text;
}

static long host_serial(void)
{
	json_t *s = peer_ctl(json_pack("{s:s}", "cmd", "status"));
	json_t *h = json_array_get(json_object_get(s, "hosts"), 0);
	json_t *hs = json_array_get(json_object_get(h, "sites"), 0);
	long serial = json_integer_value(json_object_get(hs, "serial"));

	json_decref(s);
	return serial;
}

static bool journal_has(const char *act)
{
	size_t i;
	json_t *r;

	json_decref(peer_ctl(json_pack("{s:s, s:i}", "cmd", "log", "n", 1000)));
	json_array_foreach (peer_rows(), i, r) {
		if (!strcmp(json_string_value(json_object_get(r, "act")), act))
			return true;
	}
	return false;
}

static struct release expect_release(struct peer *p)
{
	struct rd r = peer_expect(p, MSG_RELEASE);
	struct signed_release s;
	struct sign_public pub;
	struct release out;
	struct hash key;
	char *hex;
	size_t n;

	signed_release_get(&r, &s);
	assert_true(rd_end(&r));
	hex = fsx_slurp(rig_path("state/keys/release.pub"), 100, &n, &err);
	hex[64] = 0;
	assert_int_equal(hash_parse(hex, &key), 0);
	free(hex);
	memcpy(pub.b, key.b, sizeof(pub.b));
	if (release_open(&s, &pub, &out, &err))
		fail_msg("%s", err.text);
	return out;
}

static struct peer *connected(const struct identity *id, uint64_t serial)
{
	struct peer *p;

	/* A link role that is just dying may still take the connection. */
	PEER_UNTIL((p = peer_connect(id)));
	peer_hello(p, "www", serial, serial);
	return p;
}

static void send_get(struct peer *p, const struct hash *h, uint64_t offset)
{
	static struct msg_get m;
	struct buf b;

	m = (struct msg_get){.request = 42, .n = 1};
	m.items[0].hash = *h;
	m.items[0].offset = offset;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_get_put(&b, &m);
	peer_send(p, MSG_GET, &b);
}

static void fetch(struct peer *p, struct depot *d, const struct hash *h, uint64_t plain)
{
	struct depot_recv *recv = depot_recv_begin(d, h, plain, &err);
	struct msg_object m;
	struct rd r;

	assert_non_null(recv);
	send_get(p, h, 0);
	do {
		r = peer_expect(p, MSG_OBJECT);
		msg_object_get(&r, &m);
		assert_true(rd_end(&r));
		assert_int_equal(m.request, 42);
		assert_true(hash_eq(&m.hash, h));
		assert_int_equal(depot_recv_add(recv, m.piece, m.n, &err), 0);
	} while (m.offset + m.n < m.encoded_size);
	assert_int_equal(depot_recv_end(recv, &err), DEPOT_OK);
}

static void send_progress(struct peer *p, uint64_t serial, uint8_t state, const char *text)
{
	struct msg_progress m = {
		.serial = serial, .state = state, .objects = 12, .wanted = 12, .bytes = 34100};
	struct buf b;

	strcpy(m.site, "www");
	strcpy(m.text, text);
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_progress_put(&b, &m);
	peer_send(p, MSG_PROGRESS, &b);
}

static void send_event(struct peer *p, const char *id, uint8_t outcome)
{
	static struct wd_event e;
	struct buf b;
	struct rd r;
	char acked[EVENT_ID_MAX];

	memset(&e, 0, sizeof(e));
	snprintf(e.id, sizeof(e.id), "%s", id);
	e.time = fsx_now_ns();
	strcpy(e.site, "www");
	strcpy(e.source, "kmod");
	strcpy(e.op, "open");
	strcpy(e.path, "/srv/www/in\xffx.html\n");
	e.outcome = outcome;
	e.repeat = 1;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	event_put(&b, &e);
	peer_send(p, MSG_EVENT, &b);
	r = peer_expect(p, MSG_EVENT_ACK);
	rd_str(&r, acked, sizeof(acked));
	assert_true(rd_end(&r));
	assert_string_equal(acked, id);
}

static void send_beat(struct peer *p, uint64_t number, uint8_t health, const char *note)
{
	static struct msg_beat m;
	struct buf b;
	struct rd r;

	m = (struct msg_beat){.number = number, .time = fsx_now_ns(), .source = SOURCE_KMOD};
	m.health = health;
	strcpy(m.note, note);
	m.n_sites = 1;
	strcpy(m.sites[0].site, "www");
	m.sites[0].serial = 1;
	m.sites[0].mode = 2;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_beat_put(&b, &m);
	peer_send(p, MSG_BEAT, &b);
	r = peer_expect(p, MSG_BEAT_ACK);
	assert_int_equal(rd_u64(&r), number);
	assert_true(rd_end(&r));
}

/* ---- the good way ---- */

static void test_enrolment_release_objects_applied(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 0);
	struct release r = expect_release(p);
	struct depot *d = depot_open(rig_path("vault"), false, &err);
	const struct entry *e;
	struct tree *t;
	struct buf b;

	(void)state;
	assert_string_equal(r.site, "www");
	assert_int_equal(r.serial, 1);
	assert_int_equal(r.files, 2);
	fetch(p, d, &r.root, r.root_size);
	buf_init(&b, r.root_size);
	assert_int_equal(depot_read(d, &r.root, r.root_size, &b, &err), DEPOT_OK);
	t = tree_decode(b.data, b.len, &err);
	e = tree_find(t, "index.html");
	fetch(p, d, &e->hash, e->size);
	assert_true(depot_has(d, &e->hash));
	tree_free(t);
	buf_free(&b);
	depot_close(d);
	send_progress(p, 1, PROGRESS_APPLIED, "");
	PEER_UNTIL(host_serial() == 1);
	assert_string_equal(host_says("state"), "online");
	assert_string_equal(host_says("source"), "kmod");
	assert_true(journal_has("enrolled"));
	assert_true(journal_has("applied"));
	peer_close(p);
	PEER_UNTIL(!strcmp(host_says("since"), ""));
}

static void test_what_is_applied_is_not_sent_again(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);

	(void)state;
	send_beat(p, 1, HEALTH_OK, ""); /* its answer is the next message */
	rig_write(rig_path("www/index.html"), "changed");
	assert_int_equal(expect_release(p).serial, 2);
	peer_close(p);
}

static void test_a_bundle_works_once(void **state)
{
	struct identity bundle = peer_bundle("web1", "www", ""), own;
	struct peer *p = peer_connect(&bundle);

	(void)state;
	peer_hello(p, "www", 0, 0);
	own = peer_certificate(p, "web1", &bundle);
	peer_close(p);
	/* The certificate may have been lost on its way: as long as it was not seen, again. */
	p = peer_connect(&bundle);
	peer_hello(p, "www", 0, 0);
	own = peer_certificate(p, "web1", &bundle);
	peer_close(p);
	peer_close(connected(&own, 1));
	p = peer_connect(&bundle);
	peer_expect_bye(p, "has been used already");
	peer_close(p);
	assert_true(journal_has("reject"));
}

static void test_a_renewed_certificate_retires_the_old(void **state)
{
	struct identity first = peer_enrol("web1", "www"), second;
	struct peer *p = connected(&first, 1);

	(void)state;
	peer_close(p);
	p = connected(&first, 1);
	second = peer_certificate(p, "web1", &first);
	peer_close(p);
	/* peer_certificate() wrote over the files of the first; the old key is gone with it. */
	p = connected(&second, 1);
	send_beat(p, 1, HEALTH_OK, "");
	peer_close(p);
	assert_true(journal_has("renewed"));
}

static void test_again_retires_everything_before(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);
	json_t *j = peer_ctl(
		json_pack("{s:s, s:s, s:b}", "cmd", "host-add", "name", "web1", "again", 1));

	(void)state;
	assert_non_null(j);
	json_decref(j);
	peer_expect_bye(p, "retired");
	peer_close(p);
	p = peer_connect(&own);
	peer_expect_bye(p, "retired");
	peer_close(p);
	assert_string_equal(host_says("state"), "new");
}

static void test_a_removed_host_is_turned_away(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);

	(void)state;
	json_decref(peer_ctl(json_pack("{s:s, s:s}", "cmd", "host-remove", "name", "web1")));
	peer_expect_bye(p, "removed");
	peer_close(p);
	p = peer_connect(&own);
	peer_expect_bye(p, "not known");
	peer_close(p);
}

static void test_the_newest_connection_wins(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *first = connected(&own, 1), *second = connected(&own, 1);

	(void)state;
	peer_expect_bye(first, "newer connection");
	send_beat(second, 1, HEALTH_OK, "");
	assert_string_equal(host_says("state"), "online");
	peer_close(first);
	peer_close(second);
}

/* ---- events, beats, evidence ---- */

static void test_an_event_is_kept_once(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);
	json_t *r;

	(void)state;
	send_event(p, "00112233-1", OUTCOME_PENDING);
	send_event(p, "00112233-2", OUTCOME_DENIED);
	peer_close(p);
	p = connected(&own, 1);
	send_event(p, "00112233-1", OUTCOME_RESTORED);
	json_decref(peer_ctl(json_pack("{s:s, s:s}", "cmd", "events", "host", "web1")));
	assert_int_equal(json_array_size(peer_rows()), 2);
	r = json_array_get(peer_rows(), 0);
	assert_string_equal(json_string_value(json_object_get(r, "id")), "00112233-1");
	assert_string_equal(json_string_value(json_object_get(r, "outcome")),
			    event_outcome_name(OUTCOME_RESTORED));
	peer_close(p);
}

static void test_silence_is_an_alarm_and_a_beat_ends_it(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);

	(void)state;
	send_beat(p, 1, HEALTH_WARN, "the vault is damaged");
	assert_string_equal(host_says("health"), "warn");
	PEER_UNTIL(!strcmp(host_says("state"), "silent"));
	assert_true(journal_has("silent"));
	send_beat(p, 2, HEALTH_OK, "");
	assert_string_equal(host_says("state"), "online");
	assert_true(journal_has("back"));
	assert_true(journal_has("health"));
	peer_close(p);
}

struct piece {
	uint64_t size, offset;
	const char *bytes;
	size_t n;
};

/* Sends a piece; what is kept afterwards, -1 without an answer. */
static int64_t send_evidence(struct peer *p, const char *id, const struct hash *hash,
			     struct piece piece)
{
	struct msg_evidence m = {.size = piece.size, .offset = piece.offset, .hash = *hash};
	struct msg_evidence_ack ack;
	struct buf b;
	struct rd r;

	snprintf(m.id, sizeof(m.id), "%s", id);
	m.piece = (const uint8_t *)piece.bytes;
	m.n = piece.n;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_evidence_put(&b, &m);
	peer_send(p, MSG_EVIDENCE, &b);
	r = peer_expect(p, MSG_EVIDENCE_ACK);
	msg_evidence_ack_get(&r, &ack);
	assert_true(rd_end(&r));
	assert_string_equal(ack.id, id);
	return ack.have;
}

static void test_evidence_arrives_in_pieces_and_resumes(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);
	struct hash h = hash_of("0123456789", 10), wrong = hash_of("x", 1);
	const char *id = "00112233-1.tar.zst";
	char *text;
	size_t n;

	(void)state;
	assert_int_equal(send_evidence(p, id, &h, (struct piece){10, 0, "0123", 4}), 4);
	peer_close(p);
	p = connected(&own, 1);
	/* From the start again, and beyond what is there: told what is there. */
	assert_int_equal(send_evidence(p, id, &h, (struct piece){10, 0, "0123", 4}), 4);
	assert_int_equal(send_evidence(p, id, &h, (struct piece){10, 8, "89", 2}), 4);
	assert_int_equal(send_evidence(p, id, &h, (struct piece){10, 4, "456789", 6}), 10);
	text = fsx_slurp(rig_path("state/evidence/web1/%s", id), 100, &n, &err);
	assert_string_equal(text, "0123456789");
	free(text);
	/* Other content under a known name changes nothing. */
	assert_int_equal(send_evidence(p, id, &wrong, (struct piece){1, 0, "x", 1}), 1);
	text = fsx_slurp(rig_path("state/evidence/web1/%s", id), 100, &n, &err);
	assert_string_equal(text, "0123456789");
	free(text);
	/* A wrong hash: all of it again. */
	assert_int_equal(
		send_evidence(p, "00112233-2.tar.zst", &wrong, (struct piece){2, 0, "ab", 2}), 0);
	json_decref(peer_ctl(json_pack("{s:s}", "cmd", "evidence-list")));
	assert_int_equal(json_array_size(peer_rows()), 2);
	peer_close(p);
}

static void test_evidence_names_cannot_leave_their_directory(void **state)
{
	static const char *const names[] = {"../x", "a/b", ".x", "", "x.part"};
	struct identity own = peer_enrol("web1", "www");
	struct hash h = hash_of("a", 1);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct msg_evidence m = {.size = 1, .hash = h, .n = 1};
		struct peer *p = connected(&own, 1);
		struct buf b;

		snprintf(m.id, sizeof(m.id), "%s", names[i]);
		m.piece = (const uint8_t *)"a";
		buf_init(&b, CHAN_PAYLOAD_MAX);
		msg_evidence_put(&b, &m);
		peer_send(p, MSG_EVIDENCE, &b);
		peer_expect_bye(p, "malformed");
		peer_close(p);
	}
}

static void test_evidence_has_a_limit(void **state)
{
	struct hash h = hash_of("x", 1);
	struct msg_evidence m = {.size = 600 << 10, .n = 1};
	struct identity own;
	struct peer *p;
	struct buf b;

	(void)state;
	peer_daemon_stop(SIGTERM);
	peer_conf = "evidence-max = 1\n";
	peer_daemon_start();
	own = peer_enrol("web1", "www");
	p = connected(&own, 1);
	/* What can never fit is answered with nothing kept, so that the host goes on. */
	assert_int_equal(send_evidence(p, "1-1.zst", &h, (struct piece){2 << 20, 0, "a", 1}), 0);
	assert_true(journal_has("evidence-full"));
	/* What fits no more waits, unanswered, until the limit is raised. */
	assert_int_equal(send_evidence(p, "1-2.zst", &h, (struct piece){600 << 10, 0, "a", 1}), 1);
	snprintf(m.id, sizeof(m.id), "1-3.zst");
	m.piece = (const uint8_t *)"a";
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_evidence_put(&b, &m);
	peer_send(p, MSG_EVIDENCE, &b);
	send_beat(p, 1, HEALTH_OK, ""); /* no answer came before this one's */
	peer_close(p);
}

/* ---- the bad way ---- */

static void empty(struct buf *b)
{
	buf_init(b, CHAN_PAYLOAD_MAX);
}

static void test_nothing_before_hello(void **state)
{
	static const uint16_t types[] = {MSG_BEAT,     MSG_GET,	     MSG_EVENT,
					 MSG_EVIDENCE, MSG_PROGRESS, MSG_CERT_REQUEST,
					 MSG_RELEASE,  0x2003,	     0xffff};
	struct identity own = peer_enrol("web1", "www");

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct peer *p = peer_connect(&own);
		struct buf b;

		empty(&b);
		peer_send(p, types[i], &b);
		peer_expect_bye(p, "not allowed");
		peer_close(p);
	}
}

static void test_a_bundle_may_only_ask_for_a_certificate(void **state)
{
	static const uint16_t types[] = {MSG_BEAT, MSG_GET, MSG_EVENT, MSG_EVIDENCE, MSG_PROGRESS};
	struct identity bundle = peer_bundle("web1", "www", "");

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct peer *p = peer_connect(&bundle);
		struct buf b;

		peer_hello(p, "www", 0, 0);
		empty(&b);
		peer_send(p, types[i], &b);
		peer_expect_bye(p, "not allowed");
		peer_close(p);
	}
}

static void test_malformed_payloads_end_the_connection(void **state)
{
	static const uint16_t types[] = {MSG_HELLO, MSG_CERT_REQUEST, MSG_GET,	   MSG_PROGRESS,
					 MSG_BEAT,  MSG_EVENT,	      MSG_EVIDENCE};
	struct identity own = peer_enrol("web1", "www");

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct peer *p = types[i] == MSG_HELLO ? peer_connect(&own) : connected(&own, 1);
		struct buf b;

		empty(&b);
		for (int k = 0; k < 3; k++)
			buf_put_u8(&b, 0xff);
		peer_send(p, types[i], &b);
		peer_expect_bye(p, "malformed");
		peer_close(p);
	}
}

static void test_a_gigabyte_frame_is_refused_at_its_header(void **state)
{
	static const uint8_t header[] = {0x40, 0, 0, 0, 0x01, 0x05, 0, 0};
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);
	struct rd r;

	(void)state;
	peer_send_raw(p, header, sizeof(header));
	assert_int_equal(peer_next(p, &r), 0);
	peer_close(p);
}

static void test_strangers_get_nowhere(void **state)
{
	char *ca_key = pki_key(&err), *ca = pki_ca(ca_key, "evil", 10, &err);
	char *key = pki_key(&err), *csr = pki_request(key, "webdefender:host:web1", &err);
	char *crt = pki_issue(ca_key, ca, csr, "webdefender:host:web1", 10, &err);
	struct identity own = peer_enrol("web1", "www"), evil;
	struct peer *p;
	struct rd r;
	char *good_ca;
	size_t n;

	(void)state;
	good_ca = fsx_slurp(own.ca, PKI_PEM_MAX, &n, &err);
	evil = peer_identity("evil", good_ca, crt, key);
	p = peer_connect(&evil);
	/* In TLS 1.3 the client learns of it with its first read. */
	assert_true(!p || peer_next(p, &r) == 0);
	if (p)
		peer_close(p);
	peer_close(connected(&own, 1)); /* others are served as before */
	free(good_ca);
	free(crt);
	free(csr);
	free(key);
	free(ca);
	free(ca_key);
}

static void test_objects_that_are_not_there(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 0);
	struct release rel = expect_release(p);
	struct hash none = hash_of("none", 4);
	struct msg_object_missing m;
	struct rd r;

	(void)state;
	send_get(p, &none, 0);
	r = peer_expect(p, MSG_OBJECT_MISSING);
	msg_object_missing_get(&r, &m);
	assert_true(rd_end(&r) && hash_eq(&m.hash, &none) && m.request == 42);
	send_get(p, &rel.root, 1 << 30); /* an offset beyond its end */
	peer_expect(p, MSG_OBJECT_MISSING);
	send_beat(p, 1, HEALTH_OK, "");
	peer_close(p);
}

static void test_an_old_publisher_says_how_to_get_ahead(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = peer_connect(&own);
	json_t *j;

	(void)state;
	peer_hello(p, "www", 9, 9);
	PEER_UNTIL(journal_has("behind"));
	j = peer_ctl(json_pack("{s:s, s:s, s:i, s:b}", "cmd", "push", "site", "www", "above", 9,
			       "wait", 0));
	assert_non_null(j);
	json_decref(j);
	assert_int_equal(expect_release(p).serial, 10);
	peer_close(p);
}

static void test_a_refusal_is_kept_and_shown(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 0);
	json_t *s, *h;

	(void)state;
	expect_release(p);
	send_progress(p, 1, PROGRESS_REFUSED, "the disk is full");
	PEER_UNTIL(journal_has("refused"));
	s = peer_ctl(json_pack("{s:s}", "cmd", "status"));
	h = json_array_get(json_object_get(s, "hosts"), 0);
	h = json_array_get(json_object_get(h, "sites"), 0);
	assert_string_equal(json_string_value(json_object_get(h, "refused")), "the disk is full");
	json_decref(s);
	assert_null(peer_ctl(json_pack("{s:s}", "cmd", "push")));
	peer_close(p);
}

/* ---- what breaks is put together again ---- */

static void test_roles_that_die_are_replaced(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);
	pid_t link = peer_role_pid("link"), keys = peer_role_pid("keys");
	struct rd r;

	(void)state;
	assert_true(link > 0 && keys > 0);
	kill(link, SIGKILL);
	assert_int_equal(peer_next(p, &r), 0);
	peer_close(p);
	p = connected(&own, 1);
	kill(keys, SIGKILL);
	rig_write(rig_path("www/index.html"), "after");
	assert_int_equal(expect_release(p).serial, 2);
	peer_close(p);
}

static void test_a_killed_daemon_comes_back_the_same(void **state)
{
	struct identity own = peer_enrol("web1", "www");
	struct peer *p = connected(&own, 1);

	(void)state;
	send_event(p, "00112233-1", OUTCOME_DENIED);
	peer_daemon_stop(SIGKILL);
	peer_close(p);
	peer_daemon_start();
	p = connected(&own, 1);
	json_decref(peer_ctl(json_pack("{s:s}", "cmd", "events")));
	assert_int_equal(json_array_size(peer_rows()), 1); /* it was acknowledged */
	rig_write(rig_path("www/index.html"), "after");
	assert_int_equal(expect_release(p).serial, 2); /* not 1 again */
	peer_close(p);
}

static void test_the_publisher_calls(void **state)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct identity bundle, own;
	struct peer *p;
	char address[32];

	(void)state;
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(listen(fd, 4), 0);
	snprintf(address, sizeof(address), "localhost:%d", ntohs(sa.sin_port));
	bundle = peer_bundle("web1", "www", address);
	p = peer_accept(fd, &bundle);
	assert_non_null(p);
	peer_hello(p, "www", 0, 0);
	own = peer_certificate(p, "web1", &bundle);
	peer_close(p);
	p = peer_accept(fd, &own);
	assert_non_null(p);
	peer_hello(p, "www", 0, 0);
	assert_int_equal(expect_release(p).serial, 1);
	peer_close(p);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_enrolment_release_objects_applied),
		T(test_what_is_applied_is_not_sent_again),
		T(test_a_bundle_works_once),
		T(test_a_renewed_certificate_retires_the_old),
		T(test_again_retires_everything_before),
		T(test_a_removed_host_is_turned_away),
		T(test_the_newest_connection_wins),
		T(test_an_event_is_kept_once),
		T(test_silence_is_an_alarm_and_a_beat_ends_it),
		T(test_evidence_arrives_in_pieces_and_resumes),
		T(test_evidence_names_cannot_leave_their_directory),
		T(test_evidence_has_a_limit),
		T(test_nothing_before_hello),
		T(test_a_bundle_may_only_ask_for_a_certificate),
		T(test_malformed_payloads_end_the_connection),
		T(test_a_gigabyte_frame_is_refused_at_its_header),
		T(test_strangers_get_nowhere),
		T(test_objects_that_are_not_there),
		T(test_an_old_publisher_says_how_to_get_ahead),
		T(test_a_refusal_is_kept_and_shown),
		T(test_roles_that_die_are_replaced),
		T(test_a_killed_daemon_comes_back_the_same),
		T(test_the_publisher_calls),
	};

	return cmocka_run_group_tests_name("publisher/host", tests, NULL, NULL);
}
