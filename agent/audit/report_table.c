// SPDX-License-Identifier: Apache-2.0
#include <libsmartcols.h>
#include <unistd.h>
#include "report.h"

static const char *color(enum verdict v)
{
	static const char *const names[] = {NULL, "green", "yellow", "magenta", "red"};

	return names[v];
}

static struct libscols_table *new_table(const struct report *r, FILE *to)
{
	struct libscols_table *t = scols_new_table();

	scols_table_new_column(t, report_tr(r, "Check"), 0, 0);
	scols_table_new_column(t, report_tr(r, "Verdict"), 0, 0);
	scols_table_new_column(t, report_tr(r, "Risk"), 0, 0);
	scols_table_new_column(t, report_tr(r, "Fix"), 0, 0);
	scols_table_new_column(t, report_tr(r, "What"), 0.3, SCOLS_FL_WRAP);
	scols_table_new_column(t, report_tr(r, "Where"), 0.3, SCOLS_FL_WRAP);
	scols_table_set_stream(t, to);
	scols_table_enable_colors(t, isatty(fileno(to)));
	if (!isatty(fileno(to)))
		scols_table_set_termforce(t, SCOLS_TERMFORCE_NEVER);
	return t;
}

/* A check that is good needs one line; of a finding nobody should miss anything. */
static void add_result(const struct report *r, struct libscols_table *t, const struct audit *a,
		       const struct result *res)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);

	scols_line_set_data(line, 0, res->check->code);
	scols_line_set_data(line, 1, report_tr(r, verdict_name(res->verdict)));
	scols_line_set_data(line, 2, report_tr(r, risk_name(res->check->risk)));
	scols_line_set_data(line, 4, report_tr(r, res->check->title));
	scols_line_set_color(line, color(res->verdict));
	for (size_t i = 0; i < res->findings.n; i++) {
		const struct finding *f = res->findings.v[i];

		if (f->verdict <= V_GOOD && !f->note && !f->waiver)
			continue;
		line = scols_table_new_line(t, NULL);
		scols_line_set_data(line, 1,
				    f->note	? report_tr(r, "note")
				    : f->waiver ? report_tr(r, "waived")
						: report_tr(r, verdict_name(f->verdict)));
		scols_line_set_data(line, 3, pool_printf(a->pool, "%.1s", f->fix ? &f->fix : ""));
		scols_line_set_data(line, 4, f->observed);
		scols_line_set_data(line, 5,
				    f->line ? pool_printf(a->pool, "%s:%d", f->object, f->line)
					    : f->object);
	}
}

static void print_server(const struct report *r, const struct audit *a, FILE *to)
{
	struct libscols_table *t = new_table(r, to);

	fprintf(to, "%s %s  (%s %s)\n", report_tr(r, "Server"), a->t->base,
		report_tr(r, "criterion"), r->set->guide ? "guide" : "baseline");
	for (size_t i = 0; i < a->results.n; i++)
		add_result(r, t, a, a->results.v[i]);
	scols_print_table(t);
	scols_unref_table(t);
	fprintf(to, "%s %d, %s %d, %s %d, %s %d\n", report_tr(r, "GOOD"), report_count(a, V_GOOD),
		report_tr(r, "VULNERABLE"), report_count(a, V_VULNERABLE), report_tr(r, "MANUAL"),
		report_count(a, V_MANUAL), report_tr(r, "ERROR"), report_count(a, V_ERROR));
}

int report_table(const struct report *r, FILE *to)
{
	for (size_t i = 0; i < r->servers.n; i++) {
		if (i)
			fputc('\n', to);
		print_server(r, r->servers.v[i], to);
	}
	return 0;
}
