// SPDX-License-Identifier: Apache-2.0
/* control_args - the members of a request, one by one, so that an error names the one it is about
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"

#define MEMBERS_MAX 16
#define SHOWN 60

static const char *a_kind_of(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "text";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_NULL:
		return "null";
	default:
		return "true or false";
	}
}

const char *control_shown(const char *value, char to[CONTROL_SHOWN])
{
	json_t *j = json_string(value);
	/* ASCII with escapes: any place is good to cut at, and no terminal is told what to do. */
	char *text = j ? json_dumps(j, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	snprintf(to, CONTROL_SHOWN, "%.*s%s", SHOWN, text ? text : "\"\"",
		 text && strlen(text) > SHOWN ? "...\"" : "");
	free(text);
	json_decref(j);
	return to;
}

/* Always -1. The value is not shown: it may be a password that was given as a number. */
static int refuse(struct ctl_conn *c, const char *name, const char *what, const char *got)
{
	ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", name), "%s: %s%s%s",
		   name, what, got ? ", not " : "", got ? got : "");
	return -1;
}

static int wrong_kind(struct ctl_conn *c, const char *name, const char *wants, const json_t *v)
{
	return refuse(c, name, wants, a_kind_of(v));
}

static int take(struct ctl_conn *c, const char *name, char kind, json_t *v, void *to)
{
	json_int_t n = json_integer_value(v);

	switch (kind) {
	case 's':
		if (!json_is_string(v))
			return wrong_kind(c, name, "give text", v);
		*(const char **)to = json_string_value(v);
		return 0;
	case 'i':
	case 'I':
		if (!json_is_integer(v))
			return wrong_kind(c, name, "give a number without a fraction", v);
		if (kind == 'i' && (n < INT_MIN || n > INT_MAX))
			return refuse(c, name, "give a smaller number", NULL);
		if (kind == 'i')
			*(int *)to = n;
		else
			*(json_int_t *)to = n;
		return 0;
	case 'b':
		if (!json_is_boolean(v))
			return wrong_kind(c, name, "give true or false", v);
		*(int *)to = json_is_true(v);
		return 0;
	case 'a':
		if (!json_is_array(v))
			return wrong_kind(c, name, "give a list", v);
		break;
	}
	*(json_t **)to = v;
	return 0;
}

static int no_others(struct ctl_conn *c, json_t *request, const char *const names[], int n)
{
	const char *key;
	char known[512] = "", shown[CONTROL_SHOWN];
	size_t at = 0;
	json_t *v;
	int i;

	json_object_foreach (request, key, v) {
		for (i = 0; i < n && strcmp(names[i], key); i++)
			;
		if (i < n)
			continue;
		for (i = 0; i < n && at < sizeof(known); i++)
			at += snprintf(known + at, sizeof(known) - at, "%s%s", i ? ", " : "",
				       names[i]);
		ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", key),
			   "%s: this cannot be given here, but %s", control_shown(key, shown),
			   n ? known : "nothing");
		return -1;
	}
	return 0;
}

int control_args(struct ctl_conn *c, json_t *request, const char *fmt, ...)
{
	const char *names[MEMBERS_MAX];
	int n = 0, result = 0;
	va_list ap;

	json_object_del(request, "cmd");
	va_start(ap, fmt);
	for (const char *p = fmt; !result && *p; p += strspn(p, ", ")) {
		const char *name = va_arg(ap, const char *);
		void *to = va_arg(ap, void *);
		json_t *v = json_object_get(request, name);

		names[n++] = name;
		if (v)
			result = take(c, name, p[2], v, to);
		else if (p[1] != '?')
			result = refuse(c, name, "this is missing", NULL);
		p += 3;
	}
	va_end(ap);
	return result ? result : no_others(c, request, names, n);
}
