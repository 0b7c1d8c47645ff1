// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "console/body.h"

/* A parser that recurses must not be led down without end. */
static int depth_ok(const char *p, size_t n)
{
	int depth = 0, quoted = 0;

	for (size_t i = 0; i < n; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == '{' || p[i] == '['))
			depth++;
		else if (!quoted && (p[i] == '}' || p[i] == ']'))
			depth--;
		if (depth > BODY_DEPTH_MAX)
			return 0;
	}
	return 1;
}

int body_parse(const void *p, size_t n, json_t *args, struct err *err)
{
	json_error_t where;
	const char *key;
	json_t *j, *value;
	int result = 0;

	if (!depth_ok(p, n))
		return err_set(err, "the body is nested deeper than %d", BODY_DEPTH_MAX);
	j = json_loadb(p, n, JSON_REJECT_DUPLICATES, &where);
	if (!j)
		return err_set(err, "the body is not JSON: line %d: %.200s", where.line,
			       where.text);
	if (!json_is_object(j)) {
		json_decref(j);
		return err_set(err, "the body must be a JSON object");
	}
	json_object_foreach (j, key, value) {
		if (json_object_get(args, key) || !strcmp(key, "cmd")) {
			result = err_set(err, "%.64s: is given by the address", key);
			break;
		}
		json_object_set(args, key, value);
	}
	json_decref(j);
	return result;
}

void body_token(const char *cookies, char token[TOKEN_MAX])
{
	size_t name = strlen(COOKIE_NAME);

	*token = 0;
	while (cookies && *cookies) {
		size_t n;

		cookies += strspn(cookies, " ;");
		n = strcspn(cookies, ";");
		if (n > name && !strncmp(cookies, COOKIE_NAME "=", name + 1)) {
			size_t m = n - name - 1;

			/* Two of one name: somebody planted one, and nobody can tell which. */
			if (*token || m >= TOKEN_MAX) {
				*token = 0;
				return;
			}
			memcpy(token, cookies + name + 1, m);
			token[m] = 0;
			if (strspn(token, "0123456789abcdef") != m)
				*token = 0;
		}
		cookies += n;
	}
}
