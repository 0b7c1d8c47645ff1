// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include <sys/stat.h>
#include "undeploy.h"

/* Beside appBase, so on the same file system, and where the server deploys nothing. */
static const char *quarantine(struct audit *a, const struct host *h)
{
	const char *slash = strrchr(h->app_base, '/');

	return pool_printf(a->pool, "%.*s/webdefender-quarantine",
			   (int)(slash ? slash - h->app_base : 0), h->app_base);
}

static void move_if_there(struct audit *a, const struct app *app, const char *tail)
{
	const char *path = pool_printf(a->pool, "%s/%s%s", app->host->app_base, app->base, tail);
	struct stat st;

	if (lstat(path, &st) == 0)
		plan_move(a, path, quarantine(a, app->host), 'C');
}

void undeploy_plan(struct audit *a, struct finding *f, const struct app *app)
{
	struct err err;

	if (app->context == a->t->server && app->node) {
		if (edit_comment_out(a->pool, plan_edit(a, a->t->server, 'C'), a->t->server,
				     app->node, &err) < 0) {
			plan_refused(a, f, &err);
			return;
		}
	}
	if (app->descriptor)
		plan_remove(a, app->descriptor->path, 'C');
	move_if_there(a, app, "");
	move_if_there(a, app, ".war");
	plan_for(f, 'C');
}
