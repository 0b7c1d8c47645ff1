// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "control.h"
#include "publish.h"
#include "push.h"
#include "releases.h"
#include "sites.h"

void control_site_add(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *dir;
	json_t *excludes = NULL;
	struct err err;

	if (control_args(c, request, "s:s, s:s, s?a", "name", &name, "dir", &dir, "exclude",
			 &excludes))
		return;
	if (site_add(e, name, dir, excludes, &err))
		ctl_ok(c, NULL);
	else
		ctl_fail(c, "%s", err.text);
}

void control_site_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	json_t *fixed = json_array();
	struct site *s;

	if (control_args(c, request, "")) {
		json_decref(fixed);
		return;
	}
	TAILQ_FOREACH (s, &e->sites, entry)
		ctl_row(c, site_json(s));
	for (const char *const *x = build_default_excludes; *x; x++)
		json_array_append_new(fixed, json_string(*x));
	ctl_ok(c, json_pack("{s:o}", "always_excluded", fixed));
}

void control_site_remove(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct site *s;
	const char *name;
	struct err err;

	if (control_args(c, request, "s:s", "name", &name) || !(s = control_site(e, c, name)))
		return;
	if (site_remove(s, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}

void control_site_set(struct engine *e, struct ctl_conn *c, json_t *request)
{
	json_t *add = NULL, *remove = NULL;
	struct site *s;
	const char *name;
	struct err err;

	if (control_args(c, request, "s:s, s?a, s?a", "name", &name, "filter", &add, "unfilter",
			 &remove) ||
	    !(s = control_site(e, c, name)))
		return;
	if (site_filter(s, remove, add, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, json_pack("{s:o}", "site", site_json(s)));
}

static int take_note(struct ctl_conn *c, const char *note, struct wish *w)
{
	if (strlen(note) >= sizeof(w->note)) {
		ctl_fail(c, "--note: at most %zu bytes", sizeof(w->note) - 1);
		return -1;
	}
	snprintf(w->note, sizeof(w->note), "%s", note);
	return 0;
}

void control_push(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name = "", *note = "";
	int wait = 1, allow_empty = 0;
	json_int_t above = 0;
	struct site *only = NULL;
	struct wish w = {0};

	if (control_args(c, request, "s?s, s?s, s?b, s?b, s?I", "site", &name, "note", &note,
			 "wait", &wait, "allow_empty", &allow_empty, "above", &above) ||
	    take_note(c, note, &w) || (*name && !(only = control_site(e, c, name))))
		return;
	if (TAILQ_EMPTY(&e->sites)) {
		ctl_fail(c, "there is no site yet: `wdpub site add NAME --dir BACKUP`");
		return;
	}
	if (above && !only) {
		ctl_fail(c, "--above needs the name of a site");
		return;
	}
	if (above < 0 || above >= INT64_MAX / 2) {
		ctl_fail(c, "--above: give the serial that hosts have seen, a positive number");
		return;
	}
	w.allow_empty = allow_empty;
	w.above = above;
	push_start(e, c, only, &w, wait);
}

void control_releases(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *site = "";
	struct err err;

	if (control_args(c, request, "s?s", "site", &site) || (*site && !control_site(e, c, site)))
		return;
	if (release_list(e, site, c, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}

void control_rollback(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *note = "";
	int wait = 1;
	json_int_t serial;
	struct site *s;
	struct err err;

	if (control_args(c, request, "s:s, s:I, s?s, s?b", "site", &name, "serial", &serial, "note",
			 &note, "wait", &wait) ||
	    !(s = control_site(e, c, name)))
		return;
	if (serial <= 0 || (uint64_t)serial == (s->has_current ? s->current.serial : 0)) {
		ctl_fail(c, "give the serial of an earlier release (wdpub releases %s)", name);
		return;
	}
	if (publish_rollback(s, serial, note, &err))
		ctl_fail(c, "%s", err.text);
	else
		push_follow(e, c, s, wait);
}
