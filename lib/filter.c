// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "filter.h"

static bool is_dir(const char *text, size_t n)
{
	return n && text[n - 1] == '/';
}

static bool is_dot(const char *s, size_t n)
{
	return (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.');
}

/* kmod/filter.c's check_text() is the same. */
int filter_check(const char *text, struct err *err)
{
	size_t len = strlen(text), n;
	bool literal = false;
	const char *at;

	if (len >= FILTER_MAX)
		return err_set(err, "a filter has at most %d bytes: \"%.60s...\"", FILTER_MAX - 1,
			       text);
	for (at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f || strchr("[]\\", *at))
			return err_set(
				err,
				"filter \"%s\": control characters, '[', ']' and '\\' cannot be used",
				text);
	if (is_dir(text, len) && (*text == '/' || strpbrk(text, "*?")))
		return err_set(
			err,
			"filter \"%s\": an excepted directory is named exactly, from the site on, "
			"as uploads/",
			text);
	for (at = text + (*text == '/'); *at; at += n + (at[n] == '/')) {
		n = strcspn(at, "/");
		if (!n || is_dot(at, n))
			return err_set(err, "filter \"%s\": no empty parts, \".\" or \"..\"", text);
		literal = strspn(at, "*?") < n;
	}
	if (!literal)
		return err_set(
			err,
			"filter \"%s\": a glob names part of a file name at least, as *.log, not * alone",
			text);
	return 0;
}

const char *filters_next(const struct filters *f, const char *before)
{
	const char *next = before ? before + strlen(before) + 1 : f->text;

	return next < f->text + f->bytes ? next : NULL;
}

static char *find(const struct filters *f, const char *text)
{
	const char *t = NULL;

	while ((t = filters_next(f, t)))
		if (!strcmp(t, text))
			return (char *)t;
	return NULL;
}

int filters_add(struct filters *f, const char *text, struct err *err)
{
	size_t n = strlen(text) + 1;

	if (filter_check(text, err))
		return -1;
	if (find(f, text))
		return err_set(err, "the filter \"%s\" is there already", text);
	if (f->n == FILTERS_MAX || f->bytes + n > sizeof(f->text))
		return err_set(err, "a site has at most %d filters of %d bytes in all", FILTERS_MAX,
			       FILTERS_BYTES);
	memcpy(f->text + f->bytes, text, n);
	f->bytes += n;
	f->n++;
	return 0;
}

bool filters_remove(struct filters *f, const char *text)
{
	char *at = find(f, text);
	size_t n = strlen(text) + 1;

	if (!at)
		return false;
	memmove(at, at + n, f->text + f->bytes - (at + n));
	f->bytes -= n;
	f->n--;
	return true;
}

bool filters_same(const struct filters *a, const struct filters *b)
{
	return a->bytes == b->bytes && !memcmp(a->text, b->text, a->bytes);
}

/* The last star only is gone back to: at most np * ns steps. No '/' is stepped over. */
static bool glob(const char *p, size_t np, const char *s, size_t ns)
{
	size_t i = 0, k = 0, star = 0, resume = 0;
	bool starred = false;

	while (k < ns) {
		if (i < np && p[i] == '*') {
			starred = true;
			star = ++i;
			resume = k;
		} else if (i < np && ((p[i] == '?' && s[k] != '/') || p[i] == s[k])) {
			i++;
			k++;
		} else if (starred && s[resume] != '/') {
			i = star;
			k = ++resume;
		} else {
			return false;
		}
	}
	while (i < np && p[i] == '*')
		i++;
	return i == np;
}

static bool glob_matches(const char *text, const char *path)
{
	const char *name = strrchr(path, '/');

	if (strchr(text, '/')) {
		text += *text == '/';
		return glob(text, strlen(text), path, strlen(path));
	}
	name = name ? name + 1 : path;
	return glob(text, strlen(text), name, strlen(name));
}

/* text of n bytes ends in '/'. */
static enum filter_match dir_match(const char *text, size_t n, const char *path)
{
	size_t len = strlen(path);

	if (len + 1 == n && !memcmp(text, path, len))
		return FILTER_DIR;
	if (len + 1 < n && !memcmp(text, path, len) && text[len] == '/')
		return FILTER_ABOVE;
	return len > n && !memcmp(text, path, n) ? FILTER_BELOW : FILTER_NONE;
}

enum filter_match filters_match(const struct filters *f, const char *path)
{
	enum filter_match found = FILTER_NONE, m;
	const char *t = NULL;

	while ((t = filters_next(f, t))) {
		if (is_dir(t, strlen(t)))
			m = dir_match(t, strlen(t), path);
		else
			m = glob_matches(t, path) ? FILTER_FILE : FILTER_NONE;
		if (m == FILTER_DIR || m == FILTER_BELOW)
			return m;
		if (m != FILTER_NONE && found != FILTER_ABOVE)
			found = m;
	}
	return found;
}

bool filters_touch(const struct filters *f, const char *dir)
{
	const char *t = NULL, *slash;

	while ((t = filters_next(f, t))) {
		if (is_dir(t, strlen(t)))
			continue;
		slash = strrchr(t, '/');
		if (!slash)
			return true;
		t += *t == '/';
		if (glob(t, slash > t ? (size_t)(slash - t) : 0, dir, strlen(dir)))
			return true;
	}
	return false;
}
