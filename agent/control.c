// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "control.h"

#define EVENTS_MAX 1000000

struct control {
	struct guard *g;
	struct ctl *ctl;
};

/* ---- status ---- */

static json_t *site_json(const struct guard_site *gs)
{
	static const char *const phases[] = {"idle", "fetching", "applying"};
	const struct site *s = &gs->site;
	const char *problem = apply_problem(gs->apply);

	return json_pack("{s:s, s:o, s:s, s:I, s:I, s:s, s:I, s:I, s:b, s:I, s:b, s:s}", "site",
			 s->conf->name, "dir", json_bytes(s->conf->dir), "mode",
			 conf_mode_name(s->mode), "serial", (json_int_t)s->applied, "highest",
			 (json_int_t)s->highest, "phase", phases[s->phase], "files",
			 (json_int_t)s->want.files, "bytes", (json_int_t)s->want.bytes, "expired",
			 site_expired(s, time(NULL)), "verified", (json_int_t)s->verified,
			 "verifying", s->verifying, "problem", problem ? problem : "");
}

static json_t *source_json(struct guard *g)
{
	struct source_state s;

	source_state(g->source, &s);
	return json_pack("{s:s, s:s, s:I, s:I}", "name", source_name(s.kind), "guarantees",
			 source_guarantees(s.kind), "events", (json_int_t)s.seq, "dropped",
			 (json_int_t)s.dropped);
}

static json_t *publisher_json(struct guard *g)
{
	enum uplink_state s = uplink_state(g->uplink);

	return json_pack("{s:s, s:s, s:b, s:s}", "address", g->conf->address, "state",
			 uplink_state_name(s), "connected", s == UPLINK_ONLINE, "reason",
			 uplink_reason(g->uplink));
}

static void do_status(struct control *c, struct ctl_conn *conn, json_t *request)
{
	static const char *const healths[] = {"ok", "warning", "bad"};
	struct guard *g = c->g;
	struct spool_state spool;
	char note[PROTO_TEXT_MAX];
	enum beat_health h = guard_health(g, note, sizeof(note));
	json_t *sites = json_array();

	(void)request;
	for (int i = 0; i < g->n_sites; i++)
		json_array_append_new(sites, site_json(&g->sites[i]));
	spool_state(g->spool, &spool);
	ctl_ok(conn,
	       json_pack("{s:s, s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:{s:I, s:I, s:I},"
			 " s:{s:I, s:I, s:I}}",
			 "version", WD_VERSION, "pid", (int)getpid(), "host", g->id.host, "health",
			 healths[h], "note", note, "source", source_json(g), "publisher",
			 publisher_json(g), "sites", sites, "pending",
			 (json_int_t)checks_pending(g->checks), "troubled",
			 (json_int_t)checks_troubled(g->checks), "events", "kept",
			 (json_int_t)spool.kept, "unsent", (json_int_t)spool.unsent, "folded",
			 (json_int_t)spool.folded, "evidence", "bytes",
			 (json_int_t)evidence_bytes(g->evidence), "max",
			 (json_int_t)g->conf->evidence_max, "uncopied",
			 (json_int_t)upload_left(g->upload)));
}

/* ---- events ---- */

struct follower {
	struct control *c;
	struct ctl_conn *conn;
	void *listener;
};

static void follow_one(void *arg, const struct wd_event *e)
{
	struct follower *f = arg;

	if (!ctl_backlog(f->conn))
		ctl_row(f->conn, event_json(e));
}

static void follower_gone(void *arg, struct ctl_conn *conn)
{
	struct follower *f = arg;

	(void)conn;
	spool_unlisten(f->c->g->spool, f->listener);
	free(f);
}

static void follow(struct control *c, struct ctl_conn *conn)
{
	struct follower *f = calloc(1, sizeof(*f));

	if (f) {
		f->c = c;
		f->conn = conn;
		f->listener = spool_listen(c->g->spool, follow_one, f);
	}
	if (!f || !f->listener) {
		free(f);
		ctl_fail(conn, "out of memory");
		return;
	}
	ctl_on_gone(conn, follower_gone, f);
}

static void prepend(void *arg, const struct wd_event *e)
{
	json_array_append_new(arg, event_json(e));
}

static void do_events(struct control *c, struct ctl_conn *conn, json_t *request)
{
	json_int_t n = json_integer_value(json_object_get(request, "n"));
	json_t *list;

	if (n < 0 || n > EVENTS_MAX) {
		ctl_fail(conn, "n must be 0..%d", EVENTS_MAX);
		return;
	}
	list = json_array();
	if (n && spool_last(c->g->spool, n, prepend, list) < 0) {
		json_decref(list);
		ctl_fail(conn, "the events cannot be read");
		return;
	}
	for (size_t i = json_array_size(list); i-- > 0;)
		ctl_row(conn, json_incref(json_array_get(list, i)));
	json_decref(list);
	if (json_is_true(json_object_get(request, "follow")))
		follow(c, conn);
	else
		ctl_ok(conn, NULL);
}

/* ---- verify ---- */

struct verification {
	struct control *c;
	struct ctl_conn *conn;
	struct verified_site {
		struct verification *all;
		struct guard_site *gs;
		void *watcher;
		struct walk_counts counts;
	} sites[PROTO_SITES_MAX];
	int n, left;
};

static json_t *counts_json(const struct walk_counts *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "files",
			 (json_int_t)c->files, "directories", (json_int_t)c->dirs, "links",
			 (json_int_t)c->links, "bytes", (json_int_t)c->bytes, "wrong",
			 (json_int_t)c->wrong, "restored", (json_int_t)c->restored, "removed",
			 (json_int_t)c->removed, "waiting", (json_int_t)c->waiting, "failed",
			 (json_int_t)c->failed);
}

static void finish_verification(struct verification *v)
{
	json_t *sites = json_array(), *j;

	for (int i = 0; i < v->n; i++) {
		j = counts_json(&v->sites[i].counts);
		json_object_set_new(j, "site", json_string(v->sites[i].gs->site.conf->name));
		json_array_append_new(sites, j);
	}
	ctl_on_gone(v->conn, NULL, NULL);
	ctl_ok(v->conn, json_pack("{s:o}", "sites", sites));
	free(v);
}

static void verify_moves(void *arg, const struct walk_counts *counts, bool done)
{
	struct verified_site *s = arg;
	struct verification *v = s->all;
	json_t *j;

	s->counts = *counts;
	if (!done) {
		j = counts_json(counts);
		json_object_set_new(j, "site", json_string(s->gs->site.conf->name));
		json_object_set_new(j, "of", json_integer(s->gs->site.want.files));
		ctl_progress(v->conn, j);
		return;
	}
	s->watcher = NULL;
	if (!--v->left)
		finish_verification(v);
}

static void verification_gone(void *arg, struct ctl_conn *conn)
{
	struct verification *v = arg;

	(void)conn;
	for (int i = 0; i < v->n; i++)
		if (v->sites[i].watcher)
			verify_unwatch(v->sites[i].gs->verify, v->sites[i].watcher);
	free(v);
}

static void add_site(struct verification *v, struct guard_site *gs)
{
	struct verified_site *s = &v->sites[v->n];

	s->all = v;
	s->gs = gs;
	s->watcher = verify_request_watched(gs->verify, verify_moves, s);
	if (!s->watcher)
		return;
	v->n++;
	v->left++;
}

static struct guard_site *site_named(struct control *c, const char *name)
{
	struct guard_site *gs = guard_site(c->g, name);
	const char *within;

	if (gs)
		return gs;
	gs = guard_site_at(c->g, name, &within);
	return gs && !*within ? gs : NULL;
}

static void do_verify(struct control *c, struct ctl_conn *conn, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "site"));
	struct guard_site *only = name ? site_named(c, name) : NULL;
	struct verification *v;

	if (name && !only) {
		ctl_fail(conn, "no site \"%.200s\" on this host", name);
		return;
	}
	if (only && !only->site.want.serial) {
		ctl_fail(conn, "site %s has no release yet: nothing to verify against",
			 only->site.conf->name);
		return;
	}
	v = calloc(1, sizeof(*v));
	if (!v) {
		ctl_fail(conn, "out of memory");
		return;
	}
	v->c = c;
	v->conn = conn;
	for (int i = 0; i < c->g->n_sites; i++)
		if ((!only || only == &c->g->sites[i]) && c->g->sites[i].site.want.serial)
			add_site(v, &c->g->sites[i]);
	if (!v->n) {
		free(v);
		ctl_fail(conn, "no site has a release yet: nothing to verify against");
		return;
	}
	ctl_on_gone(conn, verification_gone, v);
}

/* ---- mode ---- */

static void do_mode(struct control *c, struct ctl_conn *conn, json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "mode"));
	const char *name = json_string_value(json_object_get(request, "site"));
	struct guard_site *only = name ? site_named(c, name) : NULL;
	int mode = text ? conf_mode_parse(text) : -1;
	struct err err = {""};

	if (mode < 0) {
		ctl_fail(conn, "mode is none of off, audit, enforce");
		return;
	}
	if (name && !only) {
		ctl_fail(conn, "no site \"%.200s\" on this host", name);
		return;
	}
	for (int i = 0; i < c->g->n_sites; i++) {
		if ((!only || only == &c->g->sites[i]) &&
		    guard_set_mode(c->g, &c->g->sites[i], mode, &err)) {
			ctl_fail(conn, "%s", err.text);
			return;
		}
	}
	ctl_ok(conn, NULL);
}

/* ---- seal ---- */

static void do_seal(struct control *c, struct ctl_conn *conn, json_t *request)
{
	struct err err = {""};

	(void)request;
	if (sealing_seal(c->g->sealing, &err))
		ctl_fail(conn, "%s", err.text);
	else
		ctl_ok(conn, NULL);
}

/* ---- restore ---- */

struct restoring {
	struct control *c;
	struct ctl_conn *conn;
	struct task task;
	struct walk *walk;
};

static void restoring_free(struct restoring *r)
{
	sched_remove(r->c->g->sched, &r->task);
	walk_free(r->walk);
	free(r);
}

static bool restore_step(void *arg)
{
	struct restoring *r = arg;

	if (walk_step(r->walk))
		return true;
	ctl_on_gone(r->conn, NULL, NULL);
	ctl_ok(r->conn, counts_json(walk_counts(r->walk)));
	restoring_free(r);
	return false;
}

static void restoring_gone(void *arg, struct ctl_conn *conn)
{
	(void)conn;
	restoring_free(arg);
}

static void do_restore(struct control *c, struct ctl_conn *conn, json_t *request)
{
	const char *path = json_string_value(json_object_get(request, "path")), *within = "";
	struct guard_site *gs = path ? guard_site(c->g, path) : NULL;
	struct restoring *r;

	if (path && !gs)
		gs = guard_site_at(c->g, path, &within);
	if (!gs) {
		ctl_fail(conn, "\"%.200s\" is neither a site nor a path in one", path ? path : "");
		return;
	}
	if (!gs->site.want.serial || gs->site.phase == SITE_APPLYING) {
		ctl_fail(conn, "site %s %s", gs->site.conf->name,
			 gs->site.want.serial ? "is being applied right now: that restores it"
					      : "has no release yet: nothing to restore from");
		return;
	}
	r = calloc(1, sizeof(*r));
	if (r)
		r->walk = walk_new(&c->g->place, &gs->site, within, WALK_BELOW, "scrub", NULL);
	if (!r || !r->walk) {
		free(r);
		ctl_fail(conn, "\"%.200s\" cannot be a path in a site", path);
		return;
	}
	r->c = c;
	r->conn = conn;
	r->task = (struct task){.step = restore_step, .arg = r, .class = SCHED_URGENT};
	ctl_on_gone(conn, restoring_gone, r);
	sched_add(c->g->sched, &r->task);
}

/* ---- hardware unit ---- */

static void do_hass_status(struct control *c, struct ctl_conn *conn, json_t *request)
{
	hass_hub_status(c->g->hass, conn, request);
}

static void do_hass_test(struct control *c, struct ctl_conn *conn, json_t *request)
{
	hass_hub_test(c->g->hass, conn, request);
}

static void do_hass_provision(struct control *c, struct ctl_conn *conn, json_t *request)
{
	hass_hub_provision(c->g->hass, conn, request);
}

/* ---- */

static const struct {
	const char *name;
	void (*run)(struct control *c, struct ctl_conn *conn, json_t *request);
} commands[] = {
	{"seal", do_seal},
	{"status", do_status},
	{"events", do_events},
	{"verify", do_verify},
	{"mode", do_mode},
	{"restore", do_restore},
	{"hass-status", do_hass_status},
	{"hass-test", do_hass_test},
	{"hass-provision", do_hass_provision},
};

static void on_request(void *arg, struct ctl_conn *conn, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "cmd"));

	for (size_t i = 0; name && i < sizeof(commands) / sizeof(*commands); i++) {
		if (!strcmp(name, commands[i].name)) {
			commands[i].run(arg, conn, request);
			return;
		}
	}
	ctl_fail(conn, "unknown command");
}

struct control *control_open(struct guard *g, const char *socket, struct err *err)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c) {
		err_set(err, "out of memory");
		return NULL;
	}
	c->g = g;
	c->ctl = ctl_listen(g->base, socket, on_request, c, err);
	if (c->ctl)
		return c;
	free(c);
	return NULL;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	ctl_free(c->ctl);
	free(c);
}
