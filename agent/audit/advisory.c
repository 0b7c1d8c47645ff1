// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "advisories.h"
#include "advisory.h"
#include "fsx.h"
#include "sign.h"

int version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		unsigned long x = strtoul(a, (char **)&a, 10), y = strtoul(b, (char **)&b, 10);

		if (x != y)
			return x < y ? -1 : 1;
		if (*a && *a != '.' && *b && *b != '.')
			return strcmp(a, b);
		/* 10.1.0-M5 comes before 10.1.0 */
		if ((*a && *a != '.') || (*b && *b != '.'))
			return *a && *a != '.' ? -1 : 1;
		a += *a == '.';
		b += *b == '.';
	}
	return 0;
}

const char *branch_ended(const char *branch)
{
	static const char *const ended[][2] = {{"7.0", "2021-03-31"},
					       {"8.0", "2018-06-30"},
					       {"8.5", "2024-03-31"},
					       {"10.0", "2022-10-31"}};

	for (size_t i = 0; i < sizeof(ended) / sizeof(*ended); i++)
		if (strcmp(branch, ended[i][0]) == 0)
			return ended[i][1];
	return version_compare(branch, "7.0") < 0 ? "2016-12-31" : NULL;
}

static const char *text_of(struct pool *p, const json_t *object, const char *name)
{
	return pool_str(p, json_string_value(json_object_get(object, name)));
}

static int find_branch(struct pool *p, const json_t *root, const char *branch, long today,
		       struct advisory *out)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(root, "tomcat"), i, entry) {
		const char *name = json_string_value(json_object_get(entry, "branch"));

		if (!name || strcmp(name, branch) != 0)
			continue;
		out->minimum = text_of(p, entry, "minimum");
		out->end_of_life = text_of(p, entry, "end_of_life");
		out->ended = out->end_of_life && day_number(out->end_of_life) < today;
		return out->minimum ? 1 : 0;
	}
	return 0;
}

int advisory_parse(struct pool *p, const char *text, size_t n, const char *branch, long today,
		   struct advisory *out, struct err *err)
{
	json_error_t why;
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	long issued;
	int r = -1;

	*out = (struct advisory){0};
	if (!root || json_integer_value(json_object_get(root, "webdefender-advisories")) != 1) {
		err_set(err, "not advisory data%s%s", root ? "" : ": ", root ? "" : why.text);
		goto out;
	}
	out->issued = text_of(p, root, "issued");
	issued = day_number(out->issued);
	if (issued < 0 || issued > today + 1 || issued + ADVISORIES_DAYS < today) {
		err_set(err, "the data of %s is older than %d days: fetch it anew",
			out->issued ? out->issued : "?", ADVISORIES_DAYS);
		goto out;
	}
	r = find_branch(p, root, branch, today, out);
out:
	json_decref(root);
	return r;
}

static int read_hex(const char *path, unsigned char *to, size_t n, struct err *err)
{
	char *text = fsx_slurp(path, 4096, NULL, err);
	int r;

	if (!text)
		return -1;
	r = advisories_hex(text, to, n);
	free(text);
	return r ? err_set(err, "%s: not %zu hex digits", path, 2 * n) : 0;
}

int advisory_find(struct pool *p, const char *file, const char *key_file, const char *branch,
		  struct advisory *out, struct err *err)
{
	unsigned char sig[SIGN_SIG_LEN];
	struct sign_public key;
	struct err why;
	char *text;
	size_t n;
	int r;

	text = fsx_slurp(file, ADVISORIES_MAX, &n, err);
	if (!text)
		return -1;
	r = read_hex(key_file, key.b, sizeof(key.b), err);
	if (r == 0)
		r = read_hex(pool_printf(p, "%s.sig", file), sig, sizeof(sig), err);
	if (r == 0 && sign_check(&key, ADVISORIES_DOMAIN, text, n, sig, &why) < 0)
		r = err_set(err, "%s: %s", file, why.text);
	if (r == 0)
		r = advisory_parse(p, text, n, branch, time(NULL) / 86400, out, err);
	free(text);
	return r;
}
