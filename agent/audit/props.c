// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "props.h"

#define BLANKS " \t\f"

void props_set(struct pool *p, struct props *props, const char *name, const char *value)
{
	struct prop *prop = pool_alloc(p, sizeof(*prop));

	*prop = (struct prop){pool_str(p, name), pool_str(p, value)};
	list_add(p, &props->all, prop);
}

const char *props_get(const struct props *props, const char *name)
{
	for (size_t i = 0; i < props->all.n; i++) {
		struct prop *prop = props->all.v[i];

		if (strcmp(prop->name, name) == 0)
			return prop->value;
	}
	return NULL;
}

/* A logical line: joined over backslashes at line ends. Moves *text behind it. */
static char *logical_line(struct pool *p, const char **text)
{
	char *line = pool_str(p, "");

	for (;;) {
		const char *at = *text + strspn(*text, BLANKS);
		size_t n = strcspn(at, "\r\n"), slashes = 0;

		*text = at + n + strspn(at + n, "\r\n");
		while (slashes < n && at[n - 1 - slashes] == '\\')
			slashes++;
		line = pool_printf(p, "%s%.*s", line, (int)(n - (slashes & 1)), at);
		if (!(slashes & 1) || !**text || *line == '#' || *line == '!')
			return line;
	}
}

static char *unescape(struct pool *p, const char *s, size_t n)
{
	char *out = pool_alloc(p, n + 1), *to = out;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '\\' && i + 1 < n) {
			c = s[++i];
			if (c == 'u' && i + 4 < n) {
				char hex[5] = {s[i + 1], s[i + 2], s[i + 3], s[i + 4], 0};
				long code = strtol(hex, NULL, 16);

				c = code > 0 && code < 0x80 ? (char)code : '?';
				i += 4;
			} else if (c == 'n' || c == 't' || c == 'r' || c == 'f') {
				c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : '\f';
			}
		}
		*to++ = c;
	}
	return out;
}

static size_t key_length(const char *line)
{
	size_t n = 0;

	while (line[n] && !strchr("=: \t\f", line[n]))
		n += line[n] == '\\' && line[n + 1] ? 2 : 1;
	return n;
}

void props_parse(struct pool *p, struct props *props, const char *text)
{
	while (*text) {
		char *line = logical_line(p, &text);
		size_t n = key_length(line);
		const char *value = line + n + strspn(line + n, BLANKS);

		if (!*line || *line == '#' || *line == '!')
			continue;
		if (*value == '=' || *value == ':')
			value += 1 + strspn(value + 1, BLANKS);
		props_set(p, props, unescape(p, line, n), unescape(p, value, strlen(value)));
	}
}

bool props_expand(struct pool *p, const struct props *props, const char *text, const char **out)
{
	char *so_far = pool_str(p, "");
	const char *open, *close, *value, *other;
	bool known = true;

	while ((open = strstr(text, "${")) && (close = strchr(open, '}'))) {
		char *name = pool_strn(p, open + 2, (size_t)(close - open) - 2);
		char *dash = strstr(name, ":-");

		other = NULL;
		if (dash) {
			*dash = 0;
			other = dash + 2;
		}
		value = props_get(props, name);
		if (!value)
			value = other;
		if (!value) {
			known = false;
			value = pool_strn(p, open, (size_t)(close - open) + 1);
		}
		so_far = pool_printf(p, "%s%.*s%s", so_far, (int)(open - text), text, value);
		text = close + 1;
	}
	*out = pool_printf(p, "%s%s", so_far, text);
	return known;
}
