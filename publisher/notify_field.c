// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify_conf.h"
#include "notify_field.h"
#include "tls.h"

const char *field_path(const struct field *f)
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

int field_minutes(const char *s)
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
	err_set(err, "%s: give true or false", field_path(f));
	return NULL;
}

static json_t *take_number(const struct field *f, const json_t *v, struct err *err)
{
	const char *s = json_string_value(v);
	char *end = (char *)"";
	double d = s ? strtod(s, &end) : json_number_value(v);

	if ((!json_is_number(v) && (!s || !*s)) || *end || !(d >= f->least && d <= f->most) ||
	    (f->type == INT && d != (int)d)) {
		err_set(err, "%s: give a %snumber from %g to %g", field_path(f),
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
		return field_minutes(s) >= 0 ? NULL : "give a time of day as 22:00";
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
		err_set(err, "%s: give a text", field_path(f));
		return NULL;
	}
	why = judge(f, s);
	if (why) {
		err_set(err, "%s: %s%s", field_path(f), f->type == CHOICE ? "give one of: " : "",
			why);
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
		err_set(err, "%s: give a list of mail addresses", field_path(f));
		goto bad;
	}
	if (json_array_size(list) > NOTIFY_LIST_MAX) {
		err_set(err, "%s: give at most %d addresses (a mailing list takes more)",
			field_path(f), NOTIFY_LIST_MAX);
		goto bad;
	}
	json_array_foreach (list, i, x) {
		if (!json_string_value(x) || !address_ok(json_string_value(x))) {
			err_set(err, "%s: \"%.80s\" is not a mail address as name@example.org",
				field_path(f), json_string_value(x) ? json_string_value(x) : "");
			goto bad;
		}
	}
	return list;
bad:
	json_decref(list);
	return NULL;
}

json_t *field_take(const struct field *f, const json_t *v, struct err *err)
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
