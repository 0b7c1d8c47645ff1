// SPDX-License-Identifier: Apache-2.0
/*
 * Every form but the notifications' (test_notify.c): what is wrong is refused in words that name
 * the field, what was given and what to give, and nothing at all has changed. The real daemon by
 * its socket; the console's pages send the same requests.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

static const char *www;

static json_t *asked(const char *cmd)
{
	json_t *answer = peer_ctl(json_pack("{s:s}", "cmd", cmd));

	if (!answer)
		fail_msg("%s: %s", cmd, peer_error());
	return json_pack("{s:o, s:O}", "answer", answer, "rows", peer_rows());
}

/* All that forms can change, as one text. */
static char *everything(void)
{
	static const char *const looks[] = {"settings-show", "user-list",   "filter-list",
					    "host-list",     "notify-show", "audit-waivers"};
	json_t *all = json_object(), *sites = asked("site-list"), *s;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(looks) / sizeof(*looks); i++)
		json_object_set_new(all, looks[i], asked(looks[i]));
	/* A site is also being published meanwhile: only what a form sets of it. */
	json_array_foreach (json_object_get(sites, "rows"), i, s)
		json_object_set_new(all, json_string_value(json_object_get(s, "site")),
				    json_pack("[O, O, O]", json_object_get(s, "dir"),
					      json_object_get(s, "exclude"),
					      json_object_get(s, "filters")));
	json_decref(sites);
	text = json_dumps(all, JSON_SORT_KEYS | JSON_INDENT(1));
	json_decref(all);
	return text;
}

static void good(const char *request)
{
	json_t *answer = peer_ctl(json_loads(request, 0, NULL));

	if (!answer)
		fail_msg("%s: %s", request, peer_error());
	json_decref(answer);
}

static int setup(void **state)
{
	char text[512];

	(void)state;
	rig_begin();
	peer_daemon_start();
	www = rig_path("www");
	rig_write(rig_path("www/index.html"), "<h1>hello</h1>");
	rig_write(rig_path("file"), "");
	snprintf(
		text, sizeof(text),
		"{\"cmd\": \"site-add\", \"name\": \"www\", \"dir\": \"%s\", \"exclude\": [\"*.o\"]}",
		www);
	good(text);
	good("{\"cmd\": \"push\"}");
	good("{\"cmd\": \"filter-add\", \"site\": \"www\", \"pattern\": \"*.log\"}");
	good("{\"cmd\": \"user-add\", \"name\": \"ada\", \"role\": \"administrator\"}");
	good("{\"cmd\": \"user-add\", \"name\": \"bob\", \"role\": \"operator\", \"email\": \"b@x.org\"}");
	good("{\"cmd\": \"host-add\", \"name\": \"web1\", \"sites\": [\"www\"]}");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	peer_daemon_stop(SIGTERM);
	rig_end();
	return 0;
}

struct bad {
	const char *cmd, *rest; /* members behind "cmd"; ' for " */
	const char *field, *value, *remedy;
};

static json_t *request_of(const struct bad *b)
{
	char text[2048];
	json_error_t why;
	json_t *j;

	snprintf(text, sizeof(text), "{'cmd': '%s'%s%s}", b->cmd, *b->rest ? ", " : "", b->rest);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	j = json_loads(text, 0, &why);
	if (!j)
		fail_msg("%s: %s", text, why.text);
	return j;
}

static void refused(const struct bad *b)
{
	const char *const words[] = {b->field, b->value, b->remedy};
	char *before = everything(), *after;
	json_t *answer = peer_ctl(request_of(b));
	char error[1024];

	if (answer)
		fail_msg("%s %s was taken", b->cmd, b->rest);
	snprintf(error, sizeof(error), "%s", peer_error());
	for (size_t i = 0; i < 3; i++)
		if (!strstr(error, words[i]))
			fail_msg("%s %s: no \"%s\" in: %s", b->cmd, b->rest, words[i], error);
	after = everything();
	if (strcmp(before, after))
		fail_msg("%s %s: refused, and yet changed:\n%s\n%s", b->cmd, b->rest, before,
			 after);
	free(before);
	free(after);
}

static void all_refused(const struct bad *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		refused(&table[i]);
}

#define DAYS "give a number of days from 1 to 3650"

static void test_settings(void **state)
{
	static const struct bad table[] = {
		{"settings-set", "'keep_events_days': 0", "keep_events_days", "not 0", DAYS},
		{"settings-set", "'keep_log_days': 3651", "keep_log_days", "not 3651", DAYS},
		{"settings-set", "'keep_metrics_days': -5", "keep_metrics_days", "not -5", DAYS},
		{"settings-set", "'keep_log_days': '10'", "keep_log_days", "not \"10\"", DAYS},
		{"settings-set", "'keep_log_days': 1.5", "keep_log_days", "not 1.5", DAYS},
		{"settings-set", "'keep_log_days': null", "keep_log_days", "not null", DAYS},
		{"settings-set", "'evidence_max_mib': 99999999999", "evidence_max_mib",
		 "not 99999999999", "MiB from 1 to"},
		{"settings-set", "'session_minutes': 4", "session_minutes", "not 4", "5 to 1440"},
		{"settings-set", "'language': 'fr'", "language", "not \"fr\"", "one of en|zh|ko"},
		{"settings-set", "'language': 'en|zh'", "language", "en|zh\"", "one of en|zh|ko"},
		{"settings-set", "'language': ['en']", "language", "not [\"en\"]", "one of en"},
		{"settings-set", "'colour': 'red'", "colour", "no such setting",
		 "wdpub settings show"},
		{"settings-set", "'maintenance': {}", "maintenance", "no such",
		 "wdpub settings show"},
		/* all of it or nothing */
		{"settings-set", "'keep_log_days': 77, 'language': 'zh', 'session_minutes': 1",
		 "session_minutes", "not 1", "5 to 1440"},
	};

	(void)state;
	all_refused(table, sizeof(table) / sizeof(*table));
	good("{\"cmd\": \"settings-set\", \"keep_log_days\": 77, \"language\": \"zh\"}");
}

static void test_maintenance(void **state)
{
	static const struct bad table[] = {
		{"maintenance-set", "'reason': 'disks', 'minutes': 0", "minutes", "not 0",
		 "from 1 to 1440"},
		{"maintenance-set", "'reason': 'disks', 'minutes': 1441", "minutes", "not 1441",
		 "from 1 to 1440"},
		/* 2^32 + 1 is not 1 */
		{"maintenance-set", "'reason': 'disks', 'minutes': 4294967297", "minutes",
		 "not 4294967297", "from 1 to 1440"},
		{"maintenance-set", "'reason': 'disks', 'minutes': '5'", "minutes", "not text",
		 "give a number"},
		{"maintenance-set", "'reason': 'disks', 'minutes': 1.5", "minutes", "not a number",
		 "without a fraction"},
		{"maintenance-set", "'reason': ' ', 'minutes': 5", "reason", "not \" \"",
		 "say why"},
		{"maintenance-set", "'reason': 7, 'minutes': 5", "reason", "not a number",
		 "give text"},
		{"maintenance-set", "'minutes': 5", "reason", "missing", "missing"},
		{"maintenance-set", "'reason': 'disks'", "minutes", "missing", "missing"},
		{"maintenance-set", "'reason': 'disks', 'minutes': 5, 'until': 'noon'", "until",
		 "\"until\"", "but reason, minutes"},
		{"maintenance-end", "'reason': 'done'", "reason", "\"reason\"", "nothing"},
	};
	char rest[600] = "'minutes': 5, 'reason': '";
	const struct bad longer = {"maintenance-set", rest, "reason", "not \"xxx", "at most 200"};

	(void)state;
	all_refused(table, sizeof(table) / sizeof(*table));
	memset(rest + strlen(rest), 'x', 201);
	strcat(rest, "'");
	refused(&longer);
}

static void test_users(void **state)
{
#define ROLE "give administrator, operator or auditor"
#define MAIL "give NAME@DOMAIN"
#define PHONE "+ and 7 to 15 digits"
	static const struct bad table[] = {
		{"user-add", "'role': 'auditor'", "name", "missing", "missing"},
		{"user-add", "'name': 'eve'", "role", "missing", "missing"},
		{"user-add", "'name': '', 'role': 'auditor'", "name", "not \"\"", "small letters"},
		{"user-add", "'name': 'Eve', 'role': 'auditor'", "name", "not \"Eve\"",
		 "small letters"},
		{"user-add", "'name': 'a\\u001b[2J', 'role': 'auditor'", "name", "\\u001B[2J",
		 "small letters"},
		{"user-add", "'name': 'bob', 'role': 'auditor'", "user", "\"bob\"", "already"},
		{"user-add", "'name': 'eve', 'role': 'root'", "role", "not \"root\"", ROLE},
		{"user-add", "'name': 'eve', 'role': 7", "role", "not a number", "give text"},
		{"user-add", "'name': 'eve', 'role': 'auditor', 'email': 'eve'", "email",
		 "not \"eve\"", MAIL},
		{"user-add", "'name': 'eve', 'role': 'auditor', 'email': 'a@b, c@d'", "email",
		 "not \"a@b, c@d\"", MAIL},
		{"user-add", "'name': 'eve', 'role': 'auditor', 'phone': '0049'", "phone",
		 "not \"0049\"", PHONE},
		{"user-add", "'name': 'eve', 'role': 'auditor', 'language': 'fr'", "language",
		 "not \"fr\"", "give en, zh or ko"},
		{"user-add", "'name': 'eve', 'role': 'auditor', 'disabled': true", "disabled",
		 "\"disabled\"", "but name, role"},
		{"user-set", "'name': 'eve', 'role': 'auditor'", "user", "\"eve\"",
		 "wdpub user list"},
		{"user-set", "'name': 'bob', 'role': 'root'", "role", "not \"root\"", ROLE},
		{"user-set", "'name': 'bob', 'email': '@'", "email", "not \"@\"", MAIL},
		{"user-set", "'name': 'bob', 'phone': '+49 30'", "phone", "not \"+49 30\"", PHONE},
		{"user-set", "'name': 'bob', 'language': 'fr'", "language", "not \"fr\"",
		 "en, zh or ko"},
		{"user-set", "'name': 'bob', 'disabled': 'yes'", "disabled", "not text",
		 "give true or false"},
		/* all of it or nothing: what is right before what is wrong */
		{"user-set", "'name': 'bob', 'email': 'c@x.org', 'role': 'auditor', 'phone': '1'",
		 "phone", "not \"1\"", PHONE},
		{"user-set", "'name': 'ada', 'email': 'c@x.org', 'role': 'auditor'",
		 "administrator", "last", "make another one first"},
		{"user-set", "'name': 'ada', 'disabled': true", "administrator", "last",
		 "make another one first"},
		{"user-remove", "'name': 'ada'", "administrator", "last", "make another one first"},
		{"user-remove", "'name': 'eve'", "user", "\"eve\"", "wdpub user list"},
		{"user-reset", "'name': 'eve'", "user", "\"eve\"", "wdpub user list"},
		{"user-reset", "'name': 'bob', 'totp': 1", "totp", "not a number", "true or false"},
	};

	(void)state;
	all_refused(table, sizeof(table) / sizeof(*table));
}

static void test_sites_and_hosts(void **state)
{
	char missing[512], file[512];
	const struct bad here[] = {
		{"site-add", missing, "--dir", "/none", "No such file"},
		{"site-add", file, "--dir", "/file", "not a directory"},
	};
	static const struct bad table[] = {
		{"site-add", "'name': 'b'", "dir", "missing", "missing"},
		{"site-add", "'name': 'b', 'dir': ''", "--dir", "--dir", "absolute path"},
		{"site-add", "'name': 'b', 'dir': 'srv'", "--dir", "srv", "absolute path"},
		{"site-add", "'name': 'b', 'dir': '/'", "--dir", "/", "choose the directory"},
		{"site-add", "'name': '../b', 'dir': '/tmp'", "site", "\"../b\"", "use at most 63"},
		{"site-add", "'name': 'www', 'dir': '/tmp'", "site", "\"www\"", "already"},
		{"site-add", "'name': 'b', 'dir': '/tmp', 'exclude': '*.o'", "exclude", "not text",
		 "give a list"},
		{"site-add", "'name': 'b', 'dir': '/tmp', 'exclude': ['*.o', '']", "exclude",
		 "not \"\"", "give globs"},
		{"site-add", "'name': 'b', 'dir': '/tmp', 'exclude': ['*.o', 7]", "exclude",
		 "not numbers", "give globs"},
		{"site-set", "'name': 'b', 'filter': ['*.x']", "site", "\"b\"", "wdpub site list"},
		{"site-set", "'name': 'www', 'filter': '*.x'", "filter", "not text", "give a list"},
		{"site-remove", "'name': 'b'", "site", "\"b\"", "wdpub site list"},
		{"host-add", "'name': 'a b', 'sites': ['www']", "host", "\"a b\"",
		 "use at most 63"},
		{"host-add", "'name': 'web1', 'sites': ['www']", "host", "\"web1\"", "--again"},
		{"host-add", "'name': 'web2', 'sites': ['none']", "site", "\"none\"",
		 "wdpub site add"},
		{"host-add", "'name': 'web2', 'sites': 'www'", "sites", "not text", "give a list"},
		{"host-set", "'name': 'web1', 'sites': ['www', 'none']", "site", "\"none\"",
		 "wdpub site add"},
		{"host-set", "'name': 'web1', 'sites': 'www'", "sites", "not text", "give a list"},
		{"host-set", "'name': 'web1', 'connect': 'nowhere'", "nowhere", "nowhere", "PORT"},
		{"host-set", "'name': 'web9'", "host", "\"web9\"", "wdpub host list"},
		{"host-remove", "'name': 'web9'", "host", "\"web9\"", "wdpub host list"},
	};

	(void)state;
	snprintf(missing, sizeof(missing), "'name': 'b', 'dir': '%s'", rig_path("none"));
	snprintf(file, sizeof(file), "'name': 'b', 'dir': '%s'", rig_path("file"));
	all_refused(here, 2);
	all_refused(table, sizeof(table) / sizeof(*table));
}

static void test_filters(void **state)
{
	static const struct bad table[] = {
		{"filter-add", "'site': 'www'", "pattern", "missing", "missing"},
		{"filter-add", "'site': 'www', 'pattern': 7", "pattern", "not a number",
		 "give text"},
		{"filter-add", "'site': 'none', 'pattern': '*.x'", "site", "\"none\"",
		 "wdpub site list"},
		{"filter-add", "'site': 'www', 'pattern': ''", "pattern", "\"\"", "as *.log"},
		{"filter-add", "'site': 'www', 'pattern': '*'", "pattern", "\"*\"", "as *.log"},
		{"filter-add", "'site': 'www', 'pattern': '[ab].x'", "pattern", "\"[ab].x\"",
		 "cannot be used"},
		{"filter-add", "'site': 'www', 'pattern': '../x'", "pattern", "\"../x\"",
		 "no empty"},
		{"filter-add", "'site': 'www', 'pattern': '/up/'", "pattern", "\"/up/\"",
		 "as uploads/"},
		{"filter-add", "'site': 'www', 'pattern': '*.log'", "pattern", "\"*.log\"",
		 "already"},
		{"filter-remove", "'site': 'www', 'pattern': '*.x'", "pattern", "\"*.x\"",
		 "wdpub site list"},
		{"filter-preview", "'site': 'www', 'pattern': '*'", "pattern", "\"*\"", "as *.log"},
		/* all of it or nothing */
		{"site-set", "'name': 'www', 'filter': ['*.x', '*']", "filter", "\"*\"",
		 "as *.log"},
		{"site-set", "'name': 'www', 'filter': ['*.x'], 'unfilter': ['*.y']", "filter",
		 "\"*.y\"", "wdpub site list"},
		{"site-set", "'name': 'www', 'unfilter': ['*.log'], 'filter': ['*.x', 7]", "filter",
		 "filter", "give texts"},
	};

	(void)state;
	all_refused(table, sizeof(table) / sizeof(*table));
}

static void test_waivers(void **state)
{
#define WAIVER "'owner': 'ops', 'reason': 'old', 'expires': '2199-12-31'"
	static const struct bad table[] = {
		{"audit-waive", "'check': 'WT-4', " WAIVER, "check", "not \"WT-4\"", "WT-01 to"},
		{"audit-waive", "'check': 'WZ-04', " WAIVER, "check", "not \"WZ-04\"", "WT-01 to"},
		{"audit-waive", "'check': 'WT-04x', " WAIVER, "check", "not \"WT-04x\"",
		 "WT-01 to"},
		{"audit-waive", WAIVER, "check", "missing", "missing"},
		{"audit-waive", "'host': 'web9', 'check': 'WT-04', " WAIVER, "host", "\"web9\"",
		 "wdpub host list"},
		{"audit-waive",
		 "'check': 'WT-04', 'owner': '', 'reason': 'old', 'expires': '2199-12-31'", "owner",
		 "not \"\"", "say who"},
		{"audit-waive",
		 "'check': 'WT-04', 'owner': 'ops', 'reason': '  ', 'expires': '2199-12-31'",
		 "reason", "not \"  \"", "say why"},
		{"audit-waive",
		 "'check': 'WT-04', 'owner': 'ops', 'reason': 'old', 'expires': '31.12.2199'",
		 "expires", "not \"31.12.2199\"", "a day like 2027-01-31"},
		{"audit-waive",
		 "'check': 'WT-04', 'owner': 'ops', 'reason': 'old', 'expires': '2199-02-30'",
		 "expires", "not \"2199-02-30\"", "a day like 2027-01-31"},
		{"audit-waive",
		 "'check': 'WT-04', 'owner': 'ops', 'reason': 'old', 'expires': '2020-01-31'",
		 "expires", "2020-01-31 is over", "to come"},
	};
	char rest[700] = "'check': 'WT-04', " WAIVER ", 'object': '";
	const struct bad longer = {"audit-waive", rest, "object", "not \"xxx", "at most 512"};

	(void)state;
	all_refused(table, sizeof(table) / sizeof(*table));
	memset(rest + strlen(rest), 'x', 513);
	strcat(rest, "'");
	refused(&longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings), cmocka_unit_test(test_maintenance),
		cmocka_unit_test(test_users),	 cmocka_unit_test(test_sites_and_hosts),
		cmocka_unit_test(test_filters),	 cmocka_unit_test(test_waivers),
	};

	return cmocka_run_group_tests_name("publisher/forms", tests, setup, teardown);
}
