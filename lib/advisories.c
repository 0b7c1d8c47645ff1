// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "advisories.h"

long day_number(const char *date)
{
	struct tm tm = {0};
	const char *end = date ? strptime(date, "%Y-%m-%d", &tm) : NULL;
	int day = tm.tm_mday;
	time_t time;

	if (!end || *end)
		return -1;
	time = timegm(&tm);
	return tm.tm_mday == day ? time / 86400 : -1; /* else the 30th of February */
}

int advisories_hex(const char *text, uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++, text += 2) {
		char pair[3] = {text[0], text[0] ? text[1] : 0, 0};

		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
			return -1;
		to[i] = strtoul(pair, NULL, 16);
	}
	return text[strspn(text, " \t\r\n")] ? -1 : 0;
}

static int check_branches(const json_t *list, struct err *err)
{
	const json_t *entry;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > ADVISORIES_BRANCHES_MAX)
		return err_set(err, "advisories: \"tomcat\" is no list of at most %d branches",
			       ADVISORIES_BRANCHES_MAX);
	json_array_foreach (list, i, entry) {
		const json_t *end = json_object_get(entry, "end_of_life");

		if (!json_is_string(json_object_get(entry, "branch")) ||
		    !json_is_string(json_object_get(entry, "minimum")) ||
		    (end && day_number(json_string_value(end)) < 0))
			return err_set(err,
				       "advisories: branch %zu lacks \"branch\" or \"minimum\", or"
				       " its \"end_of_life\" is no date",
				       i + 1);
	}
	return 0;
}

static int check(const json_t *root, long today, struct advisories *out, struct err *err)
{
	const char *issued = json_string_value(json_object_get(root, "issued"));
	long day = day_number(issued);

	if (json_integer_value(json_object_get(root, "webdefender-advisories")) != 1)
		return err_set(err, "not advisories of version 1");
	out->serial = json_integer_value(json_object_get(root, "serial"));
	if (out->serial < 1)
		return err_set(err, "advisories: \"serial\" is missing or below 1");
	if (day < 0 || strlen(issued) >= sizeof(out->issued))
		return err_set(err, "advisories: \"issued\" is no date like 2026-11-22");
	if (day > today + 1)
		return err_set(err, "advisories of %s are from the future: is the clock right?",
			       issued);
	snprintf(out->issued, sizeof(out->issued), "%s", issued);
	out->stale = day + ADVISORIES_DAYS < today;
	return check_branches(json_object_get(root, "tomcat"), err);
}

int advisories_parse(const char *text, size_t n, long today, struct advisories *out,
		     struct err *err)
{
	json_error_t why;
	json_t *root = NULL;
	int r;

	*out = (struct advisories){0};
	if (n <= ADVISORIES_MAX)
		root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return n > ADVISORIES_MAX
			       ? err_set(err, "advisories longer than %u bytes", ADVISORIES_MAX)
			       : err_set(err, "advisories:%d: %s", why.line, why.text);
	r = check(root, today, out, err);
	json_decref(root);
	return r;
}

int advisories_open(const char *text, size_t n, const struct sign_public *key, const uint8_t *sig,
		    struct advisories *out, struct err *err)
{
	struct err why;

	if (sign_check(key, ADVISORIES_DOMAIN, text, n, sig, &why) < 0)
		return err_set(err, "advisories: %s", why.text);
	return advisories_parse(text, n, time(NULL) / 86400, out, err);
}
