// SPDX-License-Identifier: Apache-2.0
/*
 * WT-09: what visitors are shown when something goes wrong
 *
 * An <error-page> is resolved inside each application and comes too late for a malformed
 * request line. Only the host's ErrorReportValve answers in every case.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "checks.h"
#include "slurp.h"
#include "plan.h"
#include "reach.h"

#define VALVE "org.apache.catalina.valves.ErrorReportValve"

static const char *const codes[] = {"400", "401", "403", "404", "500"};
#define CODES (sizeof(codes) / sizeof(*codes))

static const char page[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
	"<title>Request failed</title></head>\n<body>\n<h1>The request could not be served</h1>\n"
	"<p>Please check the address, or try again later.</p>\n</body>\n</html>\n";

/* The location of the <error-page> for a code; NULL: none. */
static const char *error_page(struct audit *a, const struct xml *web, const char *code)
{
	xml_each(entry, xml_root(web), "error-page")
	{
		const char *own = xml_child_text(a->pool, entry, "error-code");

		if (own && strcmp(own, code) == 0)
			return xml_child_text(a->pool, entry, "location");
	}
	return NULL;
}

static void run_guide(struct audit *a)
{
	const char *missing = "";

	if (!found_readable(a, a->t->web))
		return;
	for (size_t i = 0; i < CODES; i++)
		if (!error_page(a, a->t->web, codes[i]))
			missing = pool_printf(a->pool, "%s%s%s", missing, *missing ? ", " : "",
					      codes[i]);
	if (*missing)
		found(a, V_VULNERABLE, a->t->web->path, 0, "no error page for %s", missing);
	else
		found(a, V_GOOD, a->t->web->path, 0, "error pages for all five codes");
}

/* Words of a page that tell a stranger what runs here. */
static void scan_page(struct audit *a, const char *path)
{
	static const char *const telling[] = {"Apache Tomcat", "Exception", "\tat java.",
					      "org.apache.",   "/webapps/", "Stacktrace"};
	struct err err;
	char *text = slurp(path, 1 << 20, NULL, &err);

	if (!text) {
		found(a, V_ERROR, path, 0, "cannot be read: %s", err.text);
		return;
	}
	for (size_t i = 0; i < sizeof(telling) / sizeof(*telling); i++)
		if (strstr(text, telling[i])) {
			found(a, V_VULNERABLE, path, 0, "the error page itself says \"%s\"",
			      telling[i]);
			break;
		}
	free(text);
}

static const char *valve_page(struct audit *a, const xmlNode *valve, const char *code)
{
	const char *file =
		tomcat_attr(a->t, valve, pool_printf(a->pool, "errorCode.%s", code), NULL);

	if (!file)
		file = tomcat_attr(a->t, valve, "errorCode.0", NULL);
	return file ? tomcat_path(a->t, file) : NULL;
}

/* Every application of the host brings its own page, and the page is there. */
static bool apps_have_page(struct audit *a, const struct host *h, const char *code)
{
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];
		const char *at;

		if (app->host != h || !app->active)
			continue;
		at = error_page(a, app->web, code);
		if (!at)
			at = error_page(a, a->t->web, code);
		if (!at || reach(pool_printf(a->pool, "%s/%s", app->doc_base, at), R_OK) < 0)
			return false;
	}
	return true;
}

static const char *lacking(struct audit *a, const struct host *h, const xmlNode *valve)
{
	const char *list = "";

	for (size_t i = 0; i < CODES; i++) {
		const char *file = valve_page(a, valve, codes[i]);

		if ((file && reach(file, R_OK) == 0) || apps_have_page(a, h, codes[i]))
			continue;
		list = pool_printf(a->pool, "%s%s%s", list, *list ? ", " : "", codes[i]);
	}
	return list;
}

static xmlNode *find_valve(struct audit *a, const struct host *h)
{
	xml_each(valve, h->node, "Valve") if (strcmp(tomcat_attr(a->t, valve, "className", ""),
						     VALVE) == 0) return valve;
	return NULL;
}

static int plan_valve(struct audit *a, const struct host *h, xmlNode *valve, struct err *err)
{
	static const char *const attrs[][2] = {{"showReport", "false"},
					       {"showServerInfo", "false"},
					       {"errorCode.0", "conf/errors/error.html"}};
	struct edit *e = plan_edit(a, a->t->server, 'C');

	if (!valve)
		return edit_insert_child(
			a->pool, e, a->t->server, h->node,
			"<Valve className=\"" VALVE "\" showReport=\"false\" "
			"showServerInfo=\"false\" errorCode.0=\"conf/errors/error.html\"/>",
			err);
	for (size_t i = 0; i < 3; i++)
		if (edit_set_attr(a->pool, e, a->t->server, valve, attrs[i][0], attrs[i][1], err) <
		    0)
			return -1;
	return 0;
}

static void plan_host(struct audit *a, struct finding *f, const struct host *h, xmlNode *valve)
{
	const char *file = tomcat_path(a->t, "conf/errors/error.html");
	struct err err;

	if (plan_valve(a, h, valve, &err) < 0) {
		plan_refused(a, f, &err);
		return;
	}
	if (reach(file, F_OK) < 0)
		plan_create(a, pool_printf(a->pool, "%s/errors/error.html", a->t->conf), page, 0640,
			    'C');
	plan_for(f, 'C');
}

static void scan_pages(struct audit *a, const xmlNode *valve)
{
	const char *seen = "";

	for (size_t i = 0; i < CODES; i++) {
		const char *file = valve_page(a, valve, codes[i]);

		if (file && strcmp(file, seen) != 0 && reach(file, F_OK) == 0)
			scan_page(a, seen = file);
	}
}

static void judge_host(struct audit *a, const struct host *h)
{
	const char *class = tomcat_attr(a->t, h->node, "errorReportValveClass", VALVE), *list;
	xmlNode *valve = find_valve(a, h);
	int line = xml_line(a->t->server, valve ? valve : h->node);
	struct finding *f;

	if (strcmp(class, VALVE) != 0) {
		found(a, V_MANUAL, a->t->server->path, line, "host %s: errors are reported by %s",
		      h->name, class);
		return;
	}
	if (!valve) {
		f = found(a, V_VULNERABLE, a->t->server->path, line,
			  "host %s: no ErrorReportValve: error pages name product and version",
			  h->name);
		plan_host(a, f, h, valve);
		return;
	}
	list = lacking(a, h, valve);
	if (tomcat_flag(a->t, valve, "showReport", true) ||
	    tomcat_flag(a->t, valve, "showServerInfo", true) || *list) {
		f = found(
			a, V_VULNERABLE, a->t->server->path, line,
			"host %s: showReport or showServerInfo is on, or there is no page for: %s",
			h->name, *list ? list : "-");
		plan_host(a, f, h, valve);
	} else {
		found(a, V_GOOD, a->t->server->path, line,
		      "host %s: own pages, no server information", h->name);
	}
	scan_pages(a, valve);
}

static void run(struct audit *a)
{
	if (is_guide(a)) {
		run_guide(a);
		return;
	}
	if (!need_server(a))
		return;
	for (size_t i = 0; i < a->t->hosts.n; i++)
		judge_host(a, a->t->hosts.v[i]);
	if (!a->t->hosts.n)
		found(a, V_MANUAL, a->t->server->path, 0, "no Host here");
}

const struct check check_wt09 = {
	.code = "WT-09",
	.title = "Error pages",
	.risk = RISK_LOW,
	.guide = "own pages for 400, 401, 403, 404 and 500",
	.baseline =
		"on every host an ErrorReportValve without report and server information, and own pages for the five codes",
	.remedy = "install a static page and the valve in every Host, then restart",
	.anchors = "STIG V-222975, V-222976, V-222977",
	.layout = true,
	.run = run,
};
