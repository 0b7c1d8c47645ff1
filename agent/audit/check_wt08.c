// SPDX-License-Identifier: Apache-2.0
/* WT-08: does any application list its directories */
#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "archive.h"
#include "checks.h"
#include "plan.h"

#define FRAGMENT "META-INF/web-fragment.xml"

static void judge_param(struct audit *a, const struct xml *x, xmlNode *param, char class)
{
	const char *name = xml_child_text(a->pool, param, "param-name");
	const char *value = tomcat_value(a->t, xml_child_text(a->pool, param, "param-value"));
	int line = xml_line(x, param);
	struct finding *f;
	struct err err;

	if (!name || !value)
		return;
	if (strcmp(name, "listings") == 0 && strcasecmp(value, "true") == 0) {
		f = found(a, V_VULNERABLE, x->path, line, "directory listing is on");
		if (edit_set_text(a->pool, plan_edit(a, x, class), x,
				  xml_child(param, "param-value"), "false", &err) < 0)
			plan_refused(a, f, &err);
		else
			plan_for(f, class);
	} else if (is_guide(a)) {
		return;
	} else if (strcmp(name, "readonly") == 0 && strcasecmp(value, "false") == 0) {
		found_note(a, x->path, line, "readonly is false: clients may PUT and DELETE");
	} else if (strcmp(name, "debug") == 0 && strtol(value, NULL, 10) > 0) {
		found_note(a, x->path, line, "debug is %s", value);
	} else if (strcmp(name, "showServerInfo") == 0 && strcasecmp(value, "true") == 0) {
		found_note(a, x->path, line, "showServerInfo is true: listings name the server");
	}
}

/* Servlets that serve files; another one may well have a parameter of the same name. */
static bool serves_files(struct audit *a, const xmlNode *servlet)
{
	const char *class = xml_child_text(a->pool, servlet, "servlet-class");
	const char *name = xml_child_text(a->pool, servlet, "servlet-name");

	return (class && (strstr(class, "DefaultServlet") || strstr(class, "WebdavServlet"))) ||
	       (name && strcmp(name, "default") == 0);
}

static void judge_file(struct audit *a, const struct xml *x, char class)
{
	if (!found_readable(a, x))
		return;
	xml_each(servlet, xml_root(x), "servlet")
	{
		if (!serves_files(a, servlet))
			continue;
		xml_each(param, servlet, "init-param") judge_param(a, x, param, class);
	}
}

static void judge_jar(struct audit *a, const char *jar)
{
	struct err err;
	struct xml *x;
	char *bytes;
	size_t n;
	int r = archive_member(a->pool, jar, FRAGMENT, &bytes, &n, &err);

	if (r < 0) {
		found(a, V_ERROR, jar, 0, "cannot be read: %s", err.text);
	} else if (r > 0) {
		x = xml_from(a->pool, pool_printf(a->pool, "%s!%s", jar, FRAGMENT), bytes, n);
		x->archived = true;
		judge_file(a, x, 'C');
	}
}

static void judge_jars(struct audit *a, const struct app *app)
{
	const char *lib = pool_printf(a->pool, "%s/WEB-INF/lib", app->doc_base);
	struct dirent **names;
	int n;

	if (app->archive) {
		found_note(a, app->doc_base, 0,
			   "libraries inside the archive were not searched for web fragments");
		return;
	}
	n = scandir(lib, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (fnmatch("*.jar", names[i]->d_name, 0) == 0)
			judge_jar(a, pool_printf(a->pool, "%s/%s", lib, names[i]->d_name));
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void run(struct audit *a)
{
	size_t before;

	if (!need_server(a))
		return;
	if (a->t->web->state == XML_ABSENT)
		found(a, V_MANUAL, a->t->web->path, 0, "no such file");
	judge_file(a, a->t->web, 'A');
	for (size_t i = 0; i < a->t->hosts.n; i++) {
		const struct host *h = a->t->hosts.v[i];

		judge_file(
			a,
			xml_load(a->pool, pool_printf(a->pool, "%s/web.xml.default", h->xml_base)),
			'A');
	}
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];

		if (!found_app_readable(a, app))
			continue;
		judge_file(a, app->web, 'C');
		judge_file(a, app_file(a->t, app, "WEB-INF/tomcat-web.xml"), 'C');
		judge_jars(a, app);
	}
	before = a->now->findings.n;
	for (size_t i = 0; i < before; i++)
		if (((struct finding *)a->now->findings.v[i])->verdict > V_GOOD)
			return;
	found(a, V_GOOD, a->t->web->path, 0, "off, and %zu applications do not override it",
	      a->t->apps.n);
}

const struct check check_wt08 = {
	.code = "WT-08",
	.title = "Directory listing off",
	.risk = RISK_HIGH,
	.guide = "listings is false",
	.baseline = "listings is false or absent in the server's and every application's web.xml",
	.remedy = "set listings to false",
	.anchors = "STIG V-222954",
	.layout = true,
	.run = run,
};
