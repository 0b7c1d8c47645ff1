// SPDX-License-Identifier: Apache-2.0
/* Orders to audit: whose are obeyed, and how often; reports that wait; packages that change. */
#include "audit_order.h"
#include "audit_outbox.h"
#include "audit_watch.h"
#include "rig.h"

static char dir[64];
static struct sign_secret secret;
static struct identity id;
static struct err err;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/wd-unit-XXXXXX");
	assert_non_null(mkdtemp(dir));
	id = (struct identity){.host = "web1"};
	snprintf(id.state, sizeof(id.state), "%s", dir);
	assert_int_equal(sign_keypair(&secret, &id.release_key, &err), 0);
	return state_make(dir, &err) ||
	       fsx_mkdirs(state_path((char[STATE_PATH_MAX]){0}, dir, "audit"), 0700, &err);
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

struct sealed {
	struct buf bytes;
	struct msg_audit_order m;
};

static void seal(struct sealed *s, const struct audit_order *o, const char *domain)
{
	buf_init(&s->bytes, AUDIT_ORDER_MAX);
	audit_order_put(&s->bytes, o);
	s->m.order = s->bytes.data;
	s->m.n = s->bytes.len;
	assert_int_equal(sign_make(&secret, domain, s->m.order, s->m.n, s->m.sig, &err), 0);
}

/* 1: obeyed; 0: refused, and the publisher may know; -1: not ours to talk about. */
static int obeyed(const struct audit_order *o, const char *domain)
{
	static struct audit_order got;
	struct sealed s;
	bool ours;
	int r;

	seal(&s, o, domain);
	r = audit_order_open(&s.m, &id, &got, &ours, &err);
	buf_free(&s.bytes);
	return r == 0 ? 1 : ours ? 0 : -1;
}

static struct audit_order order(uint64_t request)
{
	return (struct audit_order){.host = "web1", .request = request, .issued = time(NULL)};
}

static void an_order_is_obeyed_once(void **state)
{
	struct audit_order o = order(5);

	(void)state;
	assert_int_equal(obeyed(&o, AUDIT_ORDER_DOMAIN), 1);
	assert_int_equal(obeyed(&o, AUDIT_ORDER_DOMAIN), 0);
	o = order(4);
	assert_int_equal(obeyed(&o, AUDIT_ORDER_DOMAIN), 0);
	o = order(6);
	assert_int_equal(obeyed(&o, AUDIT_ORDER_DOMAIN), 1);
}

static void an_order_of_another_day_is_refused(void **state)
{
	struct audit_order o = order(5);

	(void)state;
	o.issued -= AUDIT_ORDER_LIFE + 10;
	assert_int_equal(obeyed(&o, AUDIT_ORDER_DOMAIN), 0);
	o.issued += 2 * AUDIT_ORDER_LIFE + 20;
	assert_int_equal(obeyed(&o, AUDIT_ORDER_DOMAIN), 0);
	o = order(5);
	assert_int_equal(obeyed(&o, AUDIT_ORDER_DOMAIN), 1);
}

static void orders_of_others_are_nobodys(void **state)
{
	struct audit_order o = order(5);
	static struct audit_order got;
	struct sealed s;
	bool ours;

	(void)state;
	assert_int_equal(obeyed(&o, RELEASE_DOMAIN), -1);
	strcpy(o.host, "web2");
	assert_int_equal(obeyed(&o, AUDIT_ORDER_DOMAIN), -1);
	o = order(5);
	seal(&s, &o, AUDIT_ORDER_DOMAIN);
	for (size_t i = 0; i < s.m.n; i++) {
		s.bytes.data[i] ^= 1;
		assert_int_equal(audit_order_open(&s.m, &id, &got, &ours, &err), -1);
		assert_false(ours);
		s.bytes.data[i] ^= 1;
	}
	assert_int_equal(audit_order_open(&s.m, &id, &got, &ours, &err), 0);
	buf_free(&s.bytes);
}

static int keep(uint8_t what, const char *data, const char *key, const char *sig)
{
	static struct audit_order o;

	o = order(1);
	o.what = what;
	o.data = (const uint8_t *)data;
	o.n = strlen(data);
	snprintf(o.key, sizeof(o.key), "%s", key);
	snprintf(o.sig, sizeof(o.sig), "%s", sig);
	return audit_order_keep(&o, dir, &err);
}

static void waivers_are_checked_before_they_are_kept(void **state)
{
	static const char good[] = "[{\"check\": \"WT-11\", \"owner\": \"o\", \"reason\": \"r\","
				   " \"expires\": \"2099-01-01\"}]";
	char path[STATE_PATH_MAX];

	(void)state;
	assert_int_equal(keep(AUDIT_WAIVERS, good, "", ""), 1);
	assert_int_equal(keep(AUDIT_WAIVERS, good, "", ""), 0);
	assert_int_equal(keep(AUDIT_WAIVERS, "{}", "", ""), -1);
	assert_int_equal(keep(AUDIT_WAIVERS, "[{}]", "", ""), -1);
	assert_int_equal(keep(AUDIT_WAIVERS, "[3]", "", ""), -1);
	assert_int_equal(keep(AUDIT_WAIVERS, "nonsense", "", ""), -1);
	assert_int_equal(access(state_path(path, dir, "audit/waivers.json"), F_OK), 0);
	assert_int_equal(keep(AUDIT_WAIVERS, "[]", "", ""), 1);
}

static void to_hex(const uint8_t *p, size_t n, char *to)
{
	for (size_t i = 0; i < n; i++)
		sprintf(to + 2 * i, "%02x", p[i]);
}

static int keep_advisories(int serial)
{
	char text[256], sig_hex[2 * SIGN_SIG_LEN + 1], key_hex[2 * SIGN_KEY_LEN + 1];
	uint8_t sig[SIGN_SIG_LEN];

	snprintf(text, sizeof(text),
		 "{\"webdefender-advisories\": 1, \"serial\": %d, \"issued\": \"2020-01-01\","
		 " \"tomcat\": []}",
		 serial);
	assert_int_equal(
		sign_make(&secret, "webdefender advisories v1", text, strlen(text), sig, &err), 0);
	to_hex(sig, sizeof(sig), sig_hex);
	to_hex(id.release_key.b, SIGN_KEY_LEN, key_hex);
	return keep(AUDIT_ADVISORIES, text, key_hex, sig_hex);
}

static void older_advisories_are_refused(void **state)
{
	(void)state;
	assert_int_equal(keep_advisories(3), 1);
	assert_int_equal(keep_advisories(3), 0);
	assert_int_equal(keep_advisories(2), -1);
	assert_int_equal(keep_advisories(4), 1);
	assert_int_equal(keep(AUDIT_ADVISORIES, "{}", "", ""), -1);
}

/* ---- the outbox ---- */

static int sent, told_down;
static uint64_t last_number;

static int on_send(void *arg, const void *p, size_t n)
{
	struct rd r = rd_over(p, n);
	struct msg_audit_report m;

	(void)arg;
	msg_audit_report_get(&r, &m);
	assert_true(rd_end(&r));
	assert_true(m.number > last_number);
	last_number = m.number;
	sent++;
	return told_down ? -1 : 0;
}

static void put(struct audit_outbox *o)
{
	struct msg_audit_report m = {.what = AUDIT_RUN};

	assert_int_equal(audit_pack(&m, "{}", 2, &err), 0);
	assert_int_equal(audit_outbox_put(o, &m, &err), 0);
	free((void *)m.packed);
}

static void reports_wait_and_survive(void **state)
{
	struct audit_outbox *o = audit_outbox_open(dir, &err);

	(void)state;
	sent = 0;
	last_number = 0;
	put(o);
	put(o);
	assert_int_equal(sent, 0);
	audit_outbox_close(o);
	o = audit_outbox_open(dir, &err);
	audit_outbox_online(o, on_send, NULL);
	assert_int_equal(sent, 2);
	put(o);
	assert_int_equal(sent, 3);
	assert_int_equal(audit_outbox_count(o), 3);
	audit_outbox_acked(o, last_number);
	audit_outbox_acked(o, last_number);
	assert_int_equal(audit_outbox_count(o), 2);
	last_number = 0;
	audit_outbox_online(o, on_send, NULL);
	assert_int_equal(sent, 5);
	audit_outbox_close(o);
}

static void of_too_many_the_oldest_go(void **state)
{
	struct audit_outbox *o = audit_outbox_open(dir, &err);

	(void)state;
	for (int i = 0; i < AUDIT_OUTBOX_MAX + 5; i++)
		put(o);
	assert_int_equal(audit_outbox_count(o), AUDIT_OUTBOX_MAX);
	audit_outbox_close(o);
}

/* ---- packages ---- */

static void on_changed(void *arg)
{
	struct event_base *base = arg;

	event_base_loopbreak(base);
}

static void only_the_package_database_counts(void **state)
{
	const char *const dirs[] = {dir, NULL}, *const none[] = {"/nowhere/at/all", NULL};
	struct event_base *base = event_base_new();
	struct audit_watch *w;
	char command[256];

	(void)state;
	assert_null(audit_watch_new(base, none, 1, on_changed, base, &err));
	w = audit_watch_new(base, dirs, 1, on_changed, base, &err);
	assert_non_null(w);
	/* dpkg writes beside, and renames. */
	snprintf(command, sizeof(command),
		 "cd %s && echo x >other && echo x >status-new && mv status-new status", dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(event_base_dispatch(base), 0); /* ends by on_changed alone */
	audit_watch_free(w);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_order_is_obeyed_once, setup, teardown),
		cmocka_unit_test_setup_teardown(an_order_of_another_day_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(orders_of_others_are_nobodys, setup, teardown),
		cmocka_unit_test_setup_teardown(waivers_are_checked_before_they_are_kept, setup,
						teardown),
		cmocka_unit_test_setup_teardown(older_advisories_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(reports_wait_and_survive, setup, teardown),
		cmocka_unit_test_setup_teardown(of_too_many_the_oldest_go, setup, teardown),
		cmocka_unit_test_setup_teardown(only_the_package_database_counts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
