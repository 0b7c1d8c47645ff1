// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify_conf.h"
#include "roles.h"
#include "tls.h"

static const char *const channels[CHANNELS] = {"mail", "sms", "webhook", "syslog"};

const char *channel_name(enum channel c)
{
	return channels[c];
}

int channel_parse(const char *name)
{
	for (int i = 0; i < CHANNELS; i++)
		if (!strcmp(channels[i], name))
			return i;
	return -1;
}

/* ---- one field ---- */

enum type { BOOL, INT, NUMBER, TEXT, CHOICE, ADDRESSES, ADDRESS, TARGET, URL, TIME, HOST, PEM };

struct field {
	const char *part, *name;
	enum type type;
	double least, most; /* numbers; lengths of text */
	const char *choices;
	const char *otherwise; /* default, as text */
	bool secret;
};

static const struct field fields[] = {
	{"mail", "enabled", BOOL, 0, 0, NULL, "false", false},
	{"mail", "server", HOST, 0, 253, NULL, "", false},
	{"mail", "port", INT, 1, 65535, NULL, "587", false},
	{"mail", "security", CHOICE, 0, 0, "starttls tls none", "starttls", false},
	{"mail", "user", TEXT, 0, 255, NULL, "", false},
	{"mail", "password", TEXT, 0, 255, NULL, NULL, true},
	{"mail", "ca", PEM, 0, NOTIFY_CA_MAX, NULL, "", false},
	{"mail", "from", ADDRESS, 0, NOTIFY_ADDRESS_MAX, NULL, "", false},
	{"mail", "to", ADDRESSES, 0, NOTIFY_LIST_MAX, NULL, NULL, false},
	{"sms", "enabled", BOOL, 0, 0, NULL, "false", false},
	{"sms", "host", TEXT, 0, 63, NULL, "", false},
	{"webhook", "enabled", BOOL, 0, 0, NULL, "false", false},
	{"webhook", "url", URL, 0, 1000, NULL, "", false},
	{"webhook", "key", TEXT, 16, 255, NULL, NULL, true},
	{"webhook", "ca", PEM, 0, NOTIFY_CA_MAX, NULL, "", false},
	{"syslog", "enabled", BOOL, 0, 0, NULL, "false", false},
	{"syslog", "target", TARGET, 0, 270, NULL, "", false},
	{"syslog", "transport", CHOICE, 0, 0, "udp tcp tls", "tls", false},
	{"syslog", "ca", PEM, 0, NOTIFY_CA_MAX, NULL, "", false},
	{"quiet", "enabled", BOOL, 0, 0, NULL, "false", false},
	{"quiet", "from", TIME, 0, 0, NULL, "22:00", false},
	{"quiet", "to", TIME, 0, 0, NULL, "07:00", false},
	{"quiet", "critical_breaks", BOOL, 0, 0, NULL, "true", false},
	{"escalate", "minutes", NUMBER, 0, 10080, NULL, "15", false},
	{"escalate", "every_minutes", NUMBER, 0, 10080, NULL, "60", false},
	{"escalate", "to", ADDRESSES, 0, NOTIFY_LIST_MAX, NULL, NULL, false},
	{"", "fold_minutes", NUMBER, 0, 1440, NULL, "5", false},
	{"", "burst", INT, 1, 1000, NULL, "5", false},
	{"", "retry_seconds", INT, 1, 3600, NULL, "5", false},
	{"", "tell_cleared", BOOL, 0, 0, NULL, "true", false},
	{"", "sustained_seconds", INT, 0, 86400, NULL, "60", false},
};
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

/* Kinds with a limit: what is usual, and between what it may be. */
static const struct limit {
	enum alarm_kind kind;
	int usual, least, most;
	const char *unit;
} limits[] = {
	{ALARM_CPU_HIGH, 80, 1, 100, "percent"},
	{ALARM_MEMORY_HIGH, 80, 1, 100, "percent"},
	{ALARM_EVIDENCE_FULL, 90, 1, 100, "percent"},
	{ALARM_RELEASE_EXPIRING, 3, 1, 400, "days"},
};

static const struct limit *limit_of(int kind)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if ((int)limits[i].kind == kind)
			return &limits[i];
	return NULL;
}

static const char *path_of(const struct field *f)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s", f->part, *f->part ? "." : "", f->name);
	return text;
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* Plain local@domain of printable ASCII: nothing that could end a line or a command. */
static bool address_ok(const char *s)
{
	const char *at = strchr(s, '@');

	if (!at || at == s || !at[1] || strchr(at + 1, '@') || strlen(s) > NOTIFY_ADDRESS_MAX)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f ||
		    strchr("<>()[],;:\\\"", *s))
			return false;
	return true;
}

static bool server_ok(const char *s)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_.:", *s))
			return false;
	return true;
}

static int minutes_of(const char *s)
{
	int h, m, n = -1;

	if (strlen(s) != 5 || sscanf(s, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5 || h < 0 ||
	    h > 23 || m < 0 || m > 59)
		return -1;
	return h * 60 + m;
}

static json_t *take_bool(const struct field *f, const json_t *v, struct err *err)
{
	const char *s = json_string_value(v);

	if (json_is_boolean(v))
		return json_boolean(json_is_true(v));
	if (s && (!strcmp(s, "true") || !strcmp(s, "yes") || !strcmp(s, "on")))
		return json_true();
	if (s && (!strcmp(s, "false") || !strcmp(s, "no") || !strcmp(s, "off")))
		return json_false();
	err_set(err, "%s: give true or false", path_of(f));
	return NULL;
}

static json_t *take_number(const struct field *f, const json_t *v, struct err *err)
{
	const char *s = json_string_value(v);
	char *end = (char *)"";
	double d = s ? strtod(s, &end) : json_number_value(v);

	if ((!json_is_number(v) && (!s || !*s)) || *end || !(d >= f->least && d <= f->most) ||
	    (f->type == INT && d != (int)d)) {
		err_set(err, "%s: give a %snumber from %g to %g", path_of(f),
			f->type == INT ? "whole " : "", f->least, f->most);
		return NULL;
	}
	return f->type == INT ? json_integer((int)d) : json_real(d);
}

static bool is_choice(const char *choices, const char *s)
{
	size_t n = strlen(s);

	for (const char *p = choices; *p; p += strcspn(p, " "), p += *p == ' ')
		if (n && strcspn(p, " ") == n && !memcmp(p, s, n))
			return true;
	return false;
}

/* What is wrong with a text, as the end of a sentence; NULL: nothing. "" clears a field. */
static const char *judge(const struct field *f, const char *s)
{
	char host[256], port[8];

	if (f->type != PEM && !printable(s))
		return "control characters are not allowed";
	if (!*s && f->type != CHOICE && f->type != TIME)
		return NULL;
	if (strlen(s) > f->most && f->type != CHOICE && f->type != TIME)
		return "too long";
	switch (f->type) {
	case CHOICE:
		return is_choice(f->choices, s) ? NULL : f->choices;
	case TIME:
		return minutes_of(s) >= 0 ? NULL : "give a time of day as 22:00";
	case ADDRESS:
		return address_ok(s) ? NULL : "give one mail address, as name@example.org";
	case HOST:
		return server_ok(s) ? NULL : "give a host name or an address, without a port";
	case TARGET:
		return !addr_split(s, host, port, NULL) ? NULL : "give HOST:PORT";
	case URL:
		return !strncmp(s, "https://", 8) && s[8] && !strpbrk(s, " \"<>\\@")
			       ? NULL
			       : "give an address that begins with https:// (no user name in it)";
	case PEM:
		return strstr(s, "-----BEGIN CERTIFICATE-----")
			       ? NULL
			       : "give certificates in PEM form (-----BEGIN CERTIFICATE-----)";
	default:
		return strlen(s) < f->least ? "too short: give at least 16 characters" : NULL;
	}
}

static json_t *take_text(const struct field *f, const json_t *v, struct err *err)
{
	const char *s = json_string_value(v), *why;

	if (!s || strlen(s) != json_string_length(v)) {
		err_set(err, "%s: give a text", path_of(f));
		return NULL;
	}
	why = judge(f, s);
	if (why) {
		err_set(err, "%s: %s%s", path_of(f), f->type == CHOICE ? "give one of: " : "", why);
		return NULL;
	}
	return json_string(s);
}

/* An array of addresses, or one text with commas. */
static json_t *take_addresses(const struct field *f, const json_t *v, struct err *err)
{
	json_t *list = json_array(), *x;
	const char *s = json_string_value(v);
	size_t i;

	if (s) {
		for (const char *p = s; *p; p += strcspn(p, ", "), p += strspn(p, ", "))
			json_array_append_new(list, json_stringn(p, strcspn(p, ", ")));
	} else if (json_is_array(v)) {
		json_decref(list);
		list = json_deep_copy(v);
	} else {
		err_set(err, "%s: give a list of mail addresses", path_of(f));
		goto bad;
	}
	if (json_array_size(list) > NOTIFY_LIST_MAX) {
		err_set(err, "%s: give at most %d addresses (a mailing list takes more)",
			path_of(f), NOTIFY_LIST_MAX);
		goto bad;
	}
	json_array_foreach (list, i, x) {
		if (!json_string_value(x) || !address_ok(json_string_value(x))) {
			err_set(err, "%s: \"%.80s\" is not a mail address as name@example.org",
				path_of(f), json_string_value(x) ? json_string_value(x) : "");
			goto bad;
		}
	}
	return list;
bad:
	json_decref(list);
	return NULL;
}

static json_t *take(const struct field *f, const json_t *v, struct err *err)
{
	switch (f->type) {
	case BOOL:
		return take_bool(f, v, err);
	case INT:
	case NUMBER:
		return take_number(f, v, err);
	case ADDRESSES:
		return take_addresses(f, v, err);
	default:
		return take_text(f, v, err);
	}
}

static const struct field *field_of(const char *part, const char *name)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (!strcmp(fields[i].part, part) && !strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

/* ---- the document ---- */

static json_t *default_kinds(void)
{
	json_t *list = json_array();

	for (int i = 0; i < ALARM_KINDS; i++) {
		const struct limit *l = limit_of(i);
		json_t *k = json_pack(
			"{s:s, s:s, s:b, s:b, s:b, s:b}", "kind", alarm_kinds[i].name, "severity",
			alarm_severity_name(alarm_kinds[i].severity), "mail", 1, "sms",
			alarm_kinds[i].severity == SEVERITY_CRITICAL, "webhook", 1, "syslog", 1);

		json_object_set_new(k, "limit", l ? json_integer(l->usual) : json_null());
		json_array_append_new(list, k);
	}
	return list;
}

static json_t *part_of(json_t *doc, const char *part)
{
	json_t *p = *part ? json_object_get(doc, part) : doc;

	if (!p) {
		p = json_object();
		json_object_set_new(doc, part, p);
	}
	return p;
}

json_t *notify_defaults(void)
{
	json_t *doc = json_object();
	struct err err;

	for (size_t i = 0; i < N_FIELDS; i++) {
		const struct field *f = &fields[i];
		json_t *text = json_string(f->otherwise ? f->otherwise : "");

		if (!f->secret)
			json_object_set_new(part_of(doc, f->part), f->name, take(f, text, &err));
		json_decref(text);
	}
	json_object_set_new(doc, "kinds", default_kinds());
	return doc;
}

static json_t *kind_row(json_t *kinds, const char *name)
{
	size_t i;
	json_t *k;

	json_array_foreach (kinds, i, k)
		if (!strcmp(json_string_value(json_object_get(k, "kind")), name))
			return k;
	return NULL;
}

static int take_limit(json_t *row, int kind, const json_t *v, struct err *err)
{
	const struct limit *l = limit_of(kind);
	char name[64];
	struct field f = {"kinds", name, INT, 0, 0, NULL, NULL, false};
	json_t *taken;

	if (!l && json_is_null(v))
		return 0;
	snprintf(name, sizeof(name), "%s.limit", alarm_kinds[kind].name);
	if (!l)
		return err_set(err, "kinds.%s: this kind has no limit; leave it out", name);
	f.least = l->least;
	f.most = l->most;
	taken = take(&f, v, err);
	return taken ? json_object_set_new(row, "limit", taken) : -1;
}

static int take_kind(json_t *row, int kind, const char *key, const json_t *v, struct err *err)
{
	char name[64];
	struct field f = {"kinds", name, BOOL, 0, 0, NULL, NULL, false};
	json_t *taken;

	snprintf(name, sizeof(name), "%s.%s", alarm_kinds[kind].name, key);
	if (!strcmp(key, "kind") || !strcmp(key, "title"))
		return 0;
	if (!strcmp(key, "limit"))
		return take_limit(row, kind, v, err);
	if (!strcmp(key, "severity")) {
		f.type = CHOICE;
		f.choices = "info warning critical";
	} else if (channel_parse(key) < 0) {
		return err_set(err,
			       "kinds.%s: there is no such field; give severity, limit, mail,"
			       " sms, webhook or syslog",
			       name);
	}
	taken = take(&f, v, err);
	return taken ? json_object_set_new(row, key, taken) : -1;
}

static int apply_kinds(json_t *doc, const json_t *list, struct err *err)
{
	size_t i;
	json_t *change, *v;
	const char *key;

	if (!json_is_array(list))
		return err_set(err, "kinds: give a list");
	json_array_foreach (list, i, change) {
		const char *name = json_string_value(json_object_get(change, "kind"));
		int kind = name ? alarm_kind_parse(name) : -1;
		json_t *row = kind < 0 ? NULL : kind_row(json_object_get(doc, "kinds"), name);

		if (!row)
			return err_set(err,
				       "kinds: there is no kind of alarm \"%.60s\" (wdpub"
				       " notify show lists them)",
				       name ? name : "");
		json_object_foreach (change, key, v)
			if (take_kind(row, kind, key, v, err))
				return -1;
	}
	return 0;
}

static int apply_one(json_t *doc, json_t *secrets, const char *part, const char *name,
		     const json_t *v, struct err *err)
{
	const struct field *f = field_of(part, name);
	json_t *taken;

	if (!strcmp(name, "password_set") || !strcmp(name, "key_set"))
		return 0; /* a form gives back what it was shown */
	if (!f)
		return err_set(err, "%s%s%s: there is no such setting; wdpub-notify(1) lists them",
			       part, *part ? "." : "", name);
	taken = take(f, v, err);
	if (!taken)
		return -1;
	if (f->secret)
		return json_object_set_new(secrets, path_of(f), taken);
	return json_object_set_new(part_of(doc, part), name, taken);
}

static int apply_all(json_t *doc, json_t *secrets, const json_t *change, struct err *err)
{
	const char *key, *name;
	json_t *v, *inner;

	json_object_foreach ((json_t *)change, key, v) {
		if (!strcmp(key, "kinds")) {
			if (apply_kinds(doc, v, err))
				return -1;
		} else if (json_is_object(v)) {
			json_object_foreach (v, name, inner)
				if (apply_one(doc, secrets, key, name, inner, err))
					return -1;
		} else if (apply_one(doc, secrets, "", key, v, err)) {
			return -1;
		}
	}
	return 0;
}

/* ---- what must fit together ---- */

static const char *text_in(const json_t *doc, const char *part, const char *name)
{
	const char *s = json_string_value(json_object_get(json_object_get(doc, part), name));

	return s ? s : "";
}

static bool on(const json_t *doc, const char *part)
{
	return json_is_true(json_object_get(json_object_get(doc, part), "enabled"));
}

static bool has(const json_t *secrets, const char *key)
{
	const char *s = json_string_value(json_object_get(secrets, key));

	return s && *s;
}

static int check_mail(const json_t *doc, const json_t *secrets, struct err *err)
{
	const json_t *mail = json_object_get(doc, "mail");

	if (!on(doc, "mail"))
		return 0;
	if (!*text_in(doc, "mail", "server"))
		return err_set(err, "mail.server: give the mail server, or switch mail off"
				    " (mail.enabled=false)");
	if (!*text_in(doc, "mail", "from"))
		return err_set(err, "mail.from: give the address that messages come from");
	if (!json_array_size(json_object_get(mail, "to")))
		return err_set(err, "mail.to: give at least one recipient");
	if (*text_in(doc, "mail", "user") && !has(secrets, "mail.password"))
		return err_set(err, "mail.password: give the password of %s",
			       text_in(doc, "mail", "user"));
	if (*text_in(doc, "mail", "user") && !strcmp(text_in(doc, "mail", "security"), "none"))
		return err_set(err, "mail.security: a password is never sent unencrypted; choose"
				    " starttls or tls, or leave mail.user empty");
	return 0;
}

static int check_rest(const json_t *doc, const json_t *secrets, struct err *err)
{
	if (on(doc, "webhook") && !*text_in(doc, "webhook", "url"))
		return err_set(err, "webhook.url: give the https:// address that is to be called");
	if (on(doc, "webhook") && !has(secrets, "webhook.key"))
		return err_set(err, "webhook.key: give a secret of at least 16 characters; messages"
				    " are signed with it");
	if (on(doc, "syslog") && !*text_in(doc, "syslog", "target"))
		return err_set(err, "syslog.target: give HOST:PORT of the log server");
	if (on(doc, "sms") && !host_name_ok(text_in(doc, "sms", "host")))
		return err_set(err, "sms.host: give the host whose hardware unit sends the SMS");
	return 0;
}

/* A stored secret must not be sent to another server by somebody who does not know it. */
static int check_moved(const json_t *was, const json_t *is, const json_t *secrets,
		       const json_t *change, struct err *err)
{
	static const char *const tied[] = {"server", "port", "security", "ca"};
	const json_t *a = json_object_get(was, "mail"), *b = json_object_get(is, "mail");
	bool given = json_object_get(json_object_get(change, "mail"), "password");

	for (size_t i = 0; i < 4 && has(secrets, "mail.password") && !given; i++)
		if (!json_equal(json_object_get(a, tied[i]), json_object_get(b, tied[i])))
			return err_set(err,
				       "mail.password: mail.%s changes, so give the password"
				       " again",
				       tied[i]);
	if (has(secrets, "webhook.key") &&
	    !json_object_get(json_object_get(change, "webhook"), "key") &&
	    strcmp(text_in(was, "webhook", "url"), text_in(is, "webhook", "url")))
		return err_set(err, "webhook.key: webhook.url changes, so give the key again");
	return 0;
}

json_t *notify_apply(const json_t *doc, json_t *secrets, const json_t *change, struct err *err)
{
	json_t *fresh = json_deep_copy(doc), *kept = json_deep_copy(secrets);

	if (!fresh || !kept) {
		err_set(err, "out of memory");
	} else if (!apply_all(fresh, kept, change, err) &&
		   !check_moved(doc, fresh, secrets, change, err) &&
		   !check_mail(fresh, kept, err) && !check_rest(fresh, kept, err)) {
		json_object_clear(secrets);
		json_object_update(secrets, kept);
		json_decref(kept);
		return fresh;
	}
	json_decref(fresh);
	json_decref(kept);
	return NULL;
}

json_t *notify_public(const json_t *doc, const json_t *secrets)
{
	json_t *shown = json_deep_copy(doc);

	json_object_set_new(part_of(shown, "mail"), "password_set",
			    json_boolean(has(secrets, "mail.password")));
	json_object_set_new(part_of(shown, "webhook"), "key_set",
			    json_boolean(has(secrets, "webhook.key")));
	return shown;
}

/* ---- for the engine ---- */

static double number(const json_t *doc, const char *part, const char *name)
{
	return json_number_value(json_object_get(*part ? json_object_get(doc, part) : doc, name));
}

static void read_kinds(struct notify_conf *c, const json_t *list)
{
	size_t i;
	json_t *k;

	json_array_foreach (list, i, k) {
		int kind = alarm_kind_parse(json_string_value(json_object_get(k, "kind")));

		if (kind < 0)
			continue;
		c->kinds[kind].severity =
			alarm_severity_parse(json_string_value(json_object_get(k, "severity")));
		c->kinds[kind].limit = json_integer_value(json_object_get(k, "limit"));
		for (int n = 0; n < CHANNELS; n++)
			c->kinds[kind].channel[n] = json_is_true(json_object_get(k, channels[n]));
	}
}

void notify_read(struct notify_conf *c, const json_t *doc)
{
	*c = (struct notify_conf){.fold = 60 * number(doc, "", "fold_minutes"),
				  .burst = number(doc, "", "burst"),
				  .retry = number(doc, "", "retry_seconds"),
				  .sustained = number(doc, "", "sustained_seconds"),
				  .tell_cleared =
					  json_is_true(json_object_get(doc, "tell_cleared")),
				  .escalate_after = 60 * number(doc, "escalate", "minutes"),
				  .escalate_every = 60 * number(doc, "escalate", "every_minutes"),
				  .quiet = on(doc, "quiet"),
				  .quiet_from = minutes_of(text_in(doc, "quiet", "from")),
				  .quiet_to = minutes_of(text_in(doc, "quiet", "to"))};
	c->critical_breaks =
		json_is_true(json_object_get(json_object_get(doc, "quiet"), "critical_breaks"));
	for (int i = 0; i < CHANNELS; i++)
		c->enabled[i] = on(doc, channels[i]);
	read_kinds(c, json_object_get(doc, "kinds"));
}
