// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "roots.h"

static bool inside(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static void add(struct audit *a, struct list *out, const char *path, bool admin)
{
	char *real = realpath(path, NULL);
	struct stat st;
	struct root *r;

	if (!real || stat(real, &st) < 0 || !S_ISDIR(st.st_mode)) {
		free(real);
		return;
	}
	for (size_t i = 0; i < out->n; i++) {
		r = out->v[i];
		if (strcmp(r->path, real) == 0 || (!admin && !r->admin && inside(real, r->path))) {
			free(real);
			return;
		}
	}
	r = pool_alloc(a->pool, sizeof(*r));
	*r = (struct root){pool_str(a->pool, real), admin};
	list_add(a->pool, out, r);
	free(real);
}

void roots_of(struct audit *a, struct list *out)
{
	struct list *apps = &a->t->apps;

	for (size_t i = 0; i < apps->n; i++) {
		const struct app *app = apps->v[i];

		if (app_is_manager(app))
			add(a, out, app->doc_base, true);
	}
	for (size_t i = 0; i < a->t->hosts.n; i++)
		add(a, out, ((struct host *)a->t->hosts.v[i])->app_base, false);
	for (size_t i = 0; i < apps->n; i++)
		add(a, out, ((struct app *)apps->v[i])->doc_base, false);
}

bool root_is_other(const struct list *roots, const struct root *mine, const char *path)
{
	for (size_t i = 0; i < roots->n; i++) {
		const struct root *r = roots->v[i];

		if (r != mine && r->admin && inside(path, r->path))
			return true;
	}
	return false;
}
