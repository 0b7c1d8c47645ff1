/* SPDX-License-Identifier: Apache-2.0 */
/* report - the same results for people and for programs */
#ifndef WD_AUDIT_REPORT_H
#define WD_AUDIT_REPORT_H

#include <stdio.h>
#include "result.h"

struct report {
	const struct settings *set;
	struct list servers; /* struct audit */
	const char *host;    /* this machine's name */
	char time[32];	     /* ISO 8601, UTC */
};

typedef int report_writer(const struct report *r, FILE *to);
report_writer report_table, report_json, report_html, report_csv, report_junit, report_sarif;
report_writer *report_by_name(const char *name); /* NULL: no such format */

/* Escaped for XML and HTML; control characters, which neither may hold, as \xNN. */
void put_xml(FILE *to, const char *s);
const char *report_tr(const struct report *r, const char *en) __attribute__((format_arg(2)));
int report_count(const struct audit *a, enum verdict v);
const char *good_when(const struct report *r, const struct check *c);
const char *remedy_of(const struct report *r, const struct result *res, const struct finding *f);

#endif
