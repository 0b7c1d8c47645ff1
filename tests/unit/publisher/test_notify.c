// SPDX-License-Identifier: Apache-2.0
/* Who is told what and when: settings field by field, quiet hours, retries, texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notifier.h"
#include "notify_way.h"
#include "rig.h"

#define HOUR (3600 * SECOND)

static json_t *doc, *secrets;

static int setup(void **state)
{
	(void)state;
	doc = notify_defaults();
	secrets = json_object();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(doc);
	json_decref(secrets);
	return 0;
}

/* The change is refused in words that begin with the field, and nothing has changed. */
static void refused(const char *field, json_t *change)
{
	json_t *before = json_deep_copy(doc), *kept = json_deep_copy(secrets);
	struct err err = {""};
	json_t *fresh = notify_apply(doc, secrets, change, &err);

	if (fresh)
		fail_msg("%s was taken: %s", field, json_dumps(change, 0));
	if (strncmp(err.text, field, strlen(field)) || !strchr(err.text, ':'))
		fail_msg("%s: the error says \"%s\"", field, err.text);
	assert_true(json_equal(before, doc) && json_equal(kept, secrets));
	json_decref(before);
	json_decref(kept);
	json_decref(change);
}

static json_t *one(const char *part, const char *name, json_t *value)
{
	return *part ? json_pack("{s:{s:o}}", part, name, value) : json_pack("{s:o}", name, value);
}

static json_t *long_text(size_t n, const char *begin)
{
	char *text = malloc(n + 1);
	json_t *j;

	memset(text, 'a', n);
	memcpy(text, begin, strlen(begin));
	text[n] = 0;
	j = json_string(text);
	free(text);
	return j;
}

/* What no field may be. The names come from the document, so that a new field is tested too. */
static void hostile(const char *part, const char *name)
{
	char field[64];

	snprintf(field, sizeof(field), "%s%s%s", part, *part ? "." : "", name);
	refused(field, one(part, name, json_null()));
	if (*part) /* an object in its place would be a part */
		refused(field, one(part, name, json_pack("{s:i}", "x", 1)));
	refused(field, one(part, name, json_pack("[[i]]", 1)));
	refused(field, one(part, name, json_pack("[i]", 1)));
	refused(field, one(part, name, json_string("a\nb")));
	refused(field, one(part, name, json_string("\x1b[31m")));
	refused(field, one(part, name, json_stringn_nocheck("a\0b", 3)));
	refused(field, one(part, name, long_text(100000, "https://")));
}

static void test_every_field_refuses_what_it_cannot_be(void **state)
{
	static const char *const secret[][2] = {{"mail", "password"}, {"webhook", "key"}};
	const char *part, *name;
	json_t *p, *v;
	int n = 0;

	(void)state;
	json_object_foreach (doc, part, p) {
		if (!strcmp(part, "kinds"))
			continue;
		if (!json_is_object(p)) {
			hostile("", part);
			n++;
			continue;
		}
		json_object_foreach (p, name, v) {
			hostile(part, name);
			n++;
		}
	}
	for (size_t i = 0; i < 2; i++)
		hostile(secret[i][0], secret[i][1]);
	assert_true(n > 25);
}

static void test_ranges_and_forms(void **state)
{
	static const struct {
		const char *part, *name, *value;
		bool good;
	} table[] = {
		{"mail", "port", "0", false},
		{"mail", "port", "65536", false},
		{"mail", "port", "25.5", false},
		{"mail", "port", "nan", false},
		{"mail", "port", "", false},
		{"mail", "port", "465", true},
		{"mail", "server", "mx.example.org", true},
		{"mail", "server", "::1", true},
		{"mail", "server", "mx/..", false},
		{"mail", "server", "mx example", false},
		{"mail", "security", "", false},
		{"mail", "security", "star", false},
		{"mail", "security", "tls", true},
		{"mail", "from", "a@b", true},
		{"mail", "from", "a@b@c", false},
		{"mail", "from", "<a@b>", false},
		{"mail", "from", "a", false},
		{"mail", "to", "a@b,c", false},
		{"mail", "to", "a@b, c@d", true},
		{"mail", "ca", "no certificate", false},
		{"webhook", "url", "http://a", false},
		{"webhook", "url", "https://", false},
		{"webhook", "url", "https://u:p@a/", false},
		{"webhook", "url", "https://a/b", true},
		{"webhook", "key", "fifteen letters", false},
		{"webhook", "key", "sixteen letters!", true},
		{"syslog", "target", "host", false},
		{"syslog", "target", "host:0", false},
		{"syslog", "target", "host:514", true},
		{"syslog", "target", "[::1]:514", true},
		{"quiet", "from", "24:00", false},
		{"quiet", "from", "9:00", false},
		{"quiet", "from", "09:60", false},
		{"quiet", "from", "09:59", true},
		{"escalate", "minutes", "-1", false},
		{"escalate", "minutes", "10081", false},
		{"escalate", "minutes", "0.5", true},
		{"sms", "host", "a/b", false},
		{"sms", "host", "", true},
		{"sms", "host", "web1", true},
		{"", "burst", "0", false},
		{"", "burst", "1000", true},
		{"", "retry_seconds", "3601", false},
		{"", "sustained_seconds", "86401", false},
		{"", "tell_cleared", "perhaps", false},
		{"", "tell_cleared", "no", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		json_t *change = one(table[i].part, table[i].name, json_string(table[i].value)),
		       *fresh;
		char field[64];
		struct err err;

		snprintf(field, sizeof(field), "%s%s%s", table[i].part, *table[i].part ? "." : "",
			 table[i].name);
		if (!table[i].good) {
			refused(field, change);
			continue;
		}
		fresh = notify_apply(doc, secrets, change, &err);
		if (!fresh)
			fail_msg("%s = %s: %s", field, table[i].value, err.text);
		json_decref(fresh);
		json_decref(change);
	}
}

static void test_unknown_names(void **state)
{
	(void)state;
	refused("mail.sever", json_pack("{s:{s:s}}", "mail", "sever", "x"));
	refused("nonsense.x", json_pack("{s:{s:s}}", "nonsense", "x", "y"));
	refused("brust", json_pack("{s:i}", "brust", 1));
	refused("kinds", json_pack("{s:i}", "kinds", 1));
	refused("kinds", json_pack("{s:[{s:s}]}", "kinds", "kind", "no-such"));
	refused("kinds", json_pack("{s:[i]}", "kinds", 1));
	refused("kinds.tampering.fax",
		json_pack("{s:[{s:s, s:b}]}", "kinds", "kind", "tampering", "fax", 1));
	refused("kinds.tampering.mail",
		json_pack("{s:[{s:s, s:s}]}", "kinds", "kind", "tampering", "mail", "maybe"));
	refused("kinds.tampering.severity",
		json_pack("{s:[{s:s, s:s}]}", "kinds", "kind", "tampering", "severity", "grave"));
	refused("kinds.tampering.limit",
		json_pack("{s:[{s:s, s:i}]}", "kinds", "kind", "tampering", "limit", 3));
	refused("kinds.cpu-high.limit",
		json_pack("{s:[{s:s, s:i}]}", "kinds", "kind", "cpu-high", "limit", 101));
	refused("kinds.clock-wrong.limit",
		json_pack("{s:[{s:s, s:i}]}", "kinds", "kind", "clock-wrong", "limit", 4));
}

/* One field is wrong: the others, good as they are, are not kept either. */
static void test_all_or_nothing(void **state)
{
	(void)state;
	refused("mail.port", json_pack("{s:{s:s, s:i}, s:i}", "mail", "server", "mx.test", "port",
				       70000, "burst", 7));
	refused("mail.server", json_pack("{s:{s:b}}", "mail", "enabled", 1));
	refused("webhook.url", json_pack("{s:{s:b}}", "webhook", "enabled", 1));
	refused("syslog.target", json_pack("{s:{s:b}}", "syslog", "enabled", 1));
}

/* ---- when ---- */

static void test_quiet_hours(void **state)
{
	/* 1970-01-01 UTC, hours of the day; midnight lies between 22:00 and 07:00. */
	static const struct {
		int from, to;
		double now, due;
		enum alarm_kind kind;
		enum alarm_severity severity;
	} table[] = {
		{22, 7, 21.5, 21.5, ALARM_CPU_HIGH, SEVERITY_WARNING},
		{22, 7, 22, 31, ALARM_CPU_HIGH, SEVERITY_WARNING},
		{22, 7, 23.75, 31, ALARM_CPU_HIGH, SEVERITY_WARNING},
		{22, 7, 24, 31, ALARM_CPU_HIGH, SEVERITY_WARNING},
		{22, 7, 30.9, 31, ALARM_CPU_HIGH, SEVERITY_INFO},
		{22, 7, 31, 31, ALARM_CPU_HIGH, SEVERITY_WARNING},
		{22, 7, 23, 23, ALARM_TAMPERING, SEVERITY_CRITICAL},
		{22, 7, 23, 23, ALARM_TEST, SEVERITY_INFO},
		{9, 17, 8, 8, ALARM_CPU_HIGH, SEVERITY_WARNING},
		{9, 17, 12, 17, ALARM_CPU_HIGH, SEVERITY_WARNING},
		{9, 17, 17, 17, ALARM_CPU_HIGH, SEVERITY_WARNING},
		{9, 9, 9, 9, ALARM_CPU_HIGH, SEVERITY_WARNING},
	};

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct notify_conf c = {.quiet = true,
					.critical_breaks = true,
					.quiet_from = 60 * table[i].from,
					.quiet_to = 60 * table[i].to};
		int64_t now = table[i].now * HOUR, due = table[i].due * HOUR;

		assert_int_equal(notify_due(&c, table[i].kind, table[i].severity, now), due);
		c.critical_breaks = false;
		if (table[i].kind == ALARM_TAMPERING)
			assert_int_equal(notify_due(&c, table[i].kind, table[i].severity, now),
					 31 * HOUR);
		c.quiet = false;
		assert_int_equal(notify_due(&c, table[i].kind, table[i].severity, now), now);
	}
}

/* Three times as long each time, up to an hour, however often. */
static void test_retries_back_off(void **state)
{
	static const int64_t seconds[] = {5, 15, 45, 135, 405, 1215, 3600, 3600};
	struct notify_conf c = {.retry = 5};

	(void)state;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++)
		assert_int_equal(notify_retry_after(&c, i + 1), seconds[i] * SECOND);
	assert_int_equal(notify_retry_after(&c, 100000), 3600 * SECOND);
}

/* ---- texts ---- */

static void test_an_sms_has_36_characters(void **state)
{
	static const struct {
		const char *reason, *kind, *host, *subject, *text;
	} table[] = {
		{"open", "agent-silent", "web1", "", "#12 agent-silent web1"},
		{"escalate", "backup-sync", "", "www", "STILL #12 backup-sync publisher/www"},
		{"clear", "agent-silent", "web1", "", "over #12 agent-silent web1"},
		{"more", "tampering", "web1", "www", "more #12 tampering web1/www"},
		{"digest", "agent-silent", "", "", "many #12 agent-silent publisher"},
		{"test", "test", "", "", "of the publisher demo"},
		{"open", "certificate-expiring", "a-rather-long.example.org", "x",
		 "#12 certificate-expiring a-rather-lo"},
		{"open", "tampering", "web1", "w\xc3\xb6\n", "#12 tampering web1/w???"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		json_t *m = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "id", 12, "reason",
				      table[i].reason, "kind", table[i].kind, "host", table[i].host,
				      "subject", table[i].subject, "publisher", "demo");
		char *text = text_short(m, 36);

		assert_string_equal(text, table[i].text);
		free(text);
		json_decref(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_every_field_refuses_what_it_cannot_be),
		T(test_ranges_and_forms),
		T(test_unknown_names),
		T(test_all_or_nothing),
		T(test_quiet_hours),
		T(test_retries_back_off),
		T(test_an_sms_has_36_characters),
	};

	return cmocka_run_group_tests_name("publisher/notify", tests, NULL, NULL);
}
