// SPDX-License-Identifier: Apache-2.0
/*
 * libconfuse finds syntax errors and unknown options; what the values mean is checked here,
 * with the line of the section they stand in.
 */
#include <confuse.h>
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"
#include "conftext.h"
#include "fsx.h"
#include "hass_port.h"
#include "sysdir.h"
#include "tls.h"

#define EVIDENCE_DEFAULT "1G"
#define EVIDENCE_LEAST (1u << 20)
#define SENTINEL "end-of-file"

static const char *const mode_names[MODE_MAX] = {"off", "audit", "enforce"};

const char *conf_mode_name(uint8_t mode)
{
	return mode < MODE_MAX ? mode_names[mode] : "unknown";
}

int conf_mode_parse(const char *text)
{
	for (int i = 0; i < MODE_MAX; i++)
		if (!strcmp(text, mode_names[i]))
			return i;
	return -1;
}

int conf_size(const char *text, uint64_t *out)
{
	static const char units[] = "KMGT";
	char *end;
	const char *unit;
	unsigned long long v;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno)
		return -1;
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit || end[1])
			return -1;
		for (const char *u = units; u <= unit; u++)
			if (__builtin_mul_overflow(v, 1024ull, &v))
				return -1;
	}
	*out = v;
	return 0;
}

/* confuse reports through a callback without an argument; loading is not re-entrant. */
static struct err *sink;
static const char *reading; /* the file; not every section knows it */

static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[384];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (sink && !sink->text[0])
		err_set(sink, "%s:%d: %s; see agent.conf(5)", reading, cfg ? cfg->line : 0, text);
}

#define bad(cfg, err, fmt, ...) err_set(err, "%s:%d: " fmt, reading, (cfg)->line, __VA_ARGS__)

static struct seen given;

/* libconfuse would take the last of several without a word. */
static int check_once(cfg_t *cfg, cfg_opt_t *opt)
{
	if (!seen_before(&given, opt))
		return 0;
	cfg_error(cfg, "%s is set a second time: give it once", opt->name);
	return -1;
}

static void once(cfg_t *cfg)
{
	static const char *const options[] = {"publisher|connect",
					      "publisher|listen",
					      "site|dir",
					      "site|mode",
					      "site|owner",
					      "site|group",
					      "evidence|max-size",
					      "hass|port",
					      "hass|speed",
					      "hass|publisher-away",
					      "audit|interval",
					      "audit|settle",
					      "audit|criterion",
					      "verify-every",
					      "metrics",
					      "log-level",
					      "seal"};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		cfg_set_validate_func(cfg, options[i], check_once);
}

static int read_publisher(cfg_t *cfg, struct conf *c, struct err *err)
{
	const char *connect = cfg_getstr(cfg, "connect"), *listen = cfg_getstr(cfg, "listen");
	const char *address = connect ? connect : listen;
	char host[256], port[8];
	struct err why = {""};

	if (!connect == !listen)
		return bad(cfg, err, "publisher: give either connect or listen%s",
			   connect ? ", not both" : "");
	if (strlen(address) >= sizeof(c->address) || addr_split(address, host, port, &why))
		return bad(cfg, err, "publisher: \"%.200s\" is not HOST:PORT: %.200s", address,
			   why.text);
	c->dial = connect ? DIAL_CONNECT : DIAL_LISTEN;
	snprintf(c->address, sizeof(c->address), "%s", address);
	return 0;
}

static int read_owner(cfg_t *cfg, struct conf_site *s, struct err *err)
{
	const char *owner = cfg_getstr(cfg, "owner"), *group = cfg_getstr(cfg, "group");
	struct passwd *pw = getpwnam(owner);
	struct group *gr = getgrnam(group);

	if (!pw)
		return bad(cfg, err, "site \"%s\": no user \"%.100s\" on this host", s->name,
			   owner);
	if (!gr)
		return bad(cfg, err, "site \"%s\": no group \"%.100s\" on this host", s->name,
			   group);
	s->uid = pw->pw_uid;
	s->gid = gr->gr_gid;
	return 0;
}

static int read_dir(cfg_t *cfg, struct conf_site *s, struct err *err)
{
	const char *dir = cfg_getstr(cfg, "dir");
	struct err why = {""};

	if (!dir || !*dir)
		return bad(cfg, err, "site \"%s\": dir is missing: say which directory to protect",
			   s->name);
	if (strlen(dir) >= sizeof(s->dir))
		return bad(cfg, err, "site \"%s\": dir is longer than %d bytes", s->name,
			   CONF_DIR_MAX - 1);
	if (!sysdir_plain(dir))
		return bad(
			cfg, err,
			"site \"%s\": dir \"%.200s\" must be absolute, without \"//\", \".\", \"..\" "
			"and a final \"/\"",
			s->name, dir);
	if (sysdir_check(dir, &why))
		return bad(cfg, err,
			   "site \"%s\": %.300s; protect a directory that only the site uses",
			   s->name, why.text);
	snprintf(s->dir, sizeof(s->dir), "%s", dir);
	return 0;
}

static int read_site(cfg_t *cfg, struct conf *c, struct err *err)
{
	struct conf_site *s = &c->sites[c->n_sites];
	const char *name = cfg_title(cfg), *mode = cfg_getstr(cfg, "mode");
	int m = conf_mode_parse(mode);

	if (c->n_sites == PROTO_SITES_MAX)
		return bad(cfg, err, "more than %d sites", PROTO_SITES_MAX);
	if (!release_site_ok(name))
		return bad(cfg, err,
			   "\"%.80s\" is no name for a site: letters, digits, '-', '_', '.'", name);
	snprintf(s->name, sizeof(s->name), "%s", name);
	if (m < 0)
		return bad(cfg, err, "site \"%s\": mode \"%.40s\" is none of off, audit, enforce",
			   name, mode);
	s->mode = m;
	if (read_dir(cfg, s, err) || read_owner(cfg, s, err))
		return -1;
	for (int i = 0; i < c->n_sites; i++) {
		if (sysdir_overlap(c->sites[i].dir, s->dir))
			return bad(cfg, err,
				   "site \"%s\": dir %.150s overlaps site \"%s\" (%.150s)", name,
				   s->dir, c->sites[i].name, c->sites[i].dir);
	}
	c->n_sites++;
	return 0;
}

static int read_hass(cfg_t *cfg, struct conf *c, struct err *err)
{
	const char *port = cfg_getstr(cfg, "port");
	long speed = cfg_getint(cfg, "speed"), away = cfg_getint(cfg, "publisher-away");

	if (!port || *port != '/' || strlen(port) >= sizeof(c->hass.port))
		return bad(cfg, err, "hass: port \"%.100s\" is not an absolute path",
			   port ? port : "");
	if (speed < 0 || speed > 1000000 || !hass_port_speed_ok(speed))
		return bad(cfg, err, "hass: speed = %ld is none of 9600 19200 38400 57600 115200",
			   speed);
	if (away < 1 || away > 86400)
		return bad(cfg, err, "hass: publisher-away = %ld is not 1..86400 seconds", away);
	snprintf(c->hass.port, sizeof(c->hass.port), "%s", port);
	c->hass.speed = speed;
	c->hass.away = away;
	return 0;
}

/* "1d", "12h", "30m", "90s", "0"; -1: no such time. */
static long seconds_of(const char *text)
{
	static const struct {
		char unit;
		long seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {0, 1}};
	char *end;
	long n = strtol(text, &end, 10);

	if (!isdigit((unsigned char)*text) || n > 10000000 || (*end && end[1]))
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (units[i].unit == *end)
			return n * units[i].seconds;
	return -1;
}

static int read_audit(cfg_t *top, struct conf *c, struct err *err)
{
	cfg_t *cfg = cfg_getsec(top, "audit"), *at = cfg->filename ? cfg : top;
	const char *interval = cfg_getstr(cfg, "interval"),
		   *criterion = cfg_getstr(cfg, "criterion");
	const char *settle = cfg_getstr(cfg, "settle");
	long every = seconds_of(interval), quiet = seconds_of(settle);

	if (every < 0 || every > 366 * 86400 || (every && every < 10))
		return bad(at, err,
			   "audit: interval \"%.40s\" is not 0, or 10s to 366d, like 1d or 12h",
			   interval);
	if (quiet < 1 || quiet > 3600)
		return bad(at, err, "audit: settle \"%.40s\" is not 1s to 1h", settle);
	c->audit_guide = !strcmp(criterion, "guide");
	if (!c->audit_guide && strcmp(criterion, "baseline"))
		return bad(at, err, "audit: criterion \"%.40s\" is none of baseline, guide",
			   criterion);
	c->audit_interval = every;
	c->audit_quiet = quiet;
	return 0;
}

static int read_seal(cfg_t *cfg, struct conf *c, struct err *err)
{
	static const char *const words[CONF_SEAL_MAX] = {"off", "manual", "auto"};
	const char *word = cfg_getstr(cfg, "seal");

	while (c->seal < CONF_SEAL_MAX && strcmp(word, words[c->seal]))
		c->seal++;
	return c->seal < CONF_SEAL_MAX
		       ? 0
		       : bad(cfg, err, "seal \"%.40s\" is none of off, manual, auto", word);
}

static int read_rest(cfg_t *cfg, struct conf *c, struct err *err)
{
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	cfg_t *evidence = cfg_getsec(cfg, "evidence");
	const char *max = cfg_getstr(evidence, "max-size"), *level = cfg_getstr(cfg, "log-level");
	const char *metrics = cfg_getstr(cfg, "metrics");
	char host[256], port[8];
	long every = cfg_getint(cfg, "verify-every");
	size_t i = 0;

	if (conf_size(max, &c->evidence_max) || c->evidence_max < EVIDENCE_LEAST)
		return bad(evidence->filename ? evidence : cfg, err,
			   "evidence: max-size \"%.40s\" is not a size of 1M or more, like 500M",
			   max);
	if (every < 0 || every > 30 * 86400)
		return bad(cfg, err, "verify-every = %ld is not 0..2592000 seconds", every);
	c->verify_every = every;
	if (*metrics &&
	    (addr_split(metrics, host, port, NULL) || strlen(metrics) >= sizeof(c->metrics)))
		return bad(cfg, err, "metrics = \"%.100s\": give ADDRESS:PORT, or \"\" for none",
			   metrics);
	snprintf(c->metrics, sizeof(c->metrics), "%s", metrics);
	while (i < 4 && strcmp(level, levels[i]))
		i++;
	if (i == 4)
		return bad(cfg, err, "log-level \"%.40s\" is none of error, warning, info, debug",
			   level);
	c->level = i;
	return read_seal(cfg, c, err);
}

static int read_all(cfg_t *cfg, struct conf *c, struct err *err)
{
	memset(c, 0, sizeof(*c));
	if (read_rest(cfg, c, err) || read_audit(cfg, c, err))
		return -1;
	if (cfg_size(cfg, "publisher") && read_publisher(cfg_getsec(cfg, "publisher"), c, err))
		return -1;
	if (cfg_size(cfg, "hass") && read_hass(cfg_getsec(cfg, "hass"), c, err))
		return -1;
	for (unsigned int i = 0; i < cfg_size(cfg, "site"); i++)
		if (read_site(cfg_getnsec(cfg, "site", i), c, err))
			return -1;
	return 0;
}

/*
 * libconfuse takes the end of the file for the end of every open section. An option behind
 * that end, which only the top level knows, tells the difference.
 */
static int check_closed(cfg_t *cfg, const char *file, struct err *err)
{
	char *text, *more;
	size_t n;
	int rc;

	text = fsx_slurp(file, CONFTEXT_MAX, &n, err);
	if (!text)
		return -1;
	if (asprintf(&more, "%s\n" SENTINEL " = 1\n", text) < 0)
		more = NULL;
	free(text);
	if (more)
		conftext_blank(more);
	if (!more)
		return err_set(err, "%s: out of memory", file);
	rc = cfg_parse_buf(cfg, more);
	free(more);
	return rc == CFG_SUCCESS
		       ? 0
		       : err_set(err, "%s: a section is not closed: a \"}\" is missing", file);
}

static int parse_file(cfg_t *cfg, cfg_t *again, const char *file, struct err *err)
{
	struct err own = {""};
	char *text;
	FILE *f = conftext_open(file, &text, &own);
	int rc;

	if (!f)
		return err_set(err, "cannot read the configuration (wdctl enrol writes one): %s",
			       own.text);
	own.text[0] = 0;
	sink = &own;
	cfg->filename = strdup(file); /* sections that were given have it from here */
	rc = cfg_parse_fp(cfg, f);
	sink = NULL;
	fclose(f);
	free(text);
	if (rc != CFG_SUCCESS)
		return err_set(err, "%s",
			       own.text[0] ? own.text : "the configuration cannot be parsed");
	return check_closed(again, file, err);
}

int conf_load(const char *file, struct conf *c, struct err *err)
{
	cfg_opt_t publisher[] = {CFG_STR("connect", NULL, CFGF_NONE),
				 CFG_STR("listen", NULL, CFGF_NONE), CFG_END()};
	cfg_opt_t site[] = {CFG_STR("dir", NULL, CFGF_NONE), CFG_STR("mode", "enforce", CFGF_NONE),
			    CFG_STR("owner", "root", CFGF_NONE),
			    CFG_STR("group", "root", CFGF_NONE), CFG_END()};
	cfg_opt_t evidence[] = {CFG_STR("max-size", EVIDENCE_DEFAULT, CFGF_NONE), CFG_END()};
	cfg_opt_t hass[] = {CFG_STR("port", "/dev/webdefender-hass", CFGF_NONE),
			    CFG_INT("speed", 38400, CFGF_NONE),
			    CFG_INT("publisher-away", 60, CFGF_NONE), CFG_END()};
	cfg_opt_t audit[] = {CFG_STR("interval", "1d", CFGF_NONE),
			     CFG_STR("settle", "30s", CFGF_NONE),
			     CFG_STR("criterion", "baseline", CFGF_NONE), CFG_END()};
	cfg_opt_t opts[] = {CFG_SEC("publisher", publisher, CFGF_NODEFAULT),
			    CFG_SEC("hass", hass, CFGF_NODEFAULT),
			    CFG_SEC("site", site, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
			    CFG_SEC("evidence", evidence, CFGF_NONE),
			    CFG_SEC("audit", audit, CFGF_NONE),
			    CFG_INT("verify-every", 0, CFGF_NONE),
			    CFG_STR("metrics", "127.0.0.1:9478", CFGF_NONE),
			    CFG_STR("log-level", "info", CFGF_NONE),
			    CFG_STR("seal", "manual", CFGF_NONE),
			    CFG_INT(SENTINEL, 0, CFGF_NONE),
			    CFG_END()};
	cfg_t *cfg = cfg_init(opts, CFGF_NONE), *again = cfg_init(opts, CFGF_NONE);
	int rc;

	if (!cfg || !again)
		return err_set(err, "%s: out of memory", file);
	given.n = 0;
	reading = file;
	once(cfg);
	cfg_set_error_function(cfg, on_error);
	cfg_set_error_function(again, on_error);
	rc = parse_file(cfg, again, file, err);
	if (!rc)
		rc = read_all(cfg, c, err);
	cfg_free(cfg);
	cfg_free(again);
	return rc ? -1 : 0;
}
