// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "table.h"

struct table {
	struct libscols_table *t;
	size_t columns;
};

static void out_of_memory(void)
{
	fputs("wdpub: out of memory\n", stderr);
	exit(2);
}

struct table *table_new(const char *headings)
{
	struct table *t = calloc(1, sizeof(*t));
	char *copy = strdup(headings), *rest = copy, *word;

	if (!t || !copy || !(t->t = scols_new_table()))
		out_of_memory();
	while ((word = strsep(&rest, " "))) {
		int right = *word == '>';

		if (!scols_table_new_column(t->t, word + right, 0, right ? SCOLS_FL_RIGHT : 0))
			out_of_memory();
		t->columns++;
	}
	free(copy);
	return t;
}

void table_row(struct table *t, ...)
{
	struct libscols_line *line = scols_table_new_line(t->t, NULL);
	va_list ap;

	if (!line)
		out_of_memory();
	va_start(ap, t);
	for (size_t i = 0; i < t->columns; i++)
		if (scols_line_set_data(line, i, va_arg(ap, const char *)))
			out_of_memory();
	va_end(ap);
}

void table_end(struct table *t)
{
	scols_print_table(t->t);
	scols_unref_table(t->t);
	free(t);
}

static char *next_buffer(void)
{
	static char ring[16][64];
	static unsigned at;

	return ring[at++ % 16];
}

const char *human_bytes(uint64_t n)
{
	static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
	double v = n;
	unsigned u = 0;
	char *to = next_buffer();

	while (v >= 999.5 && u < 5) {
		v /= 1000;
		u++;
	}
	snprintf(to, 64, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return to;
}

const char *human_number(uint64_t n)
{
	char *to = next_buffer();

	snprintf(to, 64, "%" PRIu64, n);
	return to;
}

static time_t parse_time(const char *iso)
{
	struct tm tm = {0};

	return strptime(iso, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : 0;
}

const char *human_time(const char *iso)
{
	time_t when = parse_time(iso);
	struct tm tm;
	char *to = next_buffer();

	if (!*iso)
		return "-";
	localtime_r(&when, &tm);
	strftime(to, 64, "%Y-%m-%d %H:%M:%S", &tm);
	return to;
}

const char *human_ago(const char *iso)
{
	int64_t s = time(NULL) - parse_time(iso);
	char *to = next_buffer();

	if (!*iso)
		return "never";
	if (s < 0)
		s = 0;
	if (s < 120)
		snprintf(to, 64, "%" PRId64 " s ago", s);
	else if (s < 7200)
		snprintf(to, 64, "%" PRId64 " min ago", s / 60);
	else if (s < 172800)
		snprintf(to, 64, "%" PRId64 " h ago", s / 3600);
	else
		snprintf(to, 64, "%" PRId64 " days ago", s / 86400);
	return to;
}
