// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "inner.h"
#include "sysdir.h"

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw: what is needed of that. */
struct mount {
	unsigned int major, minor;
	char *shows; /* which directory of its file system */
	char *at;
};

struct mounts {
	struct mount *v;
	size_t n, room;
};

static void mounts_free(struct mounts *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].shows);
		free(m->v[i].at);
	}
	free(m->v);
}

/* ---- lines ---- */

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7';
}

/* Space, tab, newline and backslash are written as \040 and so on. In place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s == '\\' && is_octal(s + 1)) {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		} else {
			*to++ = *s;
		}
	*to = '\0';
}

static bool add_line(struct mounts *m, char *line)
{
	unsigned int major, minor;
	char *save = NULL, *words[5];
	struct mount mount;

	for (int i = 0; i < 5; i++)
		if (!(words[i] = strtok_r(i ? NULL : line, " ", &save)))
			return true;
	unescape(words[3]);
	unescape(words[4]);
	if (sscanf(words[2], "%u:%u", &major, &minor) != 2 || *words[4] != '/')
		return true;
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		struct mount *v = reallocarray(m->v, room, sizeof(*v));

		if (!v)
			return false;
		m->v = v;
		m->room = room;
	}
	mount = (struct mount){major, minor, strdup(words[3]), strdup(words[4])};
	if (!mount.shows || !mount.at) {
		free(mount.shows);
		free(mount.at);
		return false;
	}
	m->v[m->n++] = mount;
	return true;
}

/*
 * What can be read is, whatever the rest is: who hides a mount behind too many or too long lines
 * shall gain nothing but a complaint.
 */
static int read_all(struct mounts *m, FILE *f, struct err *err)
{
	char *line = NULL;
	size_t size = 0, long_ones = 0;
	ssize_t n = 0;
	int rc = 0;

	while (m->n < INNER_LINES_MAX && (n = getline(&line, &size, f)) > 0) {
		if (n > INNER_LINE_MAX) {
			long_ones++;
			continue;
		}
		if (memchr(line, '\0', n))
			continue;
		line[n - (line[n - 1] == '\n')] = '\0';
		if (!add_line(m, line)) {
			rc = err_set(err, "out of memory after %zu mounts", m->n);
			break;
		}
	}
	free(line);
	if (!rc && m->n == INNER_LINES_MAX && fgetc(f) != EOF)
		rc = err_set(err, "only the first %d mounts were looked at", INNER_LINES_MAX);
	else if (!rc && long_ones)
		rc = err_set(err,
			     "%zu mounts whose line is longer than %d bytes were not looked at",
			     long_ones, INNER_LINE_MAX);
	return rc;
}

/* ---- judging ---- */

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

		if (other->major == inner->major && other->minor == inner->minor &&
		    !behind(other->at, dir) && serves_system(inner, other, &why))
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

int inner_each(FILE *mountinfo, const char *dir, inner_fn each, void *arg, struct err *err)
{
	struct mounts m = {NULL, 0, 0};
	const struct mount **inside = NULL;
	size_t n = 0;
	int rc = read_all(&m, mountinfo, err);

	if (m.n && !(inside = reallocarray(NULL, m.n, sizeof(*inside))))
		rc = err_set(err, "out of memory");
	for (size_t i = 0; inside && i < m.n; i++) {
		const char *rest = behind(m.v[i].at, dir);

		if (rest && *rest)
			inside[n++] = &m.v[i];
	}
	if (n) {
		qsort(inside, n, sizeof(*inside), outer_first);
		tell(&m, inside, n, dir, each, arg);
	}
	free(inside);
	mounts_free(&m);
	return rc;
}

int inner_mounts(const char *dir, inner_fn each, void *arg, struct err *err)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int rc;

	if (!f)
		return err_sys(err, "/proc/self/mountinfo");
	rc = inner_each(f, dir, each, arg, err);
	fclose(f);
	return rc;
}
