// SPDX-License-Identifier: Apache-2.0
/*
 * Filters: a text, a NUL, a path. What is taken is bounded and found again; globs match as the
 * C library's do (their texts are short, for its matcher can take forever).
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *nul = memchr(p, 0, n);
	struct filters f = {0};
	char text[1024], path[1024];
	enum filter_match m;
	size_t len, rest;

	if (!nul || n >= sizeof(text))
		return 0;
	len = nul - p;
	rest = n - len - 1;
	memcpy(text, p, len + 1);
	memcpy(path, nul + 1, rest);
	path[rest] = '\0';
	if (filters_add(&f, text, NULL))
		return 0;
	if (len >= FILTER_MAX || strcmp(filters_next(&f, NULL), text))
		abort();
	m = filters_match(&f, path);
	if (text[len - 1] != '/' && strchr(text, '/') && len < 24 &&
	    (m == FILTER_FILE) !=
		    !fnmatch(text + (*text == '/'), path, FNM_PATHNAME | FNM_NOESCAPE))
		abort();
	if (m == FILTER_BELOW && strncmp(path, text, len))
		abort();
	if (!filters_remove(&f, text) || f.bytes || f.n)
		abort();
	return 0;
}
