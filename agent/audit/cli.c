// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include "audit.h"
#include "checks.h"
#include "discover.h"
#include "fix.h"
#include "journal.h"
#include "report.h"
#include "reach.h"

#define EXIT_GOOD 0
#define EXIT_FINDINGS 1
#define EXIT_TROUBLE 2
/* The administrator's own key comes before the one that the publisher sent. */
#define KEY_OF_HOST "/etc/webdefender/advisories.pub"
#define KEY_OF_PUBLISHER "/var/lib/webdefender/advisories.pub"

static const char usage[] =
	"usage: wdctl audit tomcat [--base DIR [--home DIR] | --all] [--criterion baseline|guide]\n"
	"         [--only WT-nn,...] [--format table|json|html|csv|junit|sarif] [--lang en|ko|zh]\n"
	"         [--fail-on low|medium|high|manual|never] [--fix [--preview] [--yes]] ...\n"
	"       wdctl audit undo ID[/CODE] [--force]\n"
	"       wdctl audit list\n"
	"All options are in wdctl-audit(1).\n";

enum { FAIL_MANUAL = -1, FAIL_NEVER = 3 }; /* else enum risk */

struct command {
	struct settings set;
	struct pool *pool;
	const char *base, *home;
	bool all, preview, force, none_is_well;
	report_writer *write;
	int fail_on;
};

enum option_id {
	OPT_BASE = 256,
	OPT_HOME,
	OPT_ALL,
	OPT_CRITERION,
	OPT_ONLY,
	OPT_FORMAT,
	OPT_LANG,
	OPT_FAIL_ON,
	OPT_FIX,
	OPT_PREVIEW,
	OPT_YES,
	OPT_ALLOW,
	OPT_USER,
	OPT_WAIVERS,
	OPT_EXCLUDE,
	OPT_PROTECTED,
	OPT_RENAME,
	OPT_STATE,
	OPT_ADVISORIES,
	OPT_KEY,
	OPT_NO_EXTRAS,
	OPT_SETTLE,
	OPT_FORCE,
	OPT_NONE_IS_WELL,
	OPT_FIX_ONLY,
	OPT_HELP,
};

static const struct option options[] = {
	{"base", 1, NULL, OPT_BASE},
	{"home", 1, NULL, OPT_HOME},
	{"all", 0, NULL, OPT_ALL},
	{"criterion", 1, NULL, OPT_CRITERION},
	{"only", 1, NULL, OPT_ONLY},
	{"format", 1, NULL, OPT_FORMAT},
	{"lang", 1, NULL, OPT_LANG},
	{"fail-on", 1, NULL, OPT_FAIL_ON},
	{"fix", 0, NULL, OPT_FIX},
	{"preview", 0, NULL, OPT_PREVIEW},
	{"yes", 0, NULL, OPT_YES},
	{"allow", 1, NULL, OPT_ALLOW},
	{"user", 1, NULL, OPT_USER},
	{"waivers", 1, NULL, OPT_WAIVERS},
	{"exclude", 1, NULL, OPT_EXCLUDE},
	{"protected", 1, NULL, OPT_PROTECTED},
	{"rename", 1, NULL, OPT_RENAME},
	{"state", 1, NULL, OPT_STATE},
	{"advisories", 1, NULL, OPT_ADVISORIES},
	{"advisories-key", 1, NULL, OPT_KEY},
	{"no-extras", 0, NULL, OPT_NO_EXTRAS},
	{"settle", 1, NULL, OPT_SETTLE},
	{"force", 0, NULL, OPT_FORCE},
	{"none-is-well", 0, NULL, OPT_NONE_IS_WELL},
	{"fix-only", 1, NULL, OPT_FIX_ONLY},
	{"help", 0, NULL, OPT_HELP},
	{0},
};

static int complain(const char *text)
{
	fprintf(stderr, "wdctl audit: %s\n", text);
	return -1;
}

static int bad_value(const char *option, const char *value, const char *wanted)
{
	fprintf(stderr, "wdctl audit: --%s %s: it is one of %s\n", option, value, wanted);
	return -1;
}

static int take_codes(struct command *c, struct list *to, char *text)
{
	char *save, *code;

	for (code = strtok_r(text, ",", &save); code; code = strtok_r(NULL, ",", &save)) {
		if (!check_by_code(code)) {
			fprintf(stderr, "wdctl audit: there is no check %s\n", code);
			return -1;
		}
		list_add(c->pool, to, code);
	}
	return 0;
}

static int take_fail_on(struct command *c, const char *text)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"low", RISK_LOW},
		      {"medium", RISK_MEDIUM},
		      {"high", RISK_HIGH},
		      {"manual", FAIL_MANUAL},
		      {"never", FAIL_NEVER}};

	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (strcmp(levels[i].name, text) == 0) {
			c->fail_on = levels[i].level;
			return 0;
		}
	return bad_value("fail-on", text, "low, medium, high, manual, never");
}

static int take_dir(struct command *c, struct list *out, const char *path)
{
	char *real = realpath(path, NULL);

	list_add(c->pool, out, pool_str(c->pool, real ? real : path));
	free(real);
	return 0;
}

static int take_seconds(struct command *c, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || end == text || n < 0 || n > 600)
		return bad_value("settle", text, "0 to 600 seconds");
	c->set.settle = n;
	return 0;
}

static int take_waivers(struct command *c, const char *path)
{
	struct err err;

	return waivers_read(c->pool, path, &c->set.waivers, &err) < 0 ? complain(err.text) : 0;
}

static int take_option(struct command *c, int opt, char *value)
{
	int lang;

	switch (opt) {
	case OPT_BASE:
		c->base = value;
		return 0;
	case OPT_HOME:
		c->home = value;
		return 0;
	case OPT_ALL:
		c->all = true;
		return 0;
	case OPT_CRITERION:
		c->set.guide = strcmp(value, "guide") == 0;
		return c->set.guide || strcmp(value, "baseline") == 0
			       ? 0
			       : bad_value("criterion", value, "baseline, guide");
	case OPT_ONLY:
		return take_codes(c, &c->set.only, value);
	case OPT_FORMAT:
		c->write = report_by_name(value);
		return c->write
			       ? 0
			       : bad_value("format", value, "table, json, html, csv, junit, sarif");
	case OPT_LANG:
		lang = lang_by_name(value);
		c->set.lang = lang;
		return lang < 0 ? bad_value("lang", value, "en, ko, zh") : 0;
	case OPT_FAIL_ON:
		return take_fail_on(c, value);
	case OPT_FIX:
		c->set.fix = true;
		return 0;
	case OPT_PREVIEW:
		c->set.fix = c->preview = true;
		return 0;
	case OPT_YES:
		c->set.yes = true;
		return 0;
	case OPT_ALLOW:
		c->set.allow = value;
		return 0;
	case OPT_USER:
		c->set.was = value;
		return 0;
	case OPT_WAIVERS:
		return take_waivers(c, value);
	case OPT_EXCLUDE:
		return take_dir(c, &c->set.excludes, value);
	case OPT_PROTECTED:
		return take_dir(c, &c->set.protected, value);
	case OPT_RENAME:
		list_add(c->pool, &c->set.renames, value);
		return strchr(value, '=') ? 0 : bad_value("rename", value, "the form OLD=NEW");
	case OPT_STATE:
		c->set.state = value;
		return 0;
	case OPT_ADVISORIES:
		c->set.advisories = value;
		return 0;
	case OPT_KEY:
		c->set.advisories_key = value;
		return 0;
	case OPT_NO_EXTRAS:
		c->set.extras = false;
		return 0;
	case OPT_SETTLE:
		return take_seconds(c, value);
	case OPT_FORCE:
		c->force = true;
		return 0;
	case OPT_FIX_ONLY:
		return take_codes(c, &c->set.fix_only, value);
	case OPT_NONE_IS_WELL:
		c->none_is_well = true;
		return 0;
	}
	return -1;
}

static int check_options(const struct command *c)
{
	if (c->base && c->all)
		return complain("--base and --all exclude each other");
	if (c->home && !c->base)
		return complain("--home needs --base");
	if (c->set.yes && !c->set.fix)
		return complain("--yes is for --fix");
	if (c->set.fix && c->set.guide)
		return complain(
			"--fix follows the baseline criterion: leave --criterion guide away");
	return 0;
}

/* ---- auditing ---- */

static struct audit *audit_server(const struct command *c, const struct site_dirs *dirs)
{
	struct pool *p = c->pool;
	struct audit *a = pool_alloc(p, sizeof(*a));

	a->pool = p;
	a->set = &c->set;
	a->t = tomcat_load(p, dirs, c->set.was);
	for (size_t i = 0; checks[i]; i++)
		if (settings_wants(&c->set, checks[i]->code) &&
		    (!check_is_extra(checks[i]) || c->set.only.n ||
		     (c->set.extras && !c->set.guide)))
			audit_run(a, checks[i]);
	return a;
}

static bool counts(const struct command *c, const struct result *r)
{
	if (c->fail_on == FAIL_NEVER)
		return false;
	if (c->fail_on == FAIL_MANUAL && r->verdict == V_MANUAL)
		return true;
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = r->findings.v[i];

		if (f->verdict == V_VULNERABLE && !f->waiver && (int)f->risk >= c->fail_on)
			return true;
	}
	return false;
}

static int exit_status(const struct command *c, const struct report *report)
{
	int status = EXIT_GOOD;

	for (size_t i = 0; i < report->servers.n; i++) {
		const struct audit *a = report->servers.v[i];

		for (size_t k = 0; k < a->results.n; k++) {
			const struct result *r = a->results.v[k];

			if (r->verdict == V_ERROR)
				return EXIT_TROUBLE;
			if (counts(c, r))
				status = EXIT_FINDINGS;
		}
	}
	return status;
}

static int find_servers(const struct command *c, struct list *out)
{
	if (!c->base) {
		discover_all(c->pool, out);
		return out->n || c->none_is_well
			       ? 0
			       : complain(
					 "no Tomcat runs here and no unit starts one: name it with --base DIR");
	}
	if (reach(c->base, F_OK) < 0) {
		fprintf(stderr, "wdctl audit: --base %s: %s\n", c->base, strerror(errno));
		return -1;
	}
	list_add(c->pool, out, discover_one(c->pool, c->base, c->home));
	return 0;
}

static int fix_all(const struct command *c, const struct list *servers)
{
	FILE *to = c->write == report_table ? stdout : stderr;
	struct fix_count count = {0};

	if (servers->n > 1 && !c->all)
		return complain(
			"there is more than one server here: name one with --base, or --all");
	for (size_t i = 0; i < servers->n; i++)
		fix_server(&c->set, servers->v[i], c->preview, to, &count);
	return 0;
}

static int run_tomcat(struct command *c)
{
	struct report report = {.set = &c->set};
	struct list servers = {0};
	time_t now = time(NULL);
	char host[256] = "";
	struct tm tm;

	if (check_options(c) < 0 || find_servers(c, &servers) < 0)
		return EXIT_TROUBLE;
	settings_add_roots(c->pool, &c->set);
	if (c->set.fix && fix_all(c, &servers) < 0)
		return EXIT_TROUBLE;
	c->set.fix = false; /* from here on nothing is planned any more */
	gethostname(host, sizeof(host) - 1);
	report.host = host;
	strftime(report.time, sizeof(report.time), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	for (size_t i = 0; i < servers.n; i++)
		list_add(c->pool, &report.servers, audit_server(c, servers.v[i]));
	if (c->write(&report, stdout) < 0 || fflush(stdout) != 0)
		return EXIT_TROUBLE;
	return exit_status(c, &report);
}

static int run_undo(struct command *c, char *id)
{
	char *code = strchr(id, '/');
	struct err err;

	if (code)
		*code++ = 0;
	if (journal_undo(c->pool, c->set.state, id, code, c->force, stdout, &err) == 0)
		return EXIT_GOOD;
	complain(err.text);
	return EXIT_TROUBLE;
}

static int run_list(const struct command *c)
{
	struct err err;

	if (journal_list(c->set.state, stdout, &err) == 0)
		return EXIT_GOOD;
	complain(err.text);
	return EXIT_TROUBLE;
}

static int run(struct command *c, char **words, int n)
{
	if (n == 1 && strcmp(words[0], "tomcat") == 0)
		return run_tomcat(c);
	if (n == 2 && strcmp(words[0], "undo") == 0)
		return run_undo(c, words[1]);
	if (n == 1 && strcmp(words[0], "list") == 0)
		return run_list(c);
	fputs(usage, stderr);
	return EXIT_TROUBLE;
}

int audit_main(int argc, char **argv)
{
	struct command c = {
		.set = {.allow = "127.0.0.0/8,::1/128",
			.state = AUDIT_STATE,
			.advisories = "/var/lib/webdefender/advisories.json",
			.advisories_key = reach(KEY_OF_HOST, F_OK) ? KEY_OF_PUBLISHER : KEY_OF_HOST,
			.extras = true,
			.settle = 12},
		.pool = pool_new(),
		.write = report_table,
	};
	int opt, status = EXIT_GOOD;

	setlocale(LC_CTYPE, "C.UTF-8"); /* widths of Korean and Chinese in the table */
	optind = 0;			/* wdctl has used getopt for its own words */
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h' || opt == OPT_HELP) {
			fputs(usage, stdout);
			goto out;
		}
		if (opt == '?' || take_option(&c, opt, optarg) < 0) {
			status = EXIT_TROUBLE;
			goto out;
		}
	}
	status = run(&c, argv + optind, argc - optind);
out:
	pool_free(c.pool);
	return status;
}
