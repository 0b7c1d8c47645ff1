// SPDX-License-Identifier: Apache-2.0
/* Two reports of one host: what became worse or better, since when; and what the keys role signs.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit.h"
#include "chan.h"
#include "init.h"
#include "keys.h"
#include "rig.h"
#include "roles.h"

static json_t *report(const char *criterion, const char *base, const char *verdict, bool waived)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:[{s:s, s:[{s:s, s:s, s:[{s:s, s:s, s:o}]}]}]}",
			 "schema", "webdefender-audit", "schema_version", 1, "criterion", criterion,
			 "time", "2026-11-22T00:00:00Z", "servers", "base", base, "results", "code",
			 "WT-01", "verdict", verdict, "findings", "verdict", verdict, "observed",
			 "seen", "waiver",
			 waived ? json_pack("{s:s}", "owner", "ops") : json_null());
}

struct heard {
	int worse, better;
};

static void on_change(void *arg, const char *base, const json_t *result, const char *was,
		      bool worse)
{
	struct heard *h = arg;

	(void)base;
	(void)result;
	(void)was;
	if (worse)
		h->worse++;
	else
		h->better++;
}

static void a_verdict_that_worsens_is_told(void **state)
{
	static const struct {
		const char *was, *is;
		bool was_waived, is_waived;
		int worse, better;
	} cases[] = {
		{"GOOD", "GOOD", false, false, 0, 0},
		{"GOOD", "VULNERABLE", false, false, 1, 0},
		{"VULNERABLE", "GOOD", false, false, 0, 1},
		{"N/A", "GOOD", false, false, 0, 0},
		{"GOOD", "MANUAL", false, false, 1, 0},
		{"MANUAL", "ERROR", false, false, 1, 0},
		{"VULNERABLE", "ERROR", false, false, 0, 1},
		{"GOOD", "VULNERABLE", false, true, 0, 0},
		{"VULNERABLE", "VULNERABLE", true, false, 1, 0},
		{"VULNERABLE", "VULNERABLE", false, true, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *was = report("baseline", "/a", cases[i].was, cases[i].was_waived);
		json_t *is = report("baseline", "/a", cases[i].is, cases[i].is_waived);
		struct heard h = {0, 0};

		audit_compare(NULL, was, "then", on_change, &h);
		assert_int_equal(h.worse + h.better, 0);
		audit_compare(was, is, "now", on_change, &h);
		if (h.worse != cases[i].worse || h.better != cases[i].better)
			fail_msg("%s -> %s: %d worse, %d better", cases[i].was, cases[i].is,
				 h.worse, h.better);
		json_decref(was);
		json_decref(is);
	}
}

static const char *since(json_t *r)
{
	const char *s = NULL;

	json_unpack(r, "{s:[{s:[{s:s}]}]}", "servers", "results", "since", &s);
	return s ? s : "";
}

static void since_is_when_it_became_so(void **state)
{
	json_t *a = report("baseline", "/a", "GOOD", false),
	       *b = report("baseline", "/a", "GOOD", false);
	json_t *c = report("baseline", "/a", "MANUAL", false);
	struct heard h = {0, 0};

	(void)state;
	audit_compare(NULL, a, "1", on_change, &h);
	audit_compare(a, b, "2", on_change, &h);
	audit_compare(b, c, "3", on_change, &h);
	assert_string_equal(since(a), "1");
	assert_string_equal(since(b), "1");
	assert_string_equal(since(c), "3");
	json_decref(a);
	json_decref(b);
	json_decref(c);
}

static void another_criterion_or_server_is_not_worse(void **state)
{
	json_t *a = report("baseline", "/a", "GOOD", false),
	       *b = report("guide", "/a", "VULNERABLE", false);
	json_t *c = report("guide", "/b", "VULNERABLE", false);
	struct heard h = {0, 0};

	(void)state;
	audit_compare(a, b, "2", on_change, &h);
	assert_int_equal(h.worse + h.better, 0);
	audit_compare(b, c, "3", on_change, &h);
	assert_int_equal(h.worse, 0);
	assert_int_equal(h.better, 1); /* /a is gone */
	json_decref(a);
	json_decref(b);
	json_decref(c);
}

static void reports_have_a_form(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"schema\": \"webdefender-audit\", \"schema_version\": 1, \"time\": \"t\"}",
		"{\"schema\": \"webdefender-audit\", \"schema_version\": 2, \"time\": \"t\","
		" \"servers\": []}",
		"{\"schema\": \"webdefender-audit\", \"schema_version\": 1, \"time\": \"t\","
		" \"servers\": [3]}",
		"{\"schema\": \"webdefender-audit\", \"schema_version\": 1, \"time\": \"t\","
		" \"servers\": [{\"base\": \"/a\", \"results\": [{\"code\": \"WT-01\","
		" \"verdict\": \"FINE\", \"findings\": []}]}]}",
		"{\"schema\": \"webdefender-audit\", \"schema_version\": 1, \"time\": \"t\","
		" \"servers\": [{\"base\": \"/a\", \"results\": [{\"code\": \"WT-01\","
		" \"verdict\": \"GOOD\", \"findings\": [1]}]}]}",
	};
	json_t *good = report("baseline", "/a", "GOOD", false);

	(void)state;
	assert_true(audit_report_ok(good));
	json_decref(good);
	assert_false(audit_report_ok(NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		json_t *j = json_loads(bad[i], 0, NULL);

		assert_non_null(j);
		if (audit_report_ok(j))
			fail_msg("%s", bad[i]);
		json_decref(j);
	}
}

/* ---- the keys role ---- */

static uint16_t sign(struct keys *k, const void *bytes, size_t n)
{
	struct buf q, out;
	uint16_t type;

	buf_init(&q, CHAN_PAYLOAD_MAX);
	buf_init(&out, CHAN_PAYLOAD_MAX);
	buf_put_u32(&q, 7);
	buf_put_blob(&q, bytes, n);
	type = keys_answer(k, KEYS_SIGN_ORDER, q.data, q.len, &out);
	buf_free(&q);
	buf_free(&out);
	return type;
}

static void keys_sign_only_orders_of_today(void **state)
{
	struct audit_order o = {.host = "web1", .request = 1, .issued = time(NULL)};
	struct keys keys;
	struct err err;
	struct buf b;

	(void)state;
	rig_begin();
	if (init_state(rig_path("state"), "test", "", &err) ||
	    keys_load(&keys, rig_path("state"), &err))
		fail_msg("%s", err.text);
	buf_init(&b, AUDIT_ORDER_MAX);
	audit_order_put(&b, &o);
	assert_int_equal(sign(&keys, b.data, b.len), KEYS_SIGNED);
	assert_int_equal(sign(&keys, b.data, b.len - 1), KEYS_REFUSED);
	assert_int_equal(sign(&keys, "WDR1", 4), KEYS_REFUSED);
	buf_reset(&b);
	o.issued -= 10 * 86400;
	audit_order_put(&b, &o);
	assert_int_equal(sign(&keys, b.data, b.len), KEYS_REFUSED);
	buf_free(&b);
	keys_free(&keys);
	rig_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verdict_that_worsens_is_told),
		cmocka_unit_test(since_is_when_it_became_so),
		cmocka_unit_test(another_criterion_or_server_is_not_worse),
		cmocka_unit_test(reports_have_a_form),
		cmocka_unit_test(keys_sign_only_orders_of_today),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
