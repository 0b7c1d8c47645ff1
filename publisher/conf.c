// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <confuse.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf.h"
#include "conftext.h"
#include "tls.h"

struct range {
	const char *name;
	long least, most;
	const char *unit;
};

static const struct range ranges[] = {
	{"settle", 50, 60000, "milliseconds"},
	{"rescan", 1, 86400, "seconds"},
	{"release-days", 1, 400, "days"},
	{"keep-releases", 2, 100000, "releases"},
	{"certificate-days", 2, 400, "days"},
	{"beat", 1, 3600, "seconds"},
	{"max-connections", 1, 100000, "connections"},
	{"keep-events", 1, 36500, "days"},
	{"keep-metrics", 1, 3650, "days"},
	{"evidence-max", 1, 1 << 30, "MiB"},
};

#define FILE_MAX 1024
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"

static const char *const levels[] = {"error", "warning", "info", "debug"};

/* libconfuse's callbacks carry no argument of ours; parsing happens once, in one thread. */
static struct err *parse_err;
static const char *parse_path;
static struct seen given;

static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), fmt, ap);
	/* Ours say what to give instead; libconfuse's do not. */
	err_set(parse_err, "%s:%d: %s%s", parse_path, cfg->line, text,
		strstr(text, "give ") ? "" : "; see publisher.conf(5)");
}

/* libconfuse would take the last of several without a word. */
static int check_once(cfg_t *cfg, cfg_opt_t *opt)
{
	if (!seen_before(&given, opt))
		return 0;
	cfg_error(cfg, "%s is set a second time: give it once", opt->name);
	return -1;
}

static int check_range(cfg_t *cfg, cfg_opt_t *opt)
{
	long value = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		const struct range *r = &ranges[i];

		if (strcmp(r->name, opt->name) == 0 && (value < r->least || value > r->most)) {
			cfg_error(cfg, "%s = %ld: give a number of %s from %ld to %ld", opt->name,
				  value, r->unit, r->least, r->most);
			return -1;
		}
	}
	return check_once(cfg, opt);
}

static int check_listen(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	char host[256], port[8];

	if (!value || (*value && addr_split(value, host, port, NULL))) {
		cfg_error(cfg,
			  "%s = \"%s\": give \"ADDRESS:PORT\", as \"0.0.0.0:7443\" or "
			  "\"[::]:7443\", or \"\" to accept no connections",
			  opt->name, value ? value : "");
		return -1;
	}
	return check_once(cfg, opt);
}

static int check_address(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	char host[256], port[8];

	if (!value || (*value && addr_split(value, host, port, NULL))) {
		cfg_error(cfg,
			  "address = \"%s\": give \"HOST:PORT\", as hosts reach this publisher",
			  value ? value : "");
		return -1;
	}
	return check_once(cfg, opt);
}

/* A host's name or address, as browsers type it; nothing that could mean more in a certificate. */
static int check_name(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	size_t n = value ? strlen(value) : 0;

	if (!n || n > 253 || strspn(value, NAME_LETTERS) != n) {
		cfg_error(cfg,
			  "console-names: \"%s\": give names and addresses as browsers type them,"
			  " as {\"publisher.example\", \"10.0.0.5\"}",
			  value ? value : "");
		return -1;
	}
	return 0;
}

static int check_file(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);

	if (!value || (*value && *value != '/') || strlen(value) >= FILE_MAX) {
		cfg_error(cfg, "%s = \"%s\": give the whole path, beginning with /", opt->name,
			  value ? value : "");
		return -1;
	}
	return check_once(cfg, opt);
}

static int check_metrics(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	char host[256], port[8];

	if (!value || (*value && addr_split(value, host, port, NULL))) {
		cfg_error(cfg,
			  "metrics = \"%s\": give \"ADDRESS:PORT\", as \"127.0.0.1:9477\", or \"\""
			  " for none",
			  value ? value : "");
		return -1;
	}
	return check_once(cfg, opt);
}

static int level_of(const char *name)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(levels[i], name) == 0)
			return i;
	return -1;
}

static int check_level(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);

	if (!value || level_of(value) < 0) {
		cfg_error(cfg, "log-level = \"%s\": give error, warning, info or debug",
			  value ? value : "");
		return -1;
	}
	return check_once(cfg, opt);
}

/* As the certificate wants them. Names that do not fit are left out: 30 of them always do. */
static void take_names(struct conf *c, cfg_t *cfg)
{
	struct in6_addr any;
	size_t used = 0;

	for (unsigned i = 0; i < cfg_size(cfg, "console-names"); i++) {
		const char *name = cfg_getnstr(cfg, "console-names", i);
		bool ip =
			inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;

		if (used + strlen(name) + 8 < sizeof(c->console_names))
			used += snprintf(c->console_names + used, sizeof(c->console_names) - used,
					 "%s%s:%s", used ? "," : "", ip ? "IP" : "DNS", name);
	}
}

static void take(struct conf *c, cfg_t *cfg)
{
	snprintf(c->console, sizeof(c->console), "%s", cfg_getstr(cfg, "console"));
	snprintf(c->www, sizeof(c->www), "%s", cfg_getstr(cfg, "console-www"));
	snprintf(c->console_crt, sizeof(c->console_crt), "%s",
		 cfg_getstr(cfg, "console-certificate"));
	snprintf(c->console_key, sizeof(c->console_key), "%s", cfg_getstr(cfg, "console-key"));
	*c->console_names = 0;
	take_names(c, cfg);
	snprintf(c->listen, sizeof(c->listen), "%s", cfg_getstr(cfg, "listen"));
	snprintf(c->address, sizeof(c->address), "%s", cfg_getstr(cfg, "address"));
	c->settle = cfg_getint(cfg, "settle");
	c->rescan = cfg_getint(cfg, "rescan");
	c->release_days = cfg_getint(cfg, "release-days");
	c->keep_releases = cfg_getint(cfg, "keep-releases");
	c->certificate_days = cfg_getint(cfg, "certificate-days");
	c->beat = cfg_getint(cfg, "beat");
	c->max_connections = cfg_getint(cfg, "max-connections");
	snprintf(c->metrics, sizeof(c->metrics), "%s", cfg_getstr(cfg, "metrics"));
	c->keep_metrics = cfg_getint(cfg, "keep-metrics");
	c->keep_events = cfg_getint(cfg, "keep-events");
	c->evidence_max = (uint64_t)cfg_getint(cfg, "evidence-max") << 20;
	snprintf(c->advisories_key, sizeof(c->advisories_key), "%s",
		 cfg_getstr(cfg, "advisories-key"));
	c->log_level = level_of(cfg_getstr(cfg, "log-level"));
}

static int parse(cfg_t *cfg, const char *path, struct err *err)
{
	struct stat st;
	char *text;
	FILE *f;
	int result;

	if (stat(path, &st))
		return errno == ENOENT ? 0 : err_sys(err, "%s", path);
	if (S_ISDIR(st.st_mode)) /* libconfuse would end the program */
		return err_set(err, "%s: a directory, not a configuration file", path);
	parse_err = err;
	parse_path = path;
	f = conftext_open(path, &text, err);
	if (!f)
		return -1;
	err_set(err, "%s: cannot be read", path);
	result = cfg_parse_fp(cfg, f);
	fclose(f);
	free(text);
	return result == CFG_SUCCESS ? 0 : -1;
}

int conf_load(struct conf *c, const char *path, struct err *err)
{
	cfg_opt_t opts[] = {
		CFG_STR("listen", "0.0.0.0:7443", CFGF_NONE),
		CFG_STR("address", "", CFGF_NONE),
		CFG_INT("settle", 500, CFGF_NONE),
		CFG_INT("rescan", 30, CFGF_NONE),
		CFG_INT("release-days", 30, CFGF_NONE),
		CFG_INT("keep-releases", 50, CFGF_NONE),
		CFG_INT("certificate-days", 397, CFGF_NONE),
		CFG_INT("beat", 10, CFGF_NONE),
		CFG_INT("max-connections", 1024, CFGF_NONE),
		CFG_INT("keep-events", 365, CFGF_NONE),
		CFG_INT("keep-metrics", 30, CFGF_NONE),
		CFG_STR("metrics", "127.0.0.1:9477", CFGF_NONE),
		CFG_INT("evidence-max", 1024, CFGF_NONE),
		CFG_STR("advisories-key", "/etc/webdefender/advisories.pub", CFGF_NONE),
		CFG_STR("log-level", "info", CFGF_NONE),
		CFG_STR("console", "0.0.0.0:8443", CFGF_NONE),
		CFG_STR("console-www", "/usr/share/webdefender/www", CFGF_NONE),
		CFG_STR("console-certificate", "", CFGF_NONE),
		CFG_STR("console-key", "", CFGF_NONE),
		CFG_STR_LIST("console-names", NULL, CFGF_NONE),
		CFG_END(),
	};
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);
	int result;

	if (!cfg)
		return err_set(err, "%s: out of memory", path);
	cfg_set_error_function(cfg, on_error);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		cfg_set_validate_func(cfg, ranges[i].name, check_range);
	cfg_set_validate_func(cfg, "listen", check_listen);
	cfg_set_validate_func(cfg, "address", check_address);
	cfg_set_validate_func(cfg, "metrics", check_metrics);
	cfg_set_validate_func(cfg, "log-level", check_level);
	cfg_set_validate_func(cfg, "console", check_listen);
	cfg_set_validate_func(cfg, "console-www", check_file);
	cfg_set_validate_func(cfg, "console-certificate", check_file);
	cfg_set_validate_func(cfg, "console-key", check_file);
	cfg_set_validate_func(cfg, "advisories-key", check_file);
	cfg_set_validate_func(cfg, "console-names", check_name);
	given.n = 0;
	result = parse(cfg, path, err);
	if (!result)
		take(c, cfg);
	if (!result && !*c->console_crt != !*c->console_key)
		result = err_set(err,
				 "%s: console-certificate and console-key: give both, or neither",
				 path);
	cfg_free(cfg);
	return result;
}
