// SPDX-License-Identifier: Apache-2.0
/* WT-07: who can read the configuration, and write configuration, programs and sources */
#include <string.h>
#include "checks.h"
#include "need.h"
#include "roots.h"

struct pass {
	struct sweep sweep;
	const struct root *root;
	const struct list *roots;
	struct need plain, web_inf;
};

static struct need need_config(const struct audit *a)
{
	return is_guide(a) ? (struct need){.guide = true, .limit = 0700}
			   : (struct need){.limit = 0640, .was_group = true};
}

static struct need need_source(const struct audit *a)
{
	return is_guide(a) ? (struct need){.guide = true, .limit = 0644}
			   : (struct need){.limit = 0755};
}

static int each(void *arg, const struct walk *w)
{
	struct pass *p = arg;
	const struct need *n = strstr(w->path, "/WEB-INF/") ? &p->web_inf : &p->plain;

	if (S_ISREG(w->st->st_mode) && !(p->root && root_is_other(p->roots, p->root, w->path)) &&
	    !settings_under(&p->sweep.a->set->excludes, w->path))
		sweep_take(&p->sweep, n, w);
	return 0;
}

static void sweep_sources(struct audit *a)
{
	struct list roots = {0};

	roots_of(a, &roots);
	for (size_t i = 0; i < roots.n; i++) {
		struct pass p = {.root = roots.v[i], .roots = &roots, .plain = need_source(a)};

		p.web_inf = is_guide(a) ? p.plain : need_config(a);
		sweep_start(&p.sweep, a, p.root->path, "source files");
		walk_tree(p.root->path, each, sweep_failed, &p);
		sweep_end(&p.sweep);
	}
}

static void sweep_config(struct audit *a)
{
	struct pass p = {.plain = need_config(a), .web_inf = need_config(a)};

	sweep_start(&p.sweep, a, a->t->conf, "configuration files");
	walk_tree(a->t->conf, each, sweep_failed, &p);
	sweep_end(&p.sweep);
}

static int each_program(void *arg, const struct walk *w)
{
	struct pass *p = arg;
	const char *dot = strrchr(w->name, '.');

	if (dot && S_ISREG(w->st->st_mode) && (strcmp(dot, ".sh") == 0 || strcmp(dot, ".jar") == 0))
		sweep_take(&p->sweep, &p->plain, w);
	return 0;
}

/* What the server executes it must not be able to write. The guide does not ask for it. */
static void sweep_programs(struct audit *a, const char *dir)
{
	struct pass p = {.plain = {.limit = 0755, .not_was = true}};
	struct access x;

	if (access_read(dir, &a->t->was, &x) < 0)
		return;
	sweep_start(&p.sweep, a, dir, "programs");
	walk_tree(dir, each_program, sweep_failed, &p);
	sweep_end(&p.sweep);
}

static void run(struct audit *a)
{
	static const char *const dirs[] = {"bin", "lib"};

	if (!need_server(a))
		return;
	sweep_config(a);
	sweep_sources(a);
	for (size_t i = 0; i < 2 && !is_guide(a); i++) {
		sweep_programs(a, pool_printf(a->pool, "%s/%s", a->t->home, dirs[i]));
		if (strcmp(a->t->base, a->t->home) != 0)
			sweep_programs(a, pool_printf(a->pool, "%s/%s", a->t->base, dirs[i]));
	}
}

const struct check check_wt07 = {
	.code = "WT-07",
	.title = "Source and configuration file permissions",
	.risk = RISK_HIGH,
	.guide = "owned by the WAS account; sources at most 644, configuration 600 or 700",
	.baseline =
		"owned by root or the WAS account; configuration and WEB-INF at most 640 with the group of the WAS account, sources not writable by group or others, programs not by the server",
	.remedy = "chgrp GROUP and chmod o-rwx for configuration, chmod go-w for sources",
	.anchors = "STIG V-222945, V-222946, V-222987",
	.layout = true,
	.run = run,
};
