// SPDX-License-Identifier: Apache-2.0
#include <glob.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "advisory.h"
#include "fsx.h"
#include "settings.h"

#define ROOT_PATHS "/sys/kernel/webdefender/roots/*/path"

static bool holds(const struct list *codes, const char *code)
{
	for (size_t i = 0; i < codes->n; i++)
		if (strcasecmp(codes->v[i], code) == 0)
			return true;
	return !codes->n;
}

bool settings_wants(const struct settings *s, const char *code)
{
	return holds(&s->only, code);
}

bool settings_wants_fixed(const struct settings *s, const char *code)
{
	return holds(&s->only, code) && holds(&s->fix_only, code);
}

bool settings_under(const struct list *dirs, const char *path)
{
	for (size_t i = 0; i < dirs->n; i++) {
		size_t n = strlen(dirs->v[i]);

		if (strncmp(path, dirs->v[i], n) == 0 && (!path[n] || path[n] == '/'))
			return true;
	}
	return false;
}

static int take_waiver(struct pool *p, const char *path, const json_t *j, struct list *out,
		       struct err *err)
{
	struct waiver *w = pool_alloc(p, sizeof(*w));
	long last;

	w->check = pool_str(p, json_string_value(json_object_get(j, "check")));
	w->object = pool_str(p, json_string_value(json_object_get(j, "object")));
	w->owner = pool_str(p, json_string_value(json_object_get(j, "owner")));
	w->reason = pool_str(p, json_string_value(json_object_get(j, "reason")));
	w->expires = pool_str(p, json_string_value(json_object_get(j, "expires")));
	if (!w->check || !w->owner || !w->reason || !w->expires)
		return err_set(err, "%s: a waiver needs check, owner, reason and expires", path);
	last = day_number(w->expires);
	if (last < 0)
		return err_set(err, "%s: \"%s\" is no date like 2027-01-31", path, w->expires);
	w->expired = last < time(NULL) / 86400;
	list_add(p, out, w);
	return 0;
}

int waivers_read(struct pool *p, const char *path, struct list *out, struct err *err)
{
	char *text = fsx_slurp(path, 1 << 20, NULL, err);
	json_error_t why;
	const json_t *entry;
	json_t *all;
	int r = 0;
	size_t i;

	if (!text)
		return -1;
	all = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	free(text);
	if (!json_is_array(all)) {
		r = err_set(err, "%s:%d: not a list of waivers: %s", path, all ? 1 : why.line,
			    all ? "no [ at its start" : why.text);
	} else {
		json_array_foreach (all, i, entry) {
			if ((r = take_waiver(p, path, entry, out, err)) < 0)
				break;
		}
	}
	json_decref(all);
	return r;
}

void settings_add_roots(struct pool *p, struct settings *s)
{
	glob_t found;

	if (glob(ROOT_PATHS, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char root[4097] = "";
		FILE *f = fopen(found.gl_pathv[i], "re");

		if (f && fgets(root, sizeof(root), f)) {
			root[strcspn(root, "\n")] = 0;
			list_add(p, &s->protected, pool_str(p, root));
		}
		if (f)
			fclose(f);
	}
	globfree(&found);
}
