// SPDX-License-Identifier: Apache-2.0
/* One test case a check: failure = VULNERABLE, error = ERROR, skipped = MANUAL and N/A. */
#include "report.h"

static void put_findings(const struct result *res, enum verdict v, FILE *to)
{
	for (size_t i = 0; i < res->findings.n; i++) {
		const struct finding *f = res->findings.v[i];

		if (f->verdict != v)
			continue;
		put_xml(to, f->object ? f->object : "");
		if (f->line)
			fprintf(to, ":%d", f->line);
		fputs(": ", to);
		put_xml(to, f->observed);
		fputc('\n', to);
	}
}

static void put_case(const struct report *r, const struct result *res, FILE *to)
{
	static const char *const tags[] = {"skipped", NULL, "skipped", "error", "failure"};
	const char *tag = tags[res->verdict];

	fprintf(to, "  <testcase classname=\"tomcat\" name=\"%s ", res->check->code);
	put_xml(to, report_tr(r, res->check->title));
	if (!tag) {
		fputs("\"/>\n", to);
		return;
	}
	fprintf(to, "\">\n   <%s message=\"", tag);
	put_xml(to, good_when(r, res->check));
	fputs("\">", to);
	put_findings(res, res->verdict, to);
	fprintf(to, "</%s>\n  </testcase>\n", tag);
}

int report_junit(const struct report *r, FILE *to)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", to);
	for (size_t i = 0; i < r->servers.n; i++) {
		const struct audit *a = r->servers.v[i];

		fputs(" <testsuite name=\"", to);
		put_xml(to, a->t->base);
		fprintf(to,
			"\" tests=\"%zu\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" timestamp=\"%.19s\">\n",
			a->results.n, report_count(a, V_VULNERABLE), report_count(a, V_ERROR),
			report_count(a, V_MANUAL) + report_count(a, V_NA), r->time);
		for (size_t k = 0; k < a->results.n; k++)
			put_case(r, a->results.v[k], to);
		fputs(" </testsuite>\n", to);
	}
	fputs("</testsuites>\n", to);
	return ferror(to) ? -1 : 0;
}
