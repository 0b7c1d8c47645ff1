// SPDX-License-Identifier: Apache-2.0
/*
 * fuzz_http_api - what browsers send to the console, before anybody knows who they are
 *
 * First byte: what the rest is. 0..3: a target for a method; 4: a body; 5: a Cookie header.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "console/body.h"

static char *copy_of(const uint8_t *p, size_t n)
{
	char *s = malloc(n + 1);

	memcpy(s, p, n);
	s[n] = 0;
	return s;
}

static void target(unsigned method, const char *text)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};
	json_t *args = json_object();
	char allowed[64];
	struct err err;
	const char *key;
	json_t *value;
	int route = access_find(methods[method], text, args, allowed, &err);

	assert(route >= -2 && route < (int)routes_n);
	if (route >= 0) {
		assert(!strcmp(routes[route].method, methods[method]));
		json_object_foreach (args, key, value)
			assert(!json_is_string(value) ||
			       json_string_length(value) == strlen(json_string_value(value)));
	}
	json_decref(args);
}

static void body(const uint8_t *p, size_t n)
{
	json_t *args = json_pack("{s:s}", "site", "www");
	struct err err;

	if (!body_parse(p, n, args, &err))
		assert(!strcmp(json_string_value(json_object_get(args, "site")), "www"));
	assert(!json_object_get(args, "cmd"));
	json_decref(args);
}

static void cookie(const char *text)
{
	char token[TOKEN_MAX];

	body_token(text, token);
	assert(strspn(token, "0123456789abcdef") == strlen(token));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text;

	if (!n)
		return 0;
	text = copy_of(p + 1, n - 1);
	if (*p % 6 < 4)
		target(*p % 6, text);
	else if (*p % 6 == 4)
		body(p + 1, n - 1);
	else
		cookie(text);
	free(text);
	return 0;
}
