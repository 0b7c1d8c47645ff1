// SPDX-License-Identifier: Apache-2.0
/* WT-06: who can put files into the directories that are served */
#include "checks.h"
#include "need.h"
#include "roots.h"

struct pass {
	struct sweep sweep;
	const struct root *root;
	const struct list *roots;
	struct need need;
};

static struct need need_of(const struct audit *a, bool admin)
{
	if (is_guide(a))
		return (struct need){.guide = true, .limit = admin ? 0740 : 0744};
	return (struct need){.limit = 0755};
}

static int each(void *arg, const struct walk *w)
{
	struct pass *p = arg;

	if (S_ISDIR(w->st->st_mode) && !root_is_other(p->roots, p->root, w->path) &&
	    !settings_under(&p->sweep.a->set->excludes, w->path))
		sweep_take(&p->sweep, &p->need, w);
	return 0;
}

/* The server can deface itself where it owns what it serves. */
static void note_owner(struct audit *a, const struct root *r)
{
	struct access x;

	if (!is_guide(a) && a->t->was.known && a->t->was.uid &&
	    access_read(r->path, &a->t->was, &x) == 0 && x.st.st_uid == a->t->was.uid &&
	    (x.mode & 0200))
		found_note(
			a, r->path, 0,
			"the server can write here itself: root as owner, autoDeploy off and unpacked applications would be safer");
}

static void run(struct audit *a)
{
	struct list roots = {0};

	if (!need_server(a))
		return;
	roots_of(a, &roots);
	for (size_t i = 0; i < roots.n; i++) {
		struct pass p = {.root = roots.v[i], .roots = &roots};

		p.need = need_of(a, p.root->admin);
		sweep_start(&p.sweep, a, p.root->path, "directories");
		sweep_top(&p.sweep, &p.need, p.root->path);
		walk_tree(p.root->path, each, sweep_failed, &p);
		sweep_end(&p.sweep);
		note_owner(a, p.root);
	}
	if (!roots.n)
		found(a, V_MANUAL, a->t->base, 0, "no directory that is served was found");
}

const struct check check_wt06 = {
	.code = "WT-06",
	.title = "Directory write permission",
	.risk = RISK_MEDIUM,
	.guide = "owned by the WAS account; web home at most 744, administration home at most 740",
	.baseline = "owned by root or the WAS account, not writable by group or others",
	.remedy = "chmod g-w,o-w",
	.anchors = "STIG V-222986",
	.layout = true,
	.run = run,
};
