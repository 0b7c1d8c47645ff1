// SPDX-License-Identifier: Apache-2.0
/* Schema "webdefender-audit", version 1: members are added, never changed or taken away. */
#include <jansson.h>
#include <string.h>
#include "event.h"
#include "report.h"

static json_t *text(const char *s)
{
	return s ? json_bytes(s) : json_null();
}

static json_t *waiver_json(const struct waiver *w)
{
	return w ? json_pack("{s:o, s:o, s:o}", "owner", text(w->owner), "reason", text(w->reason),
			     "expires", text(w->expires))
		 : json_null();
}

static json_t *finding_json(const struct report *r, const struct result *res,
			    const struct finding *f)
{
	char fix[2] = {f->fix, 0};

	return json_pack("{s:s, s:s, s:o, s:i, s:o, s:o, s:o, s:b, s:I, s:o}", "verdict",
			 verdict_name(f->verdict), "risk", risk_name(f->risk), "object",
			 text(f->object), "line", f->line, "observed", text(f->observed), "remedy",
			 text(remedy_of(r, res, f)), "fix", f->fix ? text(fix) : json_null(),
			 "note", f->note, "count", (json_int_t)f->count, "waiver",
			 waiver_json(f->waiver));
}

static json_t *result_json(const struct report *r, const struct result *res)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < res->findings.n; i++)
		json_array_append_new(findings, finding_json(r, res, res->findings.v[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "code", res->check->code, "title",
			 report_tr(r, res->check->title), "risk", risk_name(res->check->risk),
			 "verdict", verdict_name(res->verdict), "expected",
			 good_when(r, res->check), "anchors",
			 res->check->anchors ? res->check->anchors : "", "findings", findings);
}

static json_t *server_json(const struct report *r, const struct audit *a)
{
	json_t *results = json_array(), *summary = json_object();
	const struct process *p = a->t->dirs->process;

	for (size_t i = 0; i < a->results.n; i++)
		json_array_append_new(results, result_json(r, a->results.v[i]));
	for (enum verdict v = V_NA; v < V_MAX; v++)
		json_object_set_new(summary, verdict_name(v), json_integer(report_count(a, v)));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "base", text(a->t->base), "home",
			 text(a->t->home), "pid", p ? json_integer(p->pid) : json_null(), "account",
			 text(a->t->was.known ? a->t->was.name : NULL), "summary", summary,
			 "results", results);
}

int report_json(const struct report *r, FILE *to)
{
	json_t *servers = json_array(), *all;
	int failed;

	for (size_t i = 0; i < r->servers.n; i++)
		json_array_append_new(servers, server_json(r, r->servers.v[i]));
	all = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:o}", "schema", "webdefender-audit",
			"schema_version", 1, "product", "tomcat", "criterion",
			r->set->guide ? "guide" : "baseline", "language", lang_name(r->set->lang),
			"host", r->host, "time", r->time, "servers", servers);
	failed = !all || json_dumpf(all, to, JSON_INDENT(1)) < 0;
	fputc('\n', to);
	json_decref(all);
	return failed ? -1 : 0;
}
