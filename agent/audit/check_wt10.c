// SPDX-License-Identifier: Apache-2.0
/* WT-10: example applications, by whatever way they got here */
#include <stdlib.h>
#include <string.h>
#include "checks.h"
#include "slurp.h"
#include "undeploy.h"

static bool is_sample(const struct app *app)
{
	static const char *const paths[] = {"/sample", "/jsp-examples", "/servlets-examples",
					    "/servlet-examples", "/webdav"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (strcmp(app->path, paths[i]) == 0)
			return true;
	return false;
}

static const char *way(const struct app *app)
{
	return app->descriptor ? app->descriptor->path : app->doc_base;
}

static void note_stock_root(struct audit *a, const struct app *app)
{
	static const char *const files[] = {"index.html", "index.jsp"};

	for (size_t i = 0; i < 2; i++) {
		const char *path = pool_printf(a->pool, "%s/%s", app->doc_base, files[i]);
		char *text = slurp(path, 1 << 20, NULL, NULL);

		if (text && strstr(text, "Tomcat") &&
		    (strstr(text, "It works") || strstr(text, "successfully installed")))
			found_note(a, path, 0, "the start page that comes with the server");
		free(text);
	}
}

static void judge(struct audit *a, const struct app *app)
{
	struct finding *f;

	if (app->kind == APP_EXAMPLES || (!is_guide(a) && is_sample(app))) {
		f = found(a, V_VULNERABLE, way(app), 0,
			  app->active ? "%s: examples are deployed (%s)"
				      : "%s: files of the examples lie in appBase (%s)",
			  app->label, app->doc_base);
		undeploy_plan(a, f, app);
	} else if (!is_guide(a) &&
		   (strcmp(app->path, "/docs") == 0 || strcmp(app->path, "/tomcat-docs") == 0)) {
		found_note(a, way(app), 0, "%s: the documentation is deployed", app->label);
	} else if (!is_guide(a) && !*app->path) {
		note_stock_root(a, app);
	}
}

static void run(struct audit *a)
{
	if (!need_server(a))
		return;
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];

		if (app->kind == APP_EXAMPLES || found_app_readable(a, app))
			judge(a, app);
	}
	for (size_t i = 0; i < a->now->findings.n; i++)
		if (((struct finding *)a->now->findings.v[i])->verdict > V_GOOD)
			return;
	found(a, V_GOOD, a->t->base, 0, "no examples among %zu applications", a->t->apps.n);
}

const struct check check_wt10 = {
	.code = "WT-10",
	.title = "Remove example applications",
	.risk = RISK_LOW,
	.guide = "no examples application",
	.baseline = "no examples or sample application deployed or lying in an appBase",
	.remedy = "remove the package (apt-get remove tomcat10-examples), or the application",
	.anchors = "STIG V-222958, V-222959, V-222960",
	.layout = true,
	.run = run,
};
