// SPDX-License-Identifier: Apache-2.0
/* The small judges: lists of addresses, passwords, properties, versions, catalogues. */
#include "unit.h"
#include "advisory.h"
#include "guard.h"
#include "lang.h"
#include "password.h"
#include "props.h"
#include "words.h"

#define VALVES "org.apache.catalina.valves."

static void guards(void **state)
{
	static const struct {
		const char *class, *allow, *deny;
		enum guard want;
	} cases[] = {
		{VALVES "RemoteCIDRValve", "127.0.0.0/8,::1/128", NULL, GUARD_SHUT},
		{VALVES "RemoteCIDRValve", "10.0.0.0/8 192.168.1.7", NULL, GUARD_SHUT},
		{VALVES "RemoteCIDRValve", "0.0.0.0/0", NULL, GUARD_OPEN},
		{VALVES "RemoteCIDRValve", "0.0.0.0/1,128.0.0.0/1", NULL, GUARD_OPEN},
		{VALVES "RemoteCIDRValve", "::/0", NULL, GUARD_OPEN},
		{VALVES "RemoteCIDRValve", "10.0.0.0/33", NULL, GUARD_UNSURE},
		{VALVES "RemoteCIDRValve", "10.0.0", NULL, GUARD_UNSURE},
		{VALVES "RemoteCIDRValve", "", "10.0.0.0/8", GUARD_OPEN},
		{VALVES "RemoteAddrValve", "127\\.\\d+\\.\\d+\\.\\d+|::1", NULL, GUARD_SHUT},
		{VALVES "RemoteAddrValve", "192.168.3.*", NULL, GUARD_SHUT},
		{VALVES "RemoteAddrValve", ".*", NULL, GUARD_OPEN},
		{VALVES "RemoteAddrValve", "[^x]+", NULL, GUARD_OPEN},
		{VALVES "RemoteAddrValve", "(", NULL, GUARD_UNSURE},
		{VALVES "RemoteHostValve", ".*\\.corp\\.example", NULL, GUARD_SHUT},
		{VALVES "RemoteHostValve", ".*", NULL, GUARD_OPEN},
		{VALVES "RemoteIpValve", NULL, NULL, GUARD_NONE},
		{VALVES "AccessLogValve", ".*", NULL, GUARD_NONE},
		{"org.apache.catalina.filters.RemoteCIDRFilter", "10.0.0.0/8", NULL, GUARD_SHUT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pool *p = pool_new();
		struct guard_view v = {0};

		guard_judge(p, cases[i].class, cases[i].allow, cases[i].deny, &v);
		if (v.guard != cases[i].want)
			fail_msg("%s \"%s\": %d", cases[i].class, cases[i].allow, v.guard);
		pool_free(p);
	}
	assert_int_equal(cidr_match("10.0.0.0/9", "10.127.255.255"), 1);
	assert_int_equal(cidr_match("10.0.0.0/9", "10.128.0.0"), 0);
	assert_int_equal(cidr_match("2001:db8::/33", "2001:db8:7fff::1"), 1);
	assert_int_equal(cidr_match("2001:db8::/33", "2001:db8:8000::1"), 0);
}

static void passwords(void **state)
{
	struct pool *p = pool_new();
	struct list weak = {0};
	struct err err;
	char *stored;

	(void)state;
	words_passwords(p, &weak);
	assert_null(password_weakness("Zebra17-Kestrel", "keeper", &weak, true));
	assert_null(password_weakness("ab1!cd2?", "keeper", &weak, true));
	assert_null(password_weakness("zebrakestrel17", "x9", &weak, true));
	assert_non_null(password_weakness("ab1!cd2", "keeper", &weak, false));	    /* 7 of three */
	assert_non_null(password_weakness("zebrakest", "keeper", &weak, false));    /* 9 of one */
	assert_non_null(password_weakness("zebrakestrel", "keeper", &weak, false)); /* one class */
	assert_non_null(password_weakness("", "keeper", &weak, false));
	assert_null(password_weakness("P@ssw0rd", "x9", &weak, false));
	assert_non_null(password_weakness("P@ssw0rd", "x9", &weak, true));
	assert_non_null(password_weakness("Keeper-17-x", "keeper", &weak, true));
	assert_non_null(password_weakness("Zebra-1234-x", "keeper", &weak, true));
	/* As Tomcat's digest.sh makes it: salt, rounds, and a bare one. */
	assert_int_equal(
		password_matches("2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
				 "SHA-256", "secret"),
		1);
	assert_int_equal(password_matches("nonsense", "SHA-256", "secret"), -1);
	assert_int_equal(password_matches("00$1$00", "Whirlpool", "secret"), -1);
	stored = password_hash(p, "Zebra17-Kestrel", &err);
	assert_int_equal(password_matches(stored, PASSWORD_ALGORITHM, "Zebra17-Kestrel"), 1);
	assert_int_equal(password_matches(stored, PASSWORD_ALGORITHM, "zebra17-Kestrel"), 0);
	for (int i = 0; i < 100; i++)
		assert_null(password_weakness(password_generate(p, &err), "keeper", &weak, true));
	pool_free(p);
}

static void properties(void **state)
{
	struct pool *p = pool_new();
	struct props props = {0};
	const char *out;

	(void)state;
	props_parse(
		p, &props,
		"# c\n! c\n a = b \nc:d\ne f\ng\\ h=\\u0041\\tx\nlong = one, \\\n   two\nempty=\n");
	assert_string_equal(props_get(&props, "a"), "b ");
	assert_string_equal(props_get(&props, "c"), "d");
	assert_string_equal(props_get(&props, "e"), "f");
	assert_string_equal(props_get(&props, "g h"), "A\tx");
	assert_string_equal(props_get(&props, "long"), "one, two");
	assert_string_equal(props_get(&props, "empty"), "");
	assert_true(props_expand(p, &props, "x${c}y${none:-z}", &out));
	assert_string_equal(out, "xdyz");
	assert_false(props_expand(p, &props, "${none}/a", &out));
	assert_string_equal(out, "${none}/a");
	pool_free(p);
}

static void versions(void **state)
{
	(void)state;
	assert_true(version_compare("10.1.9", "10.1.10") < 0);
	assert_true(version_compare("10.1.34.0", "10.1.34") == 0);
	assert_true(version_compare("10.1.0-M5", "10.1.0") < 0);
	assert_true(version_compare("9.0.100", "9.0.99") > 0);
	assert_non_null(branch_ended("8.5"));
	assert_non_null(branch_ended("6.0"));
	assert_null(branch_ended("10.1"));
	assert_int_equal(day_number("1970-01-02"), 1);
	assert_int_equal(day_number("1970-01-02x"), -1);
}

/* A translation is filled in like its original: the same conversions in the same order. */
static const char *conversions(struct pool *p, const char *s)
{
	const char *out = "";

	for (; (s = strchr(s, '%')); s++) {
		size_t n = strspn(s + 1, "0123456789.*lz#-") + 2;

		out = pool_printf(p, "%s%.*s ", out, (int)n, s);
		s += n - 1;
	}
	return out;
}

static void catalogue(void **state)
{
	struct pool *p = pool_new();
	const struct lang_entry *e;
	int n;

	(void)state;
	e = lang_entries(&n);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		assert_string_equal(conversions(p, e[i].en), conversions(p, e[i].ko));
		assert_string_equal(conversions(p, e[i].en), conversions(p, e[i].zh));
	}
	pool_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guards),     cmocka_unit_test(passwords),
		cmocka_unit_test(properties), cmocka_unit_test(versions),
		cmocka_unit_test(catalogue),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
