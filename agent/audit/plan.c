// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "plan.h"

/* Links on the way are resolved now: the change itself follows none. */
static const char *real_path(struct audit *a, const char *path)
{
	char *found_at = realpath(path, NULL);
	const char *copy = pool_str(a->pool, found_at ? found_at : path);

	free(found_at);
	return copy;
}

/* For what is not there yet, or is a link itself: only the directories above are resolved. */
static const char *real_parent(struct audit *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir, *found_at;

	if (!slash || slash == path)
		return pool_str(a->pool, path);
	dir = pool_strn(a->pool, path, (size_t)(slash - path));
	found_at = realpath(dir, NULL);
	path = pool_printf(a->pool, "%s%s", found_at ? found_at : real_parent(a, dir), slash);
	free(found_at);
	return path;
}

static struct change *change_of(struct audit *a, enum change_kind kind, const char *path)
{
	for (size_t i = 0; i < a->now->changes.n; i++) {
		struct change *c = a->now->changes.v[i];

		if (c->kind == kind && strcmp(c->path, path) == 0)
			return c;
	}
	return NULL;
}

static struct change *plan(struct audit *a, enum change_kind kind, const char *path, char class)
{
	struct change *c = change_of(a, kind, path);

	if (!c) {
		c = pool_alloc(a->pool, sizeof(*c));
		*c = (struct change){.kind = kind, .class = class, .path = path};
		list_add(a->pool, &a->now->changes, c);
	} else if (class == 'C') {
		c->class = 'C';
	}
	return c;
}

struct edit *plan_edit(struct audit *a, const struct xml *x, char class)
{
	struct change *c = plan(a, CHANGE_EDIT, real_path(a, x->path), class);

	if (!c->edit) {
		c->edit = pool_alloc(a->pool, sizeof(*c->edit));
		*c->edit = (struct edit){.path = c->path, .old = x->bytes, .n = x->n};
	}
	return c->edit;
}

void plan_mode(struct audit *a, const char *path, uid_t uid, gid_t gid, mode_t mode, char class)
{
	struct change *c = plan(a, CHANGE_MODE, real_path(a, path), class);

	c->uid = uid;
	c->gid = gid;
	c->mode = mode;
}

void plan_move(struct audit *a, const char *path, const char *to, char class)
{
	plan(a, CHANGE_MOVE, real_parent(a, path), class)->to = pool_str(a->pool, to);
}

void plan_remove(struct audit *a, const char *path, char class)
{
	plan(a, CHANGE_REMOVE, real_path(a, path), class);
}

void plan_create(struct audit *a, const char *path, const char *bytes, mode_t mode, char class)
{
	struct change *c = plan(a, CHANGE_CREATE, real_parent(a, path), class);

	c->bytes = bytes;
	c->n = strlen(bytes);
	c->uid = 0;
	c->gid = a->t->was.known ? a->t->was.gid : 0;
	c->mode = mode;
}

void plan_for(struct finding *f, char class)
{
	f->fix = class;
}

void plan_refused(struct audit *a, struct finding *f, const struct err *err)
{
	remedy(a, f, "by hand, because: %s", err->text);
}
