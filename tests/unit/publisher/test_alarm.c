// SPDX-License-Identifier: Apache-2.0
/*
 * Each kind of alarm by its source: the real daemon, and a web server that says, over TLS, what a
 * host in that trouble says. Conditions end when their cause is gone. The last test knows of each
 * kind where it is raised, so that none can be without a source.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alarm_kinds.h"
#include "db.h"
#include "fsx.h"
#include "hassmsg.h"
#include "peer.h"
#include "pki.h"
#include "proto.h"
#include "release.h"
#include "sql.h"
#include "telemetry.h"
#include "tls.h"

static struct identity own;
static struct peer *host;
static uint64_t beats;
static bool seen[ALARM_KINDS];

static void must(json_t *request)
{
	json_t *answer = peer_ctl(request);

	if (!answer)
		fail_msg("%s", peer_error());
	json_decref(answer);
}

static int setup(void **state)
{
	(void)state;
	rig_begin();
	peer_daemon_start();
	rig_write(rig_path("www/index.html"), "<h1>hello</h1>");
	must(json_pack("{s:s, s:s, s:s}", "cmd", "site-add", "name", "www", "dir",
		       rig_path("www")));
	must(json_pack("{s:s}", "cmd", "push"));
	must(json_pack("{s:s, s:i}", "cmd", "notify-set", "sustained_seconds", 0));
	own = peer_enrol("web1", "www");
	host = peer_connect(&own);
	peer_hello(host, "www", 1, 1);
	beats = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (host)
		peer_close(host);
	host = NULL;
	peer_daemon_stop(SIGTERM);
	rig_end();
	return 0;
}

/* Is such an alarm alive? */
static bool live(enum alarm_kind kind, const char *name, const char *subject)
{
	size_t i;
	json_t *r;

	json_decref(peer_ctl(json_pack("{s:s, s:s, s:s, s:s}", "cmd", "alarm-list", "state", "open",
				       "kind", alarm_kinds[kind].name, "host", name)));
	json_array_foreach (peer_rows(), i, r) {
		const char *of = json_string_value(json_object_get(r, "host"));
		const char *about = json_string_value(json_object_get(r, "subject"));

		if (strcmp(of, name) || strcmp(about, subject))
			continue;
		assert_true(*json_string_value(json_object_get(r, "text")));
		seen[kind] = true;
		return true;
	}
	return false;
}

/* ---- what a host says ---- */

static struct msg_beat good_beat(void)
{
	struct msg_beat m = {.number = ++beats,
			     .time = fsx_now_ns(),
			     .source = SOURCE_KMOD,
			     .health = HEALTH_OK,
			     .n_sites = 1};

	strcpy(m.sites[0].site, "www");
	m.sites[0].serial = 1;
	m.sites[0].mode = 2;
	return m;
}

static void say(uint16_t type, struct buf *b)
{
	peer_send(host, type, b);
}

static void beat(const struct msg_beat *m)
{
	struct buf b;
	struct rd r;

	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_beat_put(&b, m);
	say(MSG_BEAT, &b);
	r = peer_expect(host, MSG_BEAT_ACK);
	assert_int_equal(rd_u64(&r), m->number);
}

static void well(void)
{
	static struct msg_beat m;

	m = good_beat();
	beat(&m);
}

/* A host that goes on beating until the alarm is as it should be. */
#define BEATING_UNTIL(expr)                                                                        \
	do {                                                                                       \
		int tries = 150;                                                                   \
		while (!(expr) && --tries) {                                                       \
			well();                                                                    \
			usleep(100000);                                                            \
		}                                                                                  \
		if (!tries)                                                                        \
			fail_msg("never came true: %s", #expr);                                    \
	} while (0)

static void expires_over(enum alarm_kind kind, const char *name, const char *subject)
{
	BEATING_UNTIL(!live(kind, name, subject));
}

static void worse_source(struct msg_beat *m)
{
	m->source = SOURCE_FANOTIFY;
}

static void no_source(struct msg_beat *m)
{
	m->source = SOURCE_NONE;
}

static void unwell(struct msg_beat *m)
{
	m->health = HEALTH_BAD;
	strcpy(m->note, "the vault is damaged");
}

static void not_restored(struct msg_beat *m)
{
	unwell(m);
	m->pending = 3;
}

static void slow_clock(struct msg_beat *m)
{
	m->time -= 100 * 1000000000ll;
}

static void fast_clock(struct msg_beat *m)
{
	m->time += 100 * 1000000000ll;
}

static void off(struct msg_beat *m)
{
	m->sites[0].mode = 0;
}

static void test_what_a_beat_says(void **state)
{
	static const struct {
		enum alarm_kind kind;
		const char *subject;
		void (*trouble)(struct msg_beat *m);
	} table[] = {
		{ALARM_MONITOR_INVALID, "", no_source}, {ALARM_SOURCE_STEPDOWN, "", worse_source},
		{ALARM_AGENT_HEALTH, "", unwell},	{ALARM_NOT_RESTORED, "", not_restored},
		{ALARM_CLOCK_WRONG, "", slow_clock},	{ALARM_CLOCK_WRONG, "", fast_clock},
		{ALARM_MODE_LOWERED, "www", off},
	};

	(void)state;
	well();
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		int tries = 100;

		assert_false(live(table[i].kind, "web1", table[i].subject));
		while (!live(table[i].kind, "web1", table[i].subject) && --tries) {
			static struct msg_beat m;

			m = good_beat();
			table[i].trouble(&m);
			beat(&m);
			usleep(100000);
		}
		if (!tries)
			fail_msg("%s was not raised", alarm_kinds[table[i].kind].name);
		expires_over(table[i].kind, "web1", table[i].subject);
	}
}

/* One that waited on its way looks late, and is no alarm. */
static void test_one_late_beat_is_no_wrong_clock(void **state)
{
	static struct msg_beat m;

	(void)state;
	for (int i = 0; i < 3; i++) {
		m = good_beat();
		slow_clock(&m);
		beat(&m);
		well();
	}
	assert_false(live(ALARM_CLOCK_WRONG, "web1", ""));
}

static void test_events_that_the_kernel_lost(void **state)
{
	static struct msg_beat m;

	(void)state;
	well();
	m = good_beat();
	m.dropped = 7;
	beat(&m);
	PEER_UNTIL(live(ALARM_EVENTS_LOST, "web1", ""));
}

static void test_silence(void **state)
{
	(void)state;
	well();
	PEER_UNTIL(live(ALARM_AGENT_SILENT, "web1", ""));
	expires_over(ALARM_AGENT_SILENT, "web1", "");
}

/* ---- telemetry ---- */

static struct telemetry idle(void)
{
	struct telemetry t = {.time = fsx_now_ns(),
			      .cpu = 100,
			      .memory = 10,
			      .memory_total = 100,
			      .disk = 10,
			      .disk_total = 100,
			      .n = 2};

	strcpy(t.services[0].name, "link");
	strcpy(t.services[1].name, "warden");
	return t;
}

static void tell(const struct telemetry *t)
{
	struct buf b;

	buf_init(&b, CHAN_PAYLOAD_MAX);
	telemetry_put(&b, t);
	say(MSG_TELEMETRY, &b);
	well();
}

static void busy(struct telemetry *t)
{
	t->cpu = 990;
}

static void crowded(struct telemetry *t)
{
	t->memory = 95;
}

static void full(struct telemetry *t)
{
	t->disk = 95;
}

static void failing(struct telemetry *t)
{
	t->services[0].state = SERVICE_FAILED;
}

static void no_warden(struct telemetry *t)
{
	t->services[1].state = SERVICE_STOPPED;
}

static void test_what_telemetry_says(void **state)
{
	static const struct {
		enum alarm_kind kind;
		const char *subject;
		void (*trouble)(struct telemetry *t);
	} table[] = {
		{ALARM_CPU_HIGH, "", busy},
		{ALARM_MEMORY_HIGH, "", crowded},
		{ALARM_EVIDENCE_FULL, "disk", full},
		{ALARM_SERVICE_DOWN, "link", failing},
		{ALARM_SERVICE_DOWN, "warden", no_warden},
	};
	struct telemetry t = idle();

	(void)state;
	tell(&t);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		int tries = 50;

		assert_false(live(table[i].kind, "web1", table[i].subject));
		t = idle();
		table[i].trouble(&t);
		do
			tell(&t);
		while (!live(table[i].kind, "web1", table[i].subject) && --tries);
		if (!tries)
			fail_msg("%s was not raised", alarm_kinds[table[i].kind].name);
		t = idle();
		tries = 50;
		do
			tell(&t);
		while (live(table[i].kind, "web1", table[i].subject) && --tries);
		assert_true(tries);
	}
}

/* Where wd-warden was never seen nobody misses it; once it is missing from one look, neither. */
static void test_a_warden_is_missed_where_there_was_one(void **state)
{
	struct telemetry t = idle();

	(void)state;
	for (int i = 0; i < 5; i++) {
		t.services[1].state = SERVICE_STOPPED;
		tell(&t);
	}
	assert_false(live(ALARM_SERVICE_DOWN, "web1", "warden"));
	for (int i = 0; i < 3; i++) {
		t.services[1].state = SERVICE_RUNNING;
		tell(&t);
		t.services[1].state = SERVICE_STOPPED;
		tell(&t);
	}
	assert_false(live(ALARM_SERVICE_DOWN, "web1", "warden"));
}

/* 80 % and no more, then less, but not clearly less: neither begins nor ends. */
static void test_limits_have_a_hysteresis(void **state)
{
	static const struct {
		uint16_t cpu;
		bool alarm;
	} steps[] = {{800, false}, {820, true},	 {790, true},
		     {760, true},  {740, false}, {790, false}};
	struct telemetry t = idle();

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		t.cpu = steps[i].cpu;
		tell(&t);
		tell(&t);
		if (live(ALARM_CPU_HIGH, "web1", "") != steps[i].alarm)
			fail_msg("cpu %u: the alarm should %sbe", steps[i].cpu,
				 steps[i].alarm ? "" : "not ");
	}
}

/* ---- the hardware unit ---- */

static void report(uint8_t line, uint16_t flags)
{
	static struct msg_hass m;
	struct buf b;

	memset(&m, 0, sizeof(m));
	m.line = line;
	m.flags = flags;
	m.phones = 1;
	strcpy(m.why, line == HASSMSG_UP ? "" : "no answer");
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_hass_put(&b, &m);
	say(MSG_HASS, &b);
	well();
}

#define FINE (HASSMSG_F_PROVISIONED | HASSMSG_F_REGISTERED)
static void test_what_the_hardware_unit_says(void **state)
{
	static const struct {
		enum alarm_kind kind;
		const char *subject;
		uint8_t line;
		uint16_t flags;
	} table[] = {
		{ALARM_HASS_TROUBLE, "cut", HASSMSG_UP, FINE | HASSMSG_F_CUT},
		{ALARM_HASS_TROUBLE, "heartbeat", HASSMSG_UP, FINE | HASSMSG_F_BEAT_LOST},
		{ALARM_HASS_TROUBLE, "pin", HASSMSG_UP, FINE | HASSMSG_F_SIM_PIN},
		{ALARM_HASS_SILENT, "", HASSMSG_SILENT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		int tries = 150;

		report(HASSMSG_UP, FINE);
		assert_false(live(table[i].kind, "web1", table[i].subject));
		do {
			report(table[i].line, table[i].flags);
			usleep(100000);
		} while (!live(table[i].kind, "web1", table[i].subject) && --tries);
		if (!tries)
			fail_msg("%s %s was not raised", alarm_kinds[table[i].kind].name,
				 table[i].subject);
		report(HASSMSG_UP, FINE);
		expires_over(table[i].kind, "web1", table[i].subject);
	}
}

/* ---- releases, events ---- */

static void progress(uint8_t state, const char *text)
{
	struct msg_progress m = {.serial = 1, .state = state};
	struct buf b;

	strcpy(m.site, "www");
	strcpy(m.text, text);
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_progress_put(&b, &m);
	say(MSG_PROGRESS, &b);
}

static void test_a_refused_release(void **state)
{
	(void)state;
	progress(PROGRESS_REFUSED, "the disk is full");
	BEATING_UNTIL(live(ALARM_RELEASE_REFUSED, "web1", "www"));
	progress(PROGRESS_APPLIED, "");
	expires_over(ALARM_RELEASE_REFUSED, "web1", "www");
}

static void event(const char *id, const char *source, const char *op, uint8_t outcome)
{
	static struct wd_event e;
	struct buf b;

	memset(&e, 0, sizeof(e));
	snprintf(e.id, sizeof(e.id), "%s", id);
	e.time = fsx_now_ns();
	strcpy(e.site, "www");
	strcpy(e.source, source);
	strcpy(e.op, op);
	strcpy(e.path, "/srv/www/index.html");
	strcpy(e.note, "the release of www has expired");
	e.outcome = outcome;
	e.repeat = 1;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	event_put(&b, &e);
	say(MSG_EVENT, &b);
	peer_expect(host, MSG_EVENT_ACK);
}

static void test_what_events_say(void **state)
{
	(void)state;
	event("00112233-1", "kmod", "open", OUTCOME_RESTORED);
	event("00112233-2", "scrub", "open", OUTCOME_RESTORED);
	event("00112233-3", "agent", "expired", OUTCOME_NOTED);
	PEER_UNTIL(live(ALARM_TAMPERING, "web1", "www"));
	PEER_UNTIL(live(ALARM_SCRUB_MISMATCH, "web1", "www"));
	PEER_UNTIL(live(ALARM_RELEASE_EXPIRING, "web1", "www"));
}

static void test_a_host_that_knows_more_than_its_publisher(void **state)
{
	(void)state;
	peer_close(host);
	host = peer_connect(&own);
	peer_hello(host, "www", 1, 99);
	PEER_UNTIL(live(ALARM_PUBLISHER_BEHIND, "web1", "www"));
	peer_close(host);
	host = peer_connect(&own);
	peer_hello(host, "www", 1, 1);
	expires_over(ALARM_PUBLISHER_BEHIND, "web1", "www");
}

static void test_an_old_certificate(void **state)
{
	(void)state;
	must(json_pack("{s:s, s:s, s:b}", "cmd", "host-add", "name", "web1", "again", 1));
	peer_close(host);
	host = peer_connect(&own);
	PEER_UNTIL(live(ALARM_HOST_REJECTED, "web1", ""));
}

/* ---- the publisher ---- */

static void test_a_backup_directory_that_goes_away(void **state)
{
	(void)state;
	assert_int_equal(rename(rig_path("www"), rig_path("away")), 0);
	must(json_pack("{s:s, s:s}", "cmd", "alarm-test", "by", "x"));
	json_decref(peer_ctl(json_pack("{s:s}", "cmd", "push")));
	BEATING_UNTIL(live(ALARM_BACKUP_SYNC, "", "www"));
	assert_int_equal(rename(rig_path("away"), rig_path("www")), 0);
	json_decref(peer_ctl(json_pack("{s:s}", "cmd", "push")));
	expires_over(ALARM_BACKUP_SYNC, "", "www");
	assert_true(live(ALARM_TEST, "", ""));
}

static void test_a_role_that_does_not_stay_up(void **state)
{
	int tries = 400;

	(void)state;
	while (!live(ALARM_PUBLISHER_ROLE, "", "notify") && --tries) {
		pid_t pid = peer_role_pid("notify");

		if (pid)
			kill(pid, SIGKILL);
		usleep(100000);
	}
	assert_true(tries);
}

static void test_a_backup_that_failed(void **state)
{
	(void)state;
	must(json_pack("{s:s, s:s, s:s}", "cmd", "backup-told", "file", "/mnt/b", "problem",
		       "no space left"));
	assert_true(live(ALARM_BACKUP_FAILED, "", ""));
	must(json_pack("{s:s, s:s}", "cmd", "backup-told", "file", "/mnt/b"));
	assert_false(live(ALARM_BACKUP_FAILED, "", ""));
}

/* A certificate for the link that ends within two weeks, made by the real CA. */
static void write_short_link(int days)
{
	struct err err;
	size_t n;
	char *key = fsx_slurp(rig_path("state/link/link.key"), PKI_PEM_MAX, &n, &err);
	char *ca_key = fsx_slurp(rig_path("state/ca/ca.key"), PKI_PEM_MAX, &n, &err);
	char *ca = fsx_slurp(rig_path("state/ca/ca.crt"), PKI_PEM_MAX, &n, &err);
	char *csr = pki_request(key, TLS_URI_PUBLISHER, &err);
	char *crt = pki_issue(ca_key, ca, csr, TLS_URI_PUBLISHER, days, &err);

	assert_non_null(crt);
	rig_write(rig_path("state/link/link.crt"), crt);
	free(key);
	free(ca_key);
	free(ca);
	free(csr);
	free(crt);
}

static void restart(void)
{
	peer_close(host);
	peer_daemon_stop(SIGTERM);
	peer_daemon_start();
	host = peer_connect(&own);
	peer_hello(host, "www", 1, 1);
}

static void test_certificates_near_their_end(void **state)
{
	char command[512];

	(void)state;
	write_short_link(7);
	snprintf(command, sizeof(command),
		 "sqlite3 '%s' \"UPDATE cert SET expires = strftime('%%s', 'now') + 86400 WHERE"
		 " kind = 'own'\"",
		 rig_path("state/publisher.db"));
	peer_close(host);
	peer_daemon_stop(SIGTERM);
	assert_int_equal(system(command), 0);
	peer_daemon_start();
	host = peer_connect(&own);
	peer_hello(host, "www", 1, 1);
	BEATING_UNTIL(live(ALARM_CERTIFICATE_EXPIRING, "", "link"));
	BEATING_UNTIL(live(ALARM_CERTIFICATE_EXPIRING, "web1", ""));
	assert_false(live(ALARM_CERTIFICATE_EXPIRING, "", "ca"));
	write_short_link(700);
	restart();
	expires_over(ALARM_CERTIFICATE_EXPIRING, "", "link");
}

/* ---- a release near its end, by the publisher's own clock ---- */

static void open_key(struct sign_secret *key)
{
	size_t n;
	char *text = fsx_slurp(rig_path("state/keys/release.key"), 128, &n, NULL);
	struct hash seed;

	assert_non_null(text);
	text[strcspn(text, "\n")] = 0;
	assert_int_equal(hash_parse(text, &seed), 0);
	memcpy(key->b, seed.b, sizeof(key->b));
	free(text);
}

static int keep_blob(void *arg, struct store_row *r)
{
	struct signed_release *s = arg;
	int n;
	const void *data = store_blob(r, 0, &n);
	struct rd in = rd_over(data, n);

	signed_release_get(&in, s);
	assert_true(rd_end(&in));
	return 0;
}

/* The current release as if it had been made 29 days ago, to live until `left` from now. */
static void age_the_release(int64_t left)
{
	static struct signed_release s;
	struct sign_secret key;
	struct release r;
	struct err err = {""};
	struct db *db = db_open(NULL, rig_path("state/publisher.db"), &err);
	struct buf b;

	if (!db)
		fail_msg("%s", err.text);
	assert_int_equal(db_read(db, &err, SQL_RELEASE_LAST, keep_blob, &s, "t", "www"), 1);
	assert_int_equal(release_decode(s.bytes, s.len, &r, &err), 0);
	r.issued = time(NULL) - 29 * 86400;
	r.expires = time(NULL) + left;
	buf_init(&b, RELEASE_BYTES_MAX);
	assert_int_equal(release_encode(&r, &b, &err), 0);
	memcpy(s.bytes, b.data, s.len = b.len);
	open_key(&key);
	assert_int_equal(sign_make(&key, RELEASE_DOMAIN, s.bytes, s.len, s.sig, &err), 0);
	buf_free(&b);
	buf_init(&b, RELEASE_BYTES_MAX + 256);
	signed_release_put(&b, &s);
	assert_true(db_write(db, &err, SQL_RELEASE_PRUNE, "ti", "www", (int64_t)r.serial) >= 0);
	assert_true(db_write(db, &err, SQL_RELEASE_ADD, "tibb", "www", (int64_t)r.serial, r.root.b,
			     HASH_LEN, b.data, (int)b.len) >= 0);
	assert_int_equal(db_flush(db, &err), 0);
	buf_free(&b);
	db_close(db);
}

/* The newest such alarm of the publisher itself, also when it is over; its text has the words. */
static bool said(enum alarm_kind kind, const char *subject, const char *words)
{
	const json_t *newest;

	json_decref(peer_ctl(
		json_pack("{s:s, s:s}", "cmd", "alarm-list", "kind", alarm_kinds[kind].name)));
	newest = json_array_get(peer_rows(), 0);
	if (!newest || *json_string_value(json_object_get(newest, "host")) ||
	    strcmp(json_string_value(json_object_get(newest, "subject")), subject))
		return false;
	return strstr(json_string_value(json_object_get(newest, "text")), words);
}

/*
 * The release is made anew in its last third, so it comes near its end only where that fails or the
 * publisher did not run; then the alarm comes first, and ends with the new release.
 */
static void test_a_release_near_its_end(void **state)
{
	static const struct {
		int64_t left;
		const char *words;
	} cases[] = {{86400, "expires in less than"}, {-5, "has expired"}};

	(void)state;
	peer_close(host);
	host = NULL;
	for (size_t i = 0; i < 2; i++) {
		peer_daemon_stop(SIGTERM);
		age_the_release(cases[i].left);
		peer_daemon_start();
		PEER_UNTIL(said(ALARM_RELEASE_EXPIRING, "www", cases[i].words));
		PEER_UNTIL(!live(ALARM_RELEASE_EXPIRING, "", "www"));
	}
	json_decref(peer_ctl(json_pack("{s:s, s:s}", "cmd", "releases", "site", "www")));
	assert_int_equal(
		json_integer_value(json_object_get(
			json_array_get(peer_rows(), json_array_size(peer_rows()) - 1), "serial")),
		3);
}

/* ---- none is without a source ---- */

static const char *elsewhere(enum alarm_kind kind)
{
	switch (kind) {
	case ALARM_UNSEALED:
		return "tests/vm/cases/guest/sealed.sh";
	case ALARM_LOGIN_FAILED:
		return "tests/e2e/console";
	case ALARM_DELIVERY_FAILED:
		return "tests/e2e/alarms";
	case ALARM_AUDIT_WORSE:
		return "tests/audit/cases/order";
	default:
		return NULL;
	}
}

static void test_each_kind_has_a_source(void **state)
{
	(void)state;
	for (int i = 0; i < ALARM_KINDS; i++)
		if (!seen[i] && !elsewhere(i))
			fail_msg("no test raises %s", alarm_kinds[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_what_a_beat_says),
		T(test_one_late_beat_is_no_wrong_clock),
		T(test_events_that_the_kernel_lost),
		T(test_silence),
		T(test_what_telemetry_says),
		T(test_a_warden_is_missed_where_there_was_one),
		T(test_limits_have_a_hysteresis),
		T(test_what_the_hardware_unit_says),
		T(test_a_refused_release),
		T(test_what_events_say),
		T(test_a_host_that_knows_more_than_its_publisher),
		T(test_an_old_certificate),
		T(test_a_backup_directory_that_goes_away),
		T(test_a_role_that_does_not_stay_up),
		T(test_a_backup_that_failed),
		T(test_certificates_near_their_end),
		T(test_a_release_near_its_end),
		cmocka_unit_test(test_each_kind_has_a_source),
	};

	return cmocka_run_group_tests_name("publisher/alarm", tests, NULL, NULL);
}
