// SPDX-License-Identifier: Apache-2.0
/* publisher.conf: what is accepted, and what each mistake is answered with. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "rig.h"

static struct conf conf;
static struct err err;

static int setup(void **state)
{
	(void)state;
	rig_begin();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_end();
	return 0;
}

static int load(const char *text)
{
	rig_write(rig_path("publisher.conf"), text);
	return conf_load(&conf, rig_path("publisher.conf"), &err);
}

static void test_no_file_means_defaults(void **state)
{
	(void)state;
	assert_int_equal(conf_load(&conf, rig_path("none.conf"), &err), 0);
	assert_string_equal(conf.listen, "0.0.0.0:7443");
	assert_int_equal(conf.settle, 500);
	assert_int_equal(conf.release_days, 30);
	assert_int_equal(conf.beat, 10);
	assert_int_equal(conf.evidence_max, 1024ull << 20);
	assert_int_equal(conf.log_level, LOG_L_INFO);
}

static void test_everything_can_be_set(void **state)
{
	(void)state;
	assert_int_equal(load("# a comment\n"
			      "listen = \"[::]:443\"\n"
			      "address = \"pub.example:443\"\n"
			      "settle = 2000\nrescan = 60\nrelease-days = 7\nkeep-releases = 5\n"
			      "certificate-days = 90\nbeat = 3\nmax-connections = 10\n"
			      "keep-events = 30\nevidence-max = 10\nlog-level = \"debug\"\n"),
			 0);
	assert_string_equal(conf.listen, "[::]:443");
	assert_string_equal(conf.address, "pub.example:443");
	assert_int_equal(conf.settle, 2000);
	assert_int_equal(conf.keep_releases, 5);
	assert_int_equal(conf.evidence_max, 10ull << 20);
	assert_int_equal(conf.log_level, LOG_L_DEBUG);
	assert_int_equal(load("listen = \"\"\n"), 0);
	assert_string_equal(conf.listen, "");
}

static void test_mistakes_are_named_with_line_and_remedy(void **state)
{
	static const struct {
		const char *text, *where, *says;
	} cases[] = {
		{"beat = 10\nlisen = \"x\"\n", ".conf:2:", "no such option"},
		{"listen = \"7443\"\n", ".conf:1:", "ADDRESS:PORT"},
		{"address = \"nowhere\"\n", ".conf:1:", "HOST:PORT"},
		{"\n\nsettle = 1\n", ".conf:3:", "from 50 to 60000"},
		{"settle = 99999999\n", ".conf:1:", "from 50 to 60000"},
		{"beat = 0\n", ".conf:1:", "from 1 to 3600"},
		{"release-days = 401\n", ".conf:1:", "from 1 to 400"},
		{"certificate-days = 1000\n", ".conf:1:", "from 2 to 400"},
		{"keep-releases = 1\n", ".conf:1:", "from 2"},
		{"evidence-max = -1\n", ".conf:1:", "MiB"},
		{"beat = \"often\"\n", ".conf:1:", ""},
		/* libconfuse would count each comment as three lines. */
		{"# a\n\n// b\n/* c\nd */ # e\nbeat = 0 # f\n", ".conf:6:", "from 1 to 3600"},
		{"address = \"#\" # no comment\n", ".conf:1:", "address = \"#\""},
		{"log-level = a//b\n", ".conf:1:", "log-level = \"a//b\""},
		{"log-level = \"loud\"\n", ".conf:1:", "error, warning, info or debug"},
		{"listen = \"a\n", ".conf:", ""},
		{"beat 10\n", ".conf:1:", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (load(cases[i].text) == 0)
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(err.text, cases[i].where) || !strstr(err.text, cases[i].says))
			fail_msg("%s gave: %s", cases[i].text, err.text);
	}
}

/* Each option by name, with what it cannot be, on line 2 of the file. */
static void refused(const char *name, const char *line)
{
	char text[6000];

	snprintf(text, sizeof(text), "# a comment\n%s\n", line);
	if (load(text) == 0)
		fail_msg("accepted: %.80s", line);
	if (!strstr(err.text, "publisher.conf:2: ") || !strstr(err.text, name))
		fail_msg("%.80s gave: %s", line, err.text);
	if (!strstr(err.text, "give ") && !strstr(err.text, "see publisher.conf(5)"))
		fail_msg("%.80s: no remedy in: %s", line, err.text);
}

static void test_every_option_refuses_what_it_cannot_be(void **state)
{
	static const char *const numbers[] = {
		"settle", "rescan",	     "release-days", "keep-releases", "certificate-days",
		"beat",	  "max-connections", "keep-events",  "keep-metrics",  "evidence-max"};
	static const char *const not_numbers[] = {
		"often", "\"\"", "1.5", "-1", "0x", "1 2", "99999999999999999999", "9999999999"};
	static const struct {
		const char *name, *good;
	} texts[] = {{"listen", "127.0.0.1:1"},	 {"address", "a:1"},
		     {"metrics", "127.0.0.1:1"}, {"advisories-key", "/a"},
		     {"log-level", "info"},	 {"console", "127.0.0.1:1"},
		     {"console-www", "/a"},	 {"console-certificate", "/a"},
		     {"console-key", "/a"}};
	char line[5600], filler[5001];

	(void)state;
	memset(filler, 'a', 5000);
	filler[5000] = 0;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		for (size_t k = 0; k < sizeof(not_numbers) / sizeof(*not_numbers); k++) {
			snprintf(line, sizeof(line), "%s = %s", numbers[i], not_numbers[k]);
			refused(k == 5 ? "" : numbers[i], line);
		}
		snprintf(line, sizeof(line), "%s = 5 %s = 5", numbers[i], numbers[i]);
		if (strcmp(numbers[i], "settle")) /* 5 is too small for it: told first */
			refused("second time", line);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		snprintf(line, sizeof(line), "%s = \"no good\"", texts[i].name);
		refused(texts[i].name, line);
		snprintf(line, sizeof(line), "%s = \"/%s\"", texts[i].name, filler);
		refused("", line);
		snprintf(line, sizeof(line), "%s = {\"a\"", texts[i].name);
		refused("", line);
		snprintf(line, sizeof(line), "%s = \"%s\" %s = \"%s\"", texts[i].name,
			 texts[i].good, texts[i].name, texts[i].good);
		refused("second time", line);
	}
}

static void test_a_directory_is_no_configuration(void **state)
{
	(void)state;
	rig_mkdir(rig_path("dir.conf"));
	assert_int_equal(conf_load(&conf, rig_path("dir.conf"), &err), -1);
	assert_non_null(strstr(err.text, "dir.conf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_no_file_means_defaults),
		T(test_everything_can_be_set),
		T(test_mistakes_are_named_with_line_and_remedy),
		T(test_every_option_refuses_what_it_cannot_be),
		T(test_a_directory_is_no_configuration),
	};

	return cmocka_run_group_tests_name("publisher/conf", tests, NULL, NULL);
}
