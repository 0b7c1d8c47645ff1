// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "report.h"

report_writer *report_by_name(const char *name)
{
	static const struct {
		const char *name;
		report_writer *writer;
	} formats[] = {{"table", report_table}, {"json", report_json},	 {"html", report_html},
		       {"csv", report_csv},	{"junit", report_junit}, {"sarif", report_sarif}};

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].writer;
	return NULL;
}

void put_xml(FILE *to, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '&':
			fputs("&amp;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		default:
			if ((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t')
				fprintf(to, "\\x%02x", (unsigned char)*s);
			else
				fputc(*s, to);
		}
	}
}

const char *report_tr(const struct report *r, const char *en)
{
	return lang_tr(r->set->lang, en);
}

int report_count(const struct audit *a, enum verdict v)
{
	int n = 0;

	for (size_t i = 0; i < a->results.n; i++)
		n += ((struct result *)a->results.v[i])->verdict == v;
	return n;
}

const char *good_when(const struct report *r, const struct check *c)
{
	return report_tr(r, r->set->guide ? c->guide : c->baseline);
}

const char *remedy_of(const struct report *r, const struct result *res, const struct finding *f)
{
	if (f->remedy)
		return f->remedy;
	return f->verdict == V_VULNERABLE ? report_tr(r, res->check->remedy) : "";
}
