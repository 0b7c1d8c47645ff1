// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "inner.h"
#include "sysdir.h"

/* What of path lies behind of: "" if they are the same, "/x", or NULL if it is elsewhere. */
static const char *behind(const char *path, const char *of)
{
	size_t n = strcmp(of, "/") ? strlen(of) : 0;

	if (strncmp(path, of, n) || (path[n] && path[n] != '/'))
		return NULL;
	return strcmp(path + n, "/") ? path + n : "";
}

/* Another mount outside dir may show the same: then the system may need it to change there. */
static bool serves_system(const struct mount *inner, const struct mount *other, char **why)
{
	const char *rest = behind(inner->shows, other->shows);
	struct err err = {""};
	char *path = NULL;
	bool yes;

	if (!rest && behind(other->shows, inner->shows))
		rest = ""; /* the other one shows a part of it */
	if (!rest)
		return false;
	if (asprintf(&path, "%s%s", !strcmp(other->at, "/") && *rest ? "" : other->at, rest) < 0)
		return false;
	yes = sysdir_check(path, &err);
	free(path);
	if (yes && asprintf(why, "it is elsewhere too, and %s", err.text) < 0)
		*why = NULL;
	return yes;
}

static char *why_not(const struct mounts *m, const struct mount *inner, const char *dir)
{
	char *why = NULL;

	for (size_t i = 0; i < m->n; i++) {
		const struct mount *other = &m->v[i];

		if (other->dev == inner->dev && !behind(other->at, dir) &&
		    serves_system(inner, other, &why))
			break;
	}
	return why;
}

/* An outer one's path is shorter; of several at one place the kernel shows the last. */
static int outer_first(const void *a, const void *b)
{
	const struct mount *const *x = a, *const *y = b;
	size_t n = strlen((*x)->at), k = strlen((*y)->at);

	if (n != k)
		return n < k ? -1 : 1;
	return strcmp((*x)->at, (*y)->at) ?: *x < *y ? -1 : *x > *y;
}

static void tell(const struct mounts *m, const struct mount *const *inside, size_t n,
		 const char *dir, inner_fn each, void *arg)
{
	for (size_t i = 0; i < n; i++) {
		char *why;

		if (i + 1 < n && !strcmp(inside[i]->at, inside[i + 1]->at))
			continue;
		why = why_not(m, inside[i], dir);
		each(arg, inside[i]->at, why);
		free(why);
	}
}

int inner_each(const struct mounts *m, const char *dir, inner_fn each, void *arg, struct err *err)
{
	const struct mount **inside = reallocarray(NULL, m->n + 1, sizeof(*inside));
	size_t n = 0;

	if (!inside)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < m->n; i++) {
		const char *rest = behind(m->v[i].at, dir);

		if (rest && *rest)
			inside[n++] = &m->v[i];
	}
	qsort(inside, n, sizeof(*inside), outer_first);
	tell(m, inside, n, dir, each, arg);
	free(inside);
	return 0;
}

int inner_mounts(const char *dir, inner_fn each, void *arg, struct err *err)
{
	struct mounts m = {NULL, 0, 0};
	int rc = mounts_own(&m, err);

	if (inner_each(&m, dir, each, arg, rc ? &(struct err){""} : err))
		rc = -1;
	mounts_free(&m);
	return rc;
}
