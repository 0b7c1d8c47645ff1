// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "mounts.h"

void mounts_free(struct mounts *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].line);
	free(m->v);
	*m = (struct mounts){NULL, 0, 0};
}

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7';
}

/* Space, tab, newline and backslash are written as \040 and so on. In place. */
static char *unescape(char *word)
{
	char *to = word, *s = word;

	for (; *s; s++)
		if (*s == '\\' && is_octal(s + 1)) {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		} else {
			*to++ = *s;
		}
	*to = '\0';
	return word;
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw: false if it is no such line. */
static bool read_line(struct mount *m, char *line)
{
	unsigned int major, minor;
	char *save = NULL, *words[5], *word;

	for (int i = 0; i < 5; i++)
		if (!(words[i] = strtok_r(i ? NULL : line, " ", &save)))
			return false;
	if (sscanf(words[0], "%d", &m->id) != 1 || sscanf(words[2], "%u:%u", &major, &minor) != 2 ||
	    *words[4] != '/')
		return false;
	m->dev = makedev(major, minor);
	m->shows = unescape(words[3]);
	m->at = unescape(words[4]);
	do
		word = strtok_r(NULL, " ", &save);
	while (word && strcmp(word, "-"));
	m->type = strtok_r(NULL, " ", &save) ?: "";
	strtok_r(NULL, " ", &save); /* the source, which may be any text */
	m->options = strtok_r(NULL, " ", &save) ?: "";
	return true;
}

static bool add_line(struct mounts *m, const char *line)
{
	struct mount mount = {.line = strdup(line)};
	struct mount *v = m->v;

	if (!mount.line)
		return false;
	if (!read_line(&mount, mount.line)) {
		free(mount.line);
		return true;
	}
	if (m->n == m->room) {
		v = reallocarray(v, m->room ? 2 * m->room : 64, sizeof(*v));
		if (!v) {
			free(mount.line);
			return false;
		}
		m->v = v;
		m->room = m->room ? 2 * m->room : 64;
	}
	v[m->n++] = mount;
	return true;
}

/*
 * What can be read is, whatever the rest is: who hides a mount behind too many or too long lines
 * shall gain nothing but a complaint.
 */
int mounts_read(struct mounts *m, FILE *f, struct err *err)
{
	char *line = NULL;
	size_t size = 0, long_ones = 0;
	ssize_t n = 0;
	int rc = 0;

	while (m->n < MOUNTS_MAX && (n = getline(&line, &size, f)) > 0) {
		if (n > MOUNTS_LINE_MAX) {
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
	if (!rc && m->n == MOUNTS_MAX && fgetc(f) != EOF)
		rc = err_set(err, "only the first %d mounts were looked at", MOUNTS_MAX);
	else if (!rc && long_ones)
		rc = err_set(err,
			     "%zu mounts whose line is longer than %d bytes were not looked at",
			     long_ones, MOUNTS_LINE_MAX);
	return rc;
}

int mounts_own(struct mounts *m, struct err *err)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int rc;

	if (!f)
		return err_sys(err, "/proc/self/mountinfo");
	rc = mounts_read(m, f, err);
	fclose(f);
	return rc;
}
