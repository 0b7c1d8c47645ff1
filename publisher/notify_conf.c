// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "notify_conf.h"
#include "notify_field.h"
#include "roles.h"

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

/* ---- fields ---- */

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
	{ALARM_CERTIFICATE_EXPIRING, 14, 1, 400, "days"},
	{ALARM_CLOCK_WRONG, 60, 5, 86400, "seconds"},
};

static const struct limit *limit_of(int kind)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if ((int)limits[i].kind == kind)
			return &limits[i];
	return NULL;
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
			json_object_set_new(part_of(doc, f->part), f->name,
					    field_take(f, text, &err));
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
	taken = field_take(&f, v, err);
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
	taken = field_take(&f, v, err);
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
		return err_set(err, "%s%s%s: there is no such setting; wdpub(1) lists them", part,
			       *part ? "." : "", name);
	taken = field_take(f, v, err);
	if (!taken)
		return -1;
	if (f->secret)
		return json_object_set_new(secrets, field_path(f), taken);
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
	if (*text_in(doc, "sms", "host") && !host_name_ok(text_in(doc, "sms", "host")))
		return err_set(err, "sms.host: give the host whose hardware unit sends the SMS, or"
				    " nothing for any that is ready");
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
				  .quiet_from = field_minutes(text_in(doc, "quiet", "from")),
				  .quiet_to = field_minutes(text_in(doc, "quiet", "to"))};
	c->critical_breaks =
		json_is_true(json_object_get(json_object_get(doc, "quiet"), "critical_breaks"));
	for (int i = 0; i < CHANNELS; i++)
		c->enabled[i] = on(doc, channels[i]);
	read_kinds(c, json_object_get(doc, "kinds"));
}
