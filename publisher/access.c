// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "users.h"

#define BASE "/api/v1"
#define A USER_ADMINISTRATOR
#define O USER_OPERATOR
#define R USER_AUDITOR
#define ALL (A | O | R)

const struct route routes[] = {
	{"GET", "/session", "session", 0, ROUTE_PUBLIC},
	{"POST", "/session", "login", 0, ROUTE_PUBLIC},
	{"DELETE", "/session", "logout", 0, ROUTE_PUBLIC},
	{"POST", "/session/totp", "login-totp", 0, ROUTE_PUBLIC},
	{"GET", "/session/first", "login-first-show", 0, ROUTE_PUBLIC},
	{"POST", "/session/first", "login-first", 0, ROUTE_PUBLIC},
	{"PUT", "/session/proof", "login-proof", ALL, 0},
	{"GET", "/sessions", "session-list", ALL, ROUTE_ROWS},
	{"DELETE", "/sessions/{id}", "session-end", ALL, 0},

	{"GET", "/overview", "overview", ALL, 0},
	{"GET", "/stream", "stream", ALL, ROUTE_STREAM},
	{"GET", "/events", "event-list", ALL, ROUTE_ROWS},
	{"POST", "/events/ack", "event-ack", A | O, 0},
	{"GET", "/events/{host}/{id}", "event-show", ALL, 0},
	{"GET", "/events/{host}/{id}/texts", "event-texts", ALL, 0},
	{"GET", "/events/{host}/{id}/evidence", "event-evidence", ALL, ROUTE_FILE},

	{"GET", "/sites", "site-list", ALL, ROUTE_ROWS},
	{"POST", "/sites", "site-add", A, 0},
	{"GET", "/sites/{site}", "site-show", ALL, 0},
	{"DELETE", "/sites/{name}", "site-remove", A, ROUTE_PROOF},
	{"POST", "/sites/{site}/push", "push", A | O, ROUTE_JOB},
	{"POST", "/sites/{site}/rollback", "rollback", A | O, ROUTE_JOB | ROUTE_PROOF},
	{"POST", "/sites/{site}/verify", "verify", A | O, ROUTE_JOB},
	{"GET", "/sites/{site}/releases", "releases", ALL, ROUTE_ROWS | ROUTE_NEWEST},
	{"GET", "/sites/{site}/files", "file-list", ALL, ROUTE_ROWS},
	{"GET", "/sites/{site}/files/history", "file-history", ALL, 0},

	{"GET", "/filters", "filter-list", ALL, ROUTE_ROWS},
	{"POST", "/filters", "filter-add", A, ROUTE_PROOF},
	{"POST", "/filters/remove", "filter-remove", A, ROUTE_PROOF},
	{"POST", "/filters/preview", "filter-preview", ALL, 0},

	{"GET", "/hosts", "host-list", ALL, ROUTE_ROWS},
	{"GET", "/hosts/{host}/metrics", "host-metrics", ALL, 0},
	{"POST", "/hosts/{host}/verify", "verify", A | O, ROUTE_JOB},
	{"GET", "/services", "service-list", ALL, ROUTE_ROWS},
	{"POST", "/services/{host}/{name}/{act}", "service-act", A | O, ROUTE_PROOF},

	{"GET", "/hass", "hass-status", ALL, ROUTE_ROWS},
	{"POST", "/hass/{host}/cut", "hass-cut", A | O, ROUTE_PROOF},

	{"GET", "/alarms", "alarm-list", ALL, ROUTE_ROWS},
	{"POST", "/alarms/{id}/ack", "alarm-ack", A | O, 0},
	{"GET", "/notifications", "notify-show", A | R, 0},
	{"PUT", "/notifications", "notify-set", A, ROUTE_PROOF},
	{"POST", "/notifications/test", "notify-test", A, 0},
	{"GET", "/notifications/log", "notify-log", A | R, ROUTE_ROWS},

	{"GET", "/audit", "audit-show", ALL, ROUTE_ROWS},
	{"POST", "/audit/{host}/run", "audit-run", A | O, ROUTE_JOB},
	{"POST", "/audit/{host}/fix", "audit-fix", A, ROUTE_PROOF},
	{"POST", "/audit/{host}/undo", "audit-undo", A, ROUTE_PROOF},
	{"POST", "/audit/{host}/waive", "audit-waive", A, 0},
	{"GET", "/audit/{host}/report", "audit-report", ALL, ROUTE_FILE},
	{"GET", "/audit/jobs", "audit-jobs", ALL, ROUTE_ROWS | ROUTE_NEWEST},
	{"GET", "/audit/waivers", "audit-waivers", ALL, ROUTE_ROWS},
	{"DELETE", "/audit/waivers/{waiver}", "audit-unwaive", A, 0},
	{"GET", "/audit/advisories", "advisories", ALL, 0},

	{"GET", "/logs/{kind}", "log-list", ALL, ROUTE_ROWS},
	{"GET", "/logs/{kind}/export", "log-export", ALL, ROUTE_FILE},
	{"GET", "/audit-log", "audit-log", A | R, ROUTE_ROWS},
	{"POST", "/audit-log/verify", "log-verify", A | R, 0},

	{"GET", "/users", "user-list", A | R, ROUTE_ROWS},
	{"POST", "/users", "user-add", A, ROUTE_PROOF},
	{"PATCH", "/users/{name}", "user-set", A, ROUTE_PROOF},
	{"DELETE", "/users/{name}", "user-remove", A, ROUTE_PROOF},
	{"POST", "/users/{name}/reset", "user-reset", A, ROUTE_PROOF},
	{"PATCH", "/me", "me-set", ALL, 0},
	{"PUT", "/me/password", "me-password", ALL, 0},
	{"GET", "/settings", "settings-show", A | R, 0},
	{"PUT", "/settings", "settings-set", A, ROUTE_PROOF},
	{"PUT", "/maintenance", "maintenance-set", A | O, ROUTE_PROOF},
	{"DELETE", "/maintenance", "maintenance-end", A | O, 0},
};
const unsigned routes_n = sizeof(routes) / sizeof(*routes);

/* Query parameters, and path members, that are not strings. */
static const struct {
	const char *name;
	char kind; /* i: a number, b: true or false */
} typed[] = {
	{"limit", 'i'}, {"serial", 'i'}, {"hours", 'i'}, {"n", 'i'}, {"open", 'b'},
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX of n bytes; a NUL, or more than fits, is an error. '+' is a space in a query. */
static int decode(const char *from, size_t n, bool query, char to[ACCESS_ARG_MAX], struct err *err)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		int high, low;
		char c = from[i];

		if (c == '%') {
			high = i + 2 < n ? hex_digit(from[i + 1]) : -1;
			low = i + 2 < n ? hex_digit(from[i + 2]) : -1;
			if (high < 0 || low < 0 || high + low == 0)
				return err_set(err, "the address holds a malformed %%-escape");
			c = high << 4 | low;
			i += 2;
		} else if (c == '+' && query) {
			c = ' ';
		}
		if (k + 1 >= ACCESS_ARG_MAX)
			return err_set(err, "a part of the address is longer than %d bytes",
				       ACCESS_ARG_MAX - 1);
		to[k++] = c;
	}
	to[k] = 0;
	return 0;
}

static json_t *typed_value(const char *name, const char *text, struct err *err)
{
	json_t *j;
	char kind = 's', *end;
	long long v;

	for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++)
		if (!strcmp(typed[i].name, name))
			kind = typed[i].kind;
	if (kind == 'i') {
		errno = 0;
		v = strtoll(text, &end, 10);
		if (!*text || *end || errno || isspace((unsigned char)*text)) {
			err_set(err, "%s: give a number", name);
			return NULL;
		}
		return json_integer(v);
	}
	if (kind == 'b' && (!strcmp(text, "true") || !strcmp(text, "false")))
		return json_boolean(*text == 't');
	if (kind == 'b') {
		err_set(err, "%s: give true or false", name);
		return NULL;
	}
	j = json_string(text);
	if (!j)
		err_set(err, "%s: not UTF-8", name);
	return j;
}

static int put(json_t *args, const char *name, const char *text, struct err *err)
{
	json_t *value;

	if (json_object_get(args, name))
		return err_set(err, "%s: given twice", name);
	value = typed_value(name, text, err);
	if (!value)
		return -1;
	return json_object_set_new(args, name, value) ? err_set(err, "a name is not UTF-8") : 0;
}

/* Does the path fit the pattern? args may be NULL: then only that is told. */
static int match(const char *pattern, const char *path, size_t n, json_t *args, struct err *err)
{
	const char *end = path + n;

	while (*pattern) {
		const char *slash, *close;
		char name[32], value[ACCESS_ARG_MAX];

		if (*pattern != '{') {
			if (path == end || *path++ != *pattern++)
				return 1;
			continue;
		}
		close = strchr(pattern, '}');
		slash = memchr(path, '/', end - path);
		if (!slash)
			slash = end;
		if (slash == path)
			return 1;
		snprintf(name, sizeof(name), "%.*s", (int)(close - pattern - 1), pattern + 1);
		if (args &&
		    (decode(path, slash - path, false, value, err) || put(args, name, value, err)))
			return -1;
		pattern = close + 1;
		path = slash;
	}
	return path != end;
}

static int take_query(const char *query, json_t *args, struct err *err)
{
	char name[ACCESS_ARG_MAX], value[ACCESS_ARG_MAX];

	while (*query) {
		size_t n = strcspn(query, "&");
		const char *equals = memchr(query, '=', n);
		size_t named = equals ? (size_t)(equals - query) : n;

		if (n && (decode(query, named, true, name, err) ||
			  decode(equals ? equals + 1 : "", equals ? n - named - 1 : 0, true, value,
				 err) ||
			  put(args, name, value, err)))
			return -1;
		query += n;
		query += *query == '&';
	}
	return 0;
}

int access_find(const char *method, const char *target, json_t *args, char allowed[64],
		struct err *err)
{
	const char *query = strchr(target, '?'), *path = target + strlen(BASE);
	size_t n = query ? (size_t)(query - target) : strlen(target);
	size_t used = 0;

	*allowed = 0;
	if (n < strlen(BASE) || strncmp(target, BASE "/", strlen(BASE) + 1))
		return -1;
	n -= strlen(BASE);
	for (unsigned i = 0; i < routes_n; i++) {
		if (match(routes[i].path, path, n, NULL, err))
			continue;
		if (strcmp(routes[i].method, method)) {
			if (used < 40)
				used += snprintf(allowed + used, 64 - used, "%s%s",
						 used ? ", " : "", routes[i].method);
			continue;
		}
		if (match(routes[i].path, path, n, args, err) ||
		    (query && take_query(query + 1, args, err)))
			return -2;
		return i;
	}
	return -1;
}
