// SPDX-License-Identifier: Apache-2.0
/* One page without scripts or anything from elsewhere: it can be mailed and printed. */
#include "report.h"

static const char style[] =
	"body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 1em;color:#222}"
	"table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.4em .6em;"
	"text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f3f3f3}"
	"h1{font-size:1.5em}h2{font-size:1.1em;margin-top:2em}code{font-size:.92em}"
	".v0{color:#666}.v1{color:#176b2c}.v2{color:#8a5a00}.v3{color:#7a1f8a}.v4{color:#b00020}"
	".v{font-weight:bold;white-space:nowrap}.note{color:#666}"
	"@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}"
	"@media (prefers-color-scheme:dark){body{background:#1b1b1b;color:#ddd}th{background:#2a2a2a}"
	"td,th{border-color:#444}.v1{color:#6fce85}.v2{color:#e0b050}.v3{color:#d58ae6}.v4{color:#ff8080}}";

static void cell(FILE *to, const char *tag, const char *text)
{
	fprintf(to, "<%s>", tag);
	put_xml(to, text);
	fprintf(to, "</%.2s>", tag);
}

static void put_finding(const struct report *r, const struct result *res, const struct finding *f,
			FILE *to)
{
	fprintf(to, "<p class=\"%s\"><code>", f->note ? "note" : "");
	put_xml(to, f->object ? f->object : "");
	if (f->line)
		fprintf(to, ":%d", f->line);
	fputs("</code> ", to);
	put_xml(to, f->observed);
	if (f->waiver) {
		fprintf(to, " [%s: ", report_tr(r, "waived"));
		put_xml(to, f->waiver->reason);
		fputs("]", to);
	}
	if (f->verdict == V_VULNERABLE) {
		fprintf(to, "<br>%s (%c): ", report_tr(r, "Remedy"), f->fix ? f->fix : 'M');
		put_xml(to, remedy_of(r, res, f));
	}
	fputs("</p>", to);
}

static void put_result(const struct report *r, const struct result *res, FILE *to)
{
	fputs("<tr>", to);
	cell(to, "td", res->check->code);
	fprintf(to, "<td class=\"v v%d\">%s</td>", res->verdict,
		report_tr(r, verdict_name(res->verdict)));
	cell(to, "td", report_tr(r, risk_name(res->check->risk)));
	fputs("<td><b>", to);
	put_xml(to, report_tr(r, res->check->title));
	fputs("</b><br>", to);
	put_xml(to, good_when(r, res->check));
	fputs("</td><td>", to);
	for (size_t i = 0; i < res->findings.n; i++)
		put_finding(r, res, res->findings.v[i], to);
	fputs("</td></tr>\n", to);
}

static void put_server(const struct report *r, const struct audit *a, FILE *to)
{
	static const char *const heads[] = {"Check", "Verdict", "Risk", "Expected", "Observed"};

	fputs("<h2>", to);
	put_xml(to, a->t->base);
	fprintf(to, "</h2>\n<p>%s %d, %s %d, %s %d, %s %d</p>\n<table><tr>", report_tr(r, "GOOD"),
		report_count(a, V_GOOD), report_tr(r, "VULNERABLE"), report_count(a, V_VULNERABLE),
		report_tr(r, "MANUAL"), report_count(a, V_MANUAL), report_tr(r, "ERROR"),
		report_count(a, V_ERROR));
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		cell(to, "th", report_tr(r, heads[i]));
	fputs("</tr>\n", to);
	for (size_t i = 0; i < a->results.n; i++)
		put_result(r, a->results.v[i], to);
	fputs("</table>\n", to);
}

int report_html(const struct report *r, FILE *to)
{
	fprintf(to,
		"<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>%s</title>"
		"<style>%s</style></head><body>\n<h1>%s</h1>\n<p>",
		lang_name(r->set->lang), report_tr(r, "Tomcat audit"), style,
		report_tr(r, "Tomcat audit"));
	put_xml(to, r->host);
	fprintf(to, ", %s, %s: %s</p>\n", r->time, report_tr(r, "criterion"),
		r->set->guide ? "guide" : "baseline");
	for (size_t i = 0; i < r->servers.n; i++)
		put_server(r, r->servers.v[i], to);
	fputs("</body></html>\n", to);
	return ferror(to) ? -1 : 0;
}
