// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "report.h"

/* RFC 4180. A spreadsheet takes = + - @ at the start for a formula: names come from anybody. */
static void put(FILE *to, const char *s, const char *end)
{
	fputc('"', to);
	if (*s && strchr("=+-@\t\r", *s))
		fputc('\'', to);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', to);
		fputc(*s, to);
	}
	fprintf(to, "\"%s", end);
}

static void put_finding(const struct report *r, const struct audit *a, const struct result *res,
			const struct finding *f, FILE *to)
{
	char line[16] = "", fix[2] = {f->fix, 0};

	if (f->line)
		snprintf(line, sizeof(line), "%d", f->line);
	put(to, a->t->base, ",");
	put(to, res->check->code, ",");
	put(to, report_tr(r, res->check->title), ",");
	put(to, risk_name(f->risk), ",");
	put(to, verdict_name(res->verdict), ",");
	put(to, f->note ? "note" : verdict_name(f->verdict), ",");
	put(to, f->object ? f->object : "", ",");
	put(to, line, ",");
	put(to, f->observed, ",");
	put(to, good_when(r, res->check), ",");
	put(to, fix, ",");
	put(to, remedy_of(r, res, f), ",");
	put(to, f->waiver ? f->waiver->reason : "", "\r\n");
}

int report_csv(const struct report *r, FILE *to)
{
	fputs("server,check,title,risk,verdict,finding,object,line,observed,expected,fix,remedy,waiver\r\n",
	      to);
	for (size_t i = 0; i < r->servers.n; i++) {
		const struct audit *a = r->servers.v[i];

		for (size_t k = 0; k < a->results.n; k++) {
			const struct result *res = a->results.v[k];

			for (size_t j = 0; j < res->findings.n; j++)
				put_finding(r, a, res, res->findings.v[j], to);
		}
	}
	return ferror(to) ? -1 : 0;
}
