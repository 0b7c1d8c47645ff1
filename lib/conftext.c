// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "conftext.h"
#include "fsx.h"

/* Behind the comment at p; p itself: there is none. */
static char *comment_end(char *p)
{
	char *end;

	if (*p == '#' || (p[0] == '/' && p[1] == '/'))
		return p + strcspn(p, "\n");
	if (p[0] != '/' || p[1] != '*')
		return p;
	end = strstr(p + 2, "*/");
	return end ? end + 2 : p + strlen(p);
}

static char *string_end(char *p)
{
	char quote = *p++;

	for (; *p && *p != quote; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

void conftext_blank(char *text)
{
	bool between = true; /* words: inside of one, as /dev/x or a//b, nothing begins */

	for (char *p = text, *end; *p;) {
		if (*p == '"' || *p == '\'') {
			p = string_end(p);
			between = true;
			continue;
		}
		end = between ? comment_end(p) : p;
		for (; p < end; p++)
			if (*p != '\n')
				*p = ' ';
		if (!*p)
			break;
		between = strchr(" \t\r\n={}(),+;", *p) != NULL;
		p += *p != '"' && *p != '\'';
	}
}

FILE *conftext_open(const char *file, char **text, struct err *err)
{
	size_t n;
	FILE *f;
	int e;

	*text = fsx_slurp(file, CONFTEXT_MAX, &n, err);
	if (!*text)
		return NULL;
	conftext_blank(*text);
	/* A file of no bytes is a fine configuration, but no memory to open. */
	f = **text ? fmemopen(*text, strlen(*text), "r") : fopen("/dev/null", "re");
	if (f)
		return f;
	e = errno;
	err_sys(err, "%s", file);
	free(*text);
	*text = NULL;
	errno = e;
	return NULL;
}

bool seen_before(struct seen *s, const void *p)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i] == p)
			return true;
	if (s->n < SEEN_MAX)
		s->list[s->n++] = p;
	return false;
}
