// SPDX-License-Identifier: Apache-2.0
/* WT-11: applications that manage the server, where nobody needs them */
#include <unistd.h>
#include "checks.h"
#include "guard.h"
#include "undeploy.h"
#include "reach.h"

static void judge(struct audit *a, const struct app *app)
{
	const struct waiver *w = audit_waived(a, "WT-11", app->label);
	struct guard_view guard;
	struct finding *f;

	if (w) {
		guard_app(a->t, app, &guard);
		if (guard.guard == GUARD_SHUT) {
			f = found(a, V_GOOD, app->label, 0,
				  "needed, says %s: %s (until %s); access is restricted", w->owner,
				  w->reason, w->expires);
			f->waiver = w;
			return;
		}
	}
	f = found(a, V_VULNERABLE, app->descriptor ? app->descriptor->path : app->doc_base, 0,
		  w ? "%s: needed, but open to everybody (WT-01)"
		    : "%s: deployed, and nobody has said it is needed",
		  app->label);
	if (!w)
		undeploy_plan(a, f, app);
}

static void judge_legacy(struct audit *a)
{
	static const char *const names[] = {"manager", "admin", "host-manager"};

	for (size_t i = 0; i < 3; i++) {
		const char *path =
			pool_printf(a->pool, "%s/server/webapps/%s", a->t->home, names[i]);

		if (reach(path, F_OK) == 0)
			found(a, V_VULNERABLE, path, 0, "a management application of Tomcat 5");
	}
}

static void run(struct audit *a)
{
	if (!need_server(a))
		return;
	judge_legacy(a);
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];

		if (app_is_manager(app))
			judge(a, app);
		else if (app->active)
			found_app_readable(a, app); /* it may be a manager */
	}
	if (!a->now->findings.n)
		found(a, V_GOOD, a->t->base, 0, "no manager is deployed");
}

const struct check check_wt11 = {
	.code = "WT-11",
	.title = "Remove process management applications",
	.risk = RISK_MEDIUM,
	.guide = "no manager application that nobody needs",
	.baseline = "no manager deployed; or needed, by a waiver, and restricted (WT-01)",
	.remedy =
		"remove the package (apt-get remove tomcat10-admin), or the application; or record a waiver",
	.layout = true,
	.run = run,
};
