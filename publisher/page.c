// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "page.h"

static int bad(struct ctl_conn *c, const char *field, const char *what)
{
	ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", field), "%s: %s",
		   field, what);
	return -1;
}

int page_limit(struct ctl_conn *c, int limit)
{
	if (limit >= 1 && limit <= PAGE_LIMIT_MAX)
		return 0;
	return bad(c, "limit", "give a number from 1 to 500");
}

int page_cursor(struct ctl_conn *c, const char *cursor, int64_t *before)
{
	char *end;

	*before = 0;
	if (!*cursor)
		return 0;
	errno = 0;
	*before = strtoll(cursor, &end, 10);
	if (*end || errno || *before <= 0)
		return bad(c, "cursor", "give what was \"next\" in the page before");
	return 0;
}

int page_time(struct ctl_conn *c, const char *field, const char *text, int64_t *to)
{
	struct tm tm = {0};
	const char *rest;
	time_t t;

	if (!*text)
		return 0;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest) {
		tm = (struct tm){0};
		rest = strptime(text, "%Y-%m-%dT%H:%M", &tm);
	}
	if (rest && *rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (!rest || (strcmp(rest, "Z") && *rest))
		return bad(c, field, "give a time in UTC, as 2026-01-31T12:00:00Z");
	t = timegm(&tm);
	if (t < 0 || t > INT64_MAX / 2000000000ll)
		return bad(c, field, "this time is out of reach");
	*to = t * 1000000000ll;
	return 0;
}

void page_end(struct ctl_conn *c, int64_t next)
{
	char text[24];

	if (!next) {
		ctl_ok(c, json_pack("{s:n}", "next"));
		return;
	}
	snprintf(text, sizeof(text), "%lld", (long long)next);
	ctl_ok(c, json_pack("{s:s}", "next", text));
}
