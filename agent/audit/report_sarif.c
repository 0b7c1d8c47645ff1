// SPDX-License-Identifier: Apache-2.0
/* SARIF 2.1.0: rules are the checks, results the findings that are not good. */
#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include "checks.h"
#include "event.h"
#include "report.h"

static const char *level(const struct finding *f)
{
	if (f->verdict != V_VULNERABLE || f->waiver)
		return "note";
	return f->risk == RISK_LOW ? "warning" : "error";
}

/* RFC 3986: what is not unreserved or a slash is written %XX. */
static const char *file_uri(struct pool *p, const char *path)
{
	char *out = pool_alloc(p, strlen(path) * 3 + 8), *at = out;

	memcpy(at, "file://", 7);
	for (at += 7; *path; path++) {
		if (isalnum((unsigned char)*path) || strchr("/-._~", *path))
			*at++ = *path;
		else
			at += snprintf(at, 4, "%%%02X", (unsigned char)*path);
	}
	return out;
}

static json_t *location(const struct audit *a, const struct finding *f)
{
	json_t *physical;

	if (!f->object || *f->object != '/')
		return json_pack("[{s:[{s:o}]}]", "logicalLocations", "fullyQualifiedName",
				 json_bytes(f->object ? f->object : a->t->base));
	physical = json_pack("{s:{s:s}}", "artifactLocation", "uri", file_uri(a->pool, f->object));
	if (f->line)
		json_object_set_new(physical, "region", json_pack("{s:i}", "startLine", f->line));
	return json_pack("[{s:o}]", "physicalLocation", physical);
}

static json_t *rules(const struct report *r)
{
	json_t *all = json_array();

	for (size_t i = 0; checks[i]; i++)
		json_array_append_new(
			all, json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}}", "id", checks[i]->code,
				       "shortDescription", "text", report_tr(r, checks[i]->title),
				       "fullDescription", "text", good_when(r, checks[i]), "help",
				       "text", report_tr(r, checks[i]->remedy)));
	return all;
}

static void add_results(json_t *out, const struct audit *a, const struct result *res)
{
	for (size_t i = 0; i < res->findings.n; i++) {
		const struct finding *f = res->findings.v[i];
		json_t *one;

		if (f->verdict <= V_GOOD)
			continue;
		one = json_pack("{s:s, s:s, s:{s:o}, s:o}", "ruleId", res->check->code, "level",
				level(f), "message", "text", json_bytes(f->observed), "locations",
				location(a, f));
		if (f->waiver)
			json_object_set_new(one, "suppressions",
					    json_pack("[{s:s, s:o}]", "kind", "external",
						      "justification",
						      json_bytes(f->waiver->reason)));
		json_array_append_new(out, one);
	}
}

int report_sarif(const struct report *r, FILE *to)
{
	json_t *results = json_array(), *all;
	int failed;

	for (size_t i = 0; i < r->servers.n; i++) {
		const struct audit *a = r->servers.v[i];

		for (size_t k = 0; k < a->results.n; k++)
			add_results(results, a, a->results.v[k]);
	}
	all = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:o}]}", "$schema",
			"https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs",
			"tool", "driver", "name", "WebDefender", "version", WD_VERSION, "rules",
			rules(r), "results", results);
	failed = !all || json_dumpf(all, to, JSON_INDENT(1)) < 0;
	fputc('\n', to);
	json_decref(all);
	return failed ? -1 : 0;
}
