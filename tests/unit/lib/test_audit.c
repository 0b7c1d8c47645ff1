// SPDX-License-Identifier: Apache-2.0
/* What is said of audits: messages cut and altered, bodies that lie, advisories. */
#include "unit.h"
#include "advisories.h"
#include "proto_audit.h"

static const struct audit_order good = {.host = "web1",
					.request = 7,
					.issued = 1700000000,
					.what = AUDIT_FIX,
					.base = "/srv/tomcat",
					.codes = "WT-01,WT-04",
					.id = "20261122-101500-1a2b/WT-01",
					.data = (const uint8_t *)"[]",
					.n = 2,
					.key = "00ff",
					.sig = "aa"};

static bool decodes(const void *p, size_t n, struct audit_order *o)
{
	struct rd r = rd_over(p, n);

	audit_order_get(&r, o);
	return rd_end(&r);
}

static void an_order_is_what_it_was(void **state)
{
	static struct audit_order o;
	struct buf b, again;

	(void)state;
	buf_init(&b, AUDIT_ORDER_MAX);
	buf_init(&again, AUDIT_ORDER_MAX);
	audit_order_put(&b, &good);
	assert_true(decodes(b.data, b.len, &o));
	audit_order_put(&again, &o);
	assert_int_equal(b.len, again.len);
	assert_memory_equal(b.data, again.data, b.len);
	for (size_t n = 0; n < b.len; n++)
		assert_false(decodes(b.data, n, &o));
	buf_put_u8(&b, 0);
	assert_false(decodes(b.data, b.len, &o));
	buf_free(&b);
	buf_free(&again);
}

/* What would be an option, a path elsewhere or another command is no order at all. */
static void words_of_an_order_are_only_words(void **state)
{
	static const struct {
		const char *what, *host, *base, *codes, *id;
		bool good;
	} cases[] = {
		{"plain", "web1", "/srv", "WT-01", "2026-1", true},
		{"everything", "web1", "", "", "", true},
		{"no host", "", "", "", "", false},
		{"a host with a slash", "a/b", "", "", "", false},
		{"a relative base", "web1", "srv", "", "", false},
		{"a base like an option", "web1", "--fix", "", "", false},
		{"codes with a blank", "web1", "", "WT-01 --force", "", false},
		{"codes with a quote", "web1", "", "WT-01'", "", false},
		{"an id like an option", "web1", "", "", "--force", false},
		{"an id that climbs", "web1", "", "", "../../etc", false},
		{"an id beginning with a slash", "web1", "", "", "/etc", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		static struct audit_order o, got;
		struct buf b;

		o = (struct audit_order){.what = AUDIT_RUN};
		strcpy(o.host, cases[i].host);
		strcpy(o.base, cases[i].base);
		strcpy(o.codes, cases[i].codes);
		strcpy(o.id, cases[i].id);
		buf_init(&b, AUDIT_ORDER_MAX);
		audit_order_put(&b, &o);
		if (decodes(b.data, b.len, &got) != cases[i].good)
			fail_msg("%s", cases[i].what);
		buf_free(&b);
	}
}

static void a_body_comes_back(void **state)
{
	struct msg_audit_report m = {.number = 1};
	struct err err;
	char *back;

	(void)state;
	assert_int_equal(audit_pack(&m, "{\"text\": \"x\"}", 13, &err), 0);
	back = audit_unpack(&m, &err);
	assert_string_equal(back, "{\"text\": \"x\"}");
	free(back);
	free((void *)m.packed);
}

/* More or less than it says, cut, altered, with a NUL: never believed, never read past. */
static void a_body_that_lies_is_refused(void **state)
{
	struct msg_audit_report m = {.number = 1}, lie;
	struct err err;
	uint8_t *bytes;
	char *body = malloc(100000);

	(void)state;
	memset(body, 'a', 100000);
	assert_int_equal(audit_pack(&m, body, 100000, &err), 0);
	lie = m;
	lie.size = 99999;
	assert_null(audit_unpack(&lie, &err));
	lie.size = 100001;
	assert_null(audit_unpack(&lie, &err));
	for (size_t n = 0; n < m.n; n++) {
		lie = m;
		lie.n = n;
		assert_null(audit_unpack(&lie, &err));
	}
	bytes = malloc(m.n);
	for (size_t i = 0; i < m.n; i++) {
		memcpy(bytes, m.packed, m.n);
		bytes[i] ^= 0x40;
		lie = m;
		lie.packed = bytes;
		free(audit_unpack(&lie, &err)); /* sanitizers watch */
	}
	free(bytes);
	free((void *)m.packed);
	body[5] = 0;
	assert_int_equal(audit_pack(&m, body, 100000, &err), 0);
	assert_null(audit_unpack(&m, &err));
	free((void *)m.packed);
	free(body);
	assert_int_equal(audit_pack(&m, "", AUDIT_BODY_MAX + 1, &err), -1);
}

static void a_report_out_of_bounds_is_malformed(void **state)
{
	static const struct msg_audit_report cases[] = {
		{.number = 0, .packed = (const uint8_t *)"x", .n = 1},
		{.number = 1ull << 63, .packed = (const uint8_t *)"x", .n = 1},
		{.number = 1, .request = 1ull << 63, .packed = (const uint8_t *)"x", .n = 1},
		{.number = 1, .what = AUDIT_WHAT_MAX, .packed = (const uint8_t *)"x", .n = 1},
		{.number = 1, .state = AUDIT_STATE_MAX, .packed = (const uint8_t *)"x", .n = 1},
		{.number = 1, .size = AUDIT_BODY_MAX + 1, .packed = (const uint8_t *)"x", .n = 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct msg_audit_report m;
		struct buf b;
		struct rd r;

		buf_init(&b, 1024);
		msg_audit_report_put(&b, &cases[i]);
		r = rd_over(b.data, b.len);
		msg_audit_report_get(&r, &m);
		assert_false(rd_end(&r));
		buf_free(&b);
	}
}

#define TODAY 20000 /* 2024-10-04 */
static void advisories_have_a_form(void **state)
{
	static const struct {
		const char *text;
		int result;
		bool stale;
	} cases[] = {
#define HEAD "{\"webdefender-advisories\": 1, \"serial\": 1, "
		{HEAD "\"issued\": \"2024-10-04\", \"tomcat\": []}", 0, false},
		{HEAD "\"issued\": \"2024-09-04\", \"tomcat\": []}", 0, false},
		{HEAD "\"issued\": \"2024-09-03\", \"tomcat\": []}", 0, true},
		{HEAD "\"issued\": \"2024-10-06\", \"tomcat\": []}", -1, false},
		{HEAD "\"issued\": \"yesterday\", \"tomcat\": []}", -1, false},
		{HEAD "\"issued\": \"2024-10-04\", \"tomcat\": {}}", -1, false},
		{HEAD "\"issued\": \"2024-10-04\", \"tomcat\": [{\"branch\": \"9.0\"}]}", -1,
		 false},
		{HEAD "\"issued\": \"2024-10-04\", \"tomcat\": [{\"branch\": \"9.0\", \"minimum\":"
		      " \"9.0.1\", \"end_of_life\": \"soon\"}]}",
		 -1, false},
		{"{\"webdefender-advisories\": 1, \"issued\": \"2024-10-04\", \"tomcat\": []}", -1,
		 false},
		{"{\"webdefender-advisories\": 2, \"serial\": 1, \"issued\": \"2024-10-04\","
		 " \"tomcat\": []}",
		 -1, false},
		{HEAD "\"serial\": 2, \"issued\": \"2024-10-04\", \"tomcat\": []}", -1, false},
		{"[]", -1, false},
		{"", -1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct advisories a;
		struct err err = {""};

		assert_int_equal(
			advisories_parse(cases[i].text, strlen(cases[i].text), TODAY, &a, &err),
			cases[i].result);
		if (!cases[i].result)
			assert_int_equal(a.stale, cases[i].stale);
		else
			assert_true(*err.text);
	}
}

static void advisories_need_their_signature(void **state)
{
	static const char text[] = HEAD "\"issued\": \"2020-01-01\", \"tomcat\": []}";
	struct sign_secret secret;
	struct sign_public key;
	uint8_t sig[SIGN_SIG_LEN];
	struct advisories a;
	struct err err;

	(void)state;
	assert_int_equal(sign_keypair(&secret, &key, &err), 0);
	assert_int_equal(sign_make(&secret, ADVISORIES_DOMAIN, text, sizeof(text) - 1, sig, &err),
			 0);
	assert_int_equal(advisories_open(text, sizeof(text) - 1, &key, sig, &a, &err), 0);
	assert_true(a.stale);
	assert_int_equal(advisories_open(text, sizeof(text) - 2, &key, sig, &a, &err), -1);
	/* Signed, but for something else. */
	assert_int_equal(sign_make(&secret, AUDIT_ORDER_DOMAIN, text, sizeof(text) - 1, sig, &err),
			 0);
	assert_int_equal(advisories_open(text, sizeof(text) - 1, &key, sig, &a, &err), -1);
}

static void hex_is_hex(void **state)
{
	uint8_t b[2];

	(void)state;
	assert_int_equal(advisories_hex("00fF\n", b, 2), 0);
	assert_int_equal(b[1], 255);
	assert_int_equal(advisories_hex("00f", b, 2), -1);
	assert_int_equal(advisories_hex("00ff0", b, 2), -1);
	assert_int_equal(advisories_hex("0x12", b, 2), -1);
	assert_int_equal(advisories_hex("", b, 2), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_what_it_was),
		cmocka_unit_test(words_of_an_order_are_only_words),
		cmocka_unit_test(a_body_comes_back),
		cmocka_unit_test(a_body_that_lies_is_refused),
		cmocka_unit_test(a_report_out_of_bounds_is_malformed),
		cmocka_unit_test(advisories_have_a_form),
		cmocka_unit_test(advisories_need_their_signature),
		cmocka_unit_test(hex_is_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
