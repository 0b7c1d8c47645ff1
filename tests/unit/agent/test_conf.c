// SPDX-License-Identifier: Apache-2.0
/* What the administrator writes, and what travelled by hand: every mistake has its sentence. */
#include "enrol.h"
#include "pki.h"
#include "rig.h"
#include "sysdir.h"

struct mistake {
	const char *text;
	const char *says; /* in the error; NULL: there is none */
};

#define SITE "site \"www\" { dir = \"/srv/www\" }\n"

static const struct mistake mistakes[] = {
	{"", NULL},
	{"publisher { connect = \"pub.example:7443\" }\n" SITE, NULL},
	{"publisher { listen = \"[::1]:7443\" }\n" SITE, NULL},
	{"site \"www\" { dir = \"/srv/www\" mode = audit owner = \"root\" group = \"root\" }\n",
	 NULL},
	{SITE "site \"b\" { dir = \"/srv/www2\" }\n", NULL},
	{"evidence { max-size = 2G }\nverify-every = 600\nlog-level = debug\n", NULL},
	{"publisher { connect = \"pub\" }\n", ":1: publisher: \"pub\" is not HOST:PORT"},
	{"publisher { connect = \"a:1\" listen = \"b:1\" }\n", "not both"},
	{"publisher { }\n", "either connect or listen"},
	{"\n\npublisher { conect = \"a:1\" }\n", ":3: no such option 'conect'"},
	{"sight \"www\" { }\n", "no such option"},
	{"site \"www\" { dir = \"/srv/www\" \n", "a section is not closed"},
	{"site \"../x\" { dir = \"/srv/www\" }\n", "no name for a site"},
	{"site \"www\" { }\n", "dir is missing"},
	{"site \"www\" { dir = \"srv/www\" }\n", "must be absolute"},
	{"site \"www\" { dir = \"/srv/../etc\" }\n", "must be absolute"},
	{"site \"www\" { dir = \"/srv//www\" }\n", "must be absolute"},
	{"site \"www\" { dir = \"/srv/www/\" }\n", "must be absolute"},
	{"site \"www\" { dir = \"/\" }\n", "system's own"},
	{"site \"www\" { dir = \"/etc/nginx\" }\n", "system's own"},
	{"site \"www\" { dir = \"/usr\" }\n", "system's own"},
	{"site \"www\" { dir = \"/var/lib/webdefender/vault\" }\n", "system's own"},
	{"site \"www\" { dir = \"/srv/www\" mode = on }\n", "none of off, audit, enforce"},
	{"site \"www\" { dir = \"/srv/www\" owner = \"no-such-user\" }\n",
	 "no user \"no-such-user\""},
	{"site \"www\" { dir = \"/srv/www\" group = \"no-such-group\" }\n", "no group"},
	{SITE SITE, "'www'"},
	{SITE "site \"b\" { dir = \"/srv/www/b\" }\n",
	 ":2: site \"b\": dir /srv/www/b overlaps site \"www\""},
	{SITE "site \"b\" { dir = \"/srv/www\" }\n", "overlaps"},
	{"evidence { max-size = lots }\n", "is not a size"},
	{"evidence { max-size = 10 }\n", "is not a size of 1M or more"},
	{"evidence { max-size = 99999999999999999999T }\n", "is not a size"},
	{"verify-every = -1\n", "verify-every"},
	{"verify-every = often\n", ":1:"},
	{"hass { port = /dev/ttyS1 }\n", NULL},
	{"hass { port = \"/dev/ttyUSB0\"\nspeed = 115200\npublisher-away = 5 }\n", NULL},
	{"hass { port = ttyS1 }\n", "absolute path"},
	{"hass { port = /dev/ttyS1\nspeed = 38401 }\n", "speed"},
	{"hass { port = /dev/ttyS1\npublisher-away = 0 }\n", "1..86400"},
	{"hass { tty = /dev/ttyS1 }\n", "tty"},
	{"audit { interval = 12h\nsettle = 1m\ncriterion = guide }\n", NULL},
	{"audit { interval = 0 }\n", NULL},
	{"audit { interval = 5s }\n", "10s to 366d"},
	{"audit { interval = 367d }\n", "10s to 366d"},
	{"audit { interval = daily }\n", "10s to 366d"},
	{"audit { interval = 99999999999999999999d }\n", "10s to 366d"},
	{"audit { interval = 1dd }\n", "10s to 366d"},
	{"audit { settle = 0 }\n", "1s to 1h"},
	{"audit { criterion = strict }\n", "none of baseline, guide"},
	{"publisher { connect = \"a:1\"\nconnect = \"b:1\" }\n", ":2: connect is set a second"},
	{"publisher { listen = \"a:1\"\nlisten = \"b:1\" }\n", ":2: listen is set a second"},
	{"site \"www\" { dir = \"/srv/www\"\ndir = \"/srv/x\" }\n", ":2: dir is set a second"},
	{"site \"www\" { dir = \"/srv/www\"\nmode = audit\nmode = off }\n",
	 ":3: mode is set a second"},
	{"site \"www\" { dir = \"/srv/www\" owner = root owner = root }\n",
	 "owner is set a second"},
	{"site \"www\" { dir = \"/srv/www\" group = root group = root }\n",
	 "group is set a second"},
	{"site \"a\" { dir = \"/srv/a\" }\nsite \"b\" { dir = \"/srv/b\" }\n", NULL},
	{"evidence { max-size = 2G\nmax-size = 3G }\n", ":2: max-size is set a second"},
	{"hass { port = /dev/a\nport = /dev/b }\n", ":2: port is set a second"},
	{"hass { speed = 38400 speed = 38400 }\n", "speed is set a second"},
	{"hass { speed = fast }\n", "'speed'"},
	{"hass { publisher-away = 5 publisher-away = 5 }\n", "publisher-away is set a second"},
	{"hass { publisher-away = soon }\n", "'publisher-away'"},
	{"audit { interval = 1d interval = 1d }\n", "interval is set a second"},
	{"audit { settle = 1m settle = 1m }\n", "settle is set a second"},
	{"audit { criterion = guide criterion = guide }\n", "criterion is set a second"},
	{"verify-every = 60\nverify-every = 61\n", ":2: verify-every is set a second"},
	{"metrics = \"\"\nmetrics = \"\"\n", ":2: metrics is set a second"},
	{"metrics = nowhere\n", "metrics = \"nowhere\": give ADDRESS:PORT"},
	{"log-level = info\nlog-level = info\n", ":2: log-level is set a second"},
	{"seal = off\nseal = auto\n", ":2: seal is set a second"},
	{"seal = perhaps\n", "none of off, manual, auto"},
	{"# a\n\n// b\n/* c\nd */ # e\npublisher { } # f\n", ":6: publisher: give either connect"},
	{"# a\nevidence {\n# b\nmax-size = 1 }\n", "is not a size of 1M or more"},
	{"hass { port = /dev/x//y }\n", NULL},
	{"", NULL},
	{"# nothing\n", NULL},
	{"log-level = loud\n", "none of error, warning, info, debug"},
};

static void every_mistake_is_named(void **state)
{
	char dir[] = "/tmp/wd-conf-XXXXXX", file[64];
	static struct conf c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/agent.conf", dir);
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		const struct mistake *m = &mistakes[i];
		struct err err = {""};
		FILE *f = fopen(file, "w");
		int rc;

		fputs(m->text, f);
		fclose(f);
		rc = conf_load(file, &c, &err);
		if (!m->says && rc)
			fail_msg("%s: refused: %s", m->text, err.text);
		if (m->says &&
		    (!rc || !strstr(err.text, m->says) || strncmp(err.text, file, strlen(file))))
			fail_msg("%s: \"%s\" does not say \"%s\"", m->text,
				 rc ? err.text : "accepted", m->says);
	}
	unlink(file);
	rmdir(dir);
}

static void a_missing_file_is_named(void **state)
{
	static struct conf c;
	struct err err = {""};

	(void)state;
	assert_int_equal(conf_load("/nonexistent/agent.conf", &c, &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent/agent.conf"));
}

static void directories_of_the_system_are_known(void **state)
{
	static const struct {
		const char *dir;
		int rc;
	} dirs[] = {{"/", -1},		{"/usr", -1},	    {"/usr/lib/x", -1},
		    {"/usrlocal", 0},	{"/etc", -1},	    {"/var", -1},
		    {"/var/www", 0},	{"/var/log/x", -1}, {"/home", -1},
		    {"/home/u/www", 0}, {"/tmp", -1},	    {"/tmp/x", 0},
		    {"/srv", -1},	{"/srv/www", 0},    {"/root", -1},
		    {"/lib64", -1},	{"/proc/1", -1},    {"/usr/share/nginx/html", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (sysdir_check(dirs[i].dir, NULL) != dirs[i].rc)
			fail_msg("%s", dirs[i].dir);
}

/* ---- bundles ---- */

static json_t *good_bundle(void)
{
	struct err err = {""};
	char *ca_key = pki_key(&err), *ca = pki_ca(ca_key, "test", 10, &err), *key = pki_key(&err),
	     *csr = pki_request(key, "webdefender:host:web1", &err),
	     *cert = pki_issue(ca_key, ca, csr, "webdefender:host:web1", 5, &err);
	json_t *j;

	assert_non_null(cert);
	j = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:[s]}", "webdefender-enrolment", 1,
		      "host", "web1", "ca", ca, "cert", cert, "key", key, "release_key",
		      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		      "publisher", "127.0.0.1:7443", "expires", (json_int_t)time(NULL) + 1000,
		      "sites", "www");
	free(ca_key);
	free(ca);
	free(key);
	free(csr);
	free(cert);
	return j;
}

static int parse(const json_t *j, struct err *err)
{
	static struct enrolment e;
	char *text = json_dumps(j, JSON_ENCODE_ANY);
	int rc = enrol_parse(text, strlen(text), &e, err);

	enrol_free(&e);
	free(text);
	return rc;
}

static void bad_bundles_are_refused(void **state)
{
	static const struct {
		const char *key, *value; /* JSON; NULL: the key is missing */
		const char *says;
	} cases[] = {
		{"webdefender-enrolment", NULL, "no enrolment bundle"},
		{"webdefender-enrolment", "2", "no enrolment bundle"},
		{"webdefender-enrolment", "\"1\"", "no enrolment bundle"},
		{"host", NULL, "host"},
		{"host", "\"\"", "host"},
		{"host", "\"../../etc\"", "host"},
		{"host", "\"a b\"", "host"},
		{"host", "\"-x\"", "host"},
		{"host", "\"web1\\u0000x\"", "JSON"},
		{"host", "[]", "host"},
		{"ca", NULL, "PEM"},
		{"ca", "\"not pem\"", "PEM"},
		{"cert", "\"-----BEGIN CERTIFICATE-----\\ngarbage\\n-----END CERTIFICATE-----\\n\"",
		 ""},
		{"key", "\"-----BEGIN CERTIFICATE-----\\n\"", "PEM"},
		{"key", "7", "PEM"},
		{"release_key", "\"0011\"", "release_key"},
		{"release_key",
		 "\"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"",
		 "release_key"},
		{"publisher", NULL, "publisher"},
		{"publisher", "\"nowhere\"", "publisher"},
		{"publisher", "\"a:1\\nsite\"", ""},
		{"expires", NULL, "expires"},
		{"expires", "1", "expired"},
		{"expires", "\"never\"", "expires"},
		{"sites", NULL, "sites"},
		{"sites", "\"www\"", "sites"},
		{"sites", "[\"../www\"]", "sites"},
		{"sites", "[1]", "sites"},
	};
	struct err err = {""};
	json_t *good = good_bundle();

	(void)state;
	assert_int_equal(parse(good, &err), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *j = json_copy(good);
		char *text, *at;
		static struct enrolment e;

		err.text[0] = '\0';
		json_object_del(j, cases[i].key);
		text = json_dumps(j, 0);
		if (cases[i].value) { /* as text: jansson itself would refuse to make some of them
				       */
			at = strrchr(text, '}');
			assert_int_not_equal(asprintf(&at, "%.*s, \"%s\": %s}", (int)(at - text),
						      text, cases[i].key, cases[i].value),
					     -1);
			free(text);
			text = at;
		}
		if (!enrol_parse(text, strlen(text), &e, &err) || !strstr(err.text, cases[i].says))
			fail_msg("%s = %s: \"%s\"", cases[i].key,
				 cases[i].value ? cases[i].value : "missing", err.text);
		enrol_free(&e);
		free(text);
		json_decref(j);
	}
	json_decref(good);
}

static void garbage_is_no_bundle(void **state)
{
	static const char *const texts[] = {
		"",	"{",	 "[]", "null", "{\"host\": \"a\", \"host\": \"b\"}",
		"\xff", "1e999", "{}", "\"x\""};
	static struct enrolment e;
	json_t *good = good_bundle();
	char *text = json_dumps(good, 0);
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(enrol_parse(texts[i], strlen(texts[i]), &e, &err), -1);
	for (size_t n = 0; n < strlen(text); n += 7) /* cut anywhere */
		assert_int_equal(enrol_parse(text, n, &e, &err), -1);
	free(text);
	text = calloc(1, ENROL_BYTES_MAX + 2);
	memset(text, '[', ENROL_BYTES_MAX + 1);
	assert_int_equal(enrol_parse(text, ENROL_BYTES_MAX + 1, &e, &err), -1);
	assert_int_equal(enrol_parse(text, ENROL_BYTES_MAX, &e, &err), -1);
	free(text);
	json_decref(good);
}

static void a_host_is_enrolled_once(void **state)
{
	static struct enrolment e;
	static struct conf c;
	char dir[] = "/tmp/wd-enrol-XXXXXX", sd[64], file[64], path[128], command[128];
	struct enrol_site site = {"www", "/srv/odd \"\\ name"};
	struct err err = {""};
	struct identity id;
	struct stat st;
	json_t *good = good_bundle();
	char *text = json_dumps(good, 0);

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(sd, sizeof(sd), "%s/state", dir);
	snprintf(file, sizeof(file), "%s/etc/agent.conf", dir);
	assert_int_equal(enrol_parse(text, strlen(text), &e, &err), 0);
	assert_int_equal(
		enrol_configure(&e, file, &site, 1, "audit", DIAL_CONNECT, e.publisher, &err), 0);
	assert_int_equal(conf_load(file, &c, &err), 0);
	assert_string_equal(c.sites[0].dir, site.dir);
	assert_int_equal(c.sites[0].mode, MODE_AUDIT);
	assert_string_equal(c.address, "127.0.0.1:7443");
	assert_int_equal(
		enrol_configure(&e, file, &site, 1, "off", DIAL_CONNECT, e.publisher, &err), 1);
	assert_int_equal(enrol_unpack(&e, sd, false, &err), 0);
	assert_int_equal(enrol_unpack(&e, sd, false, &err), -1);
	assert_non_null(strstr(err.text, "enrolled already"));
	snprintf(path, sizeof(path), "%s/trust/bundle.pem", sd);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(identity_open(&id, sd, &err), 0);
	assert_string_equal(id.host, "web1");
	assert_true(identity_due(&id));
	identity_close(&id);
	enrol_free(&e);
	free(text);
	json_decref(good);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mistake_is_named),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(directories_of_the_system_are_known),
		cmocka_unit_test(bad_bundles_are_refused),
		cmocka_unit_test(garbage_is_no_bundle),
		cmocka_unit_test(a_host_is_enrolled_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
