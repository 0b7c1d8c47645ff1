// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "fsx.h"
#include "publish.h"
#include "push.h"

/* One site of one push. */
struct part {
	char site[RELEASE_SITE_MAX];
	enum { PART_BUILDING, PART_SPREADING, PART_OVER } state;
	uint64_t serial; /* what hosts must have, once known */
	bool fresh;
};

struct push {
	struct engine *engine;
	struct ctl_conn *conn;
	bool wait;
	bool failed; /* something was refused */
	struct part *parts;
	size_t n;
	TAILQ_ENTRY(push) entry;
};

static void push_free(struct push *p)
{
	TAILQ_REMOVE(&p->engine->pushes, p, entry);
	free(p->parts);
	free(p);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	(void)c;
	push_free(arg);
}

/* The release is out. Does this host still owe us an answer? */
static bool owes(const struct host *h, const struct host_site *hs, const struct part *part)
{
	return h->session && hs->serial < part->serial && !*hs->refused;
}

static bool any_owes(struct push *p, const struct part *part)
{
	struct host *h;

	TAILQ_FOREACH (h, &p->engine->hosts, entry) {
		struct host_site *hs = host_site_find(h, part->site);

		if (hs && owes(h, hs, part))
			return true;
	}
	return false;
}

static const char *verdict(const struct host *h, const struct host_site *hs,
			   const struct part *part)
{
	if (hs->serial >= part->serial)
		return part->fresh && hs->sent == part->serial ? "applied" : "up to date";
	if (*hs->refused)
		return "refused";
	return h->session ? "sent" : "offline";
}

static void host_row(struct push *p, struct part *part, const struct host *h,
		     const struct host_site *hs)
{
	const char *what = verdict(h, hs, part);
	const struct msg_progress *m = &hs->progress;
	bool applied = !strcmp(what, "applied");

	if (!strcmp(what, "refused"))
		p->failed = true;
	ctl_row(p->conn, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:s}",
				   "site", part->site, "host", h->name, "result", what, "serial",
				   (json_int_t)part->serial, "objects",
				   (json_int_t)(applied ? m->objects : 0), "bytes",
				   (json_int_t)(applied ? m->bytes : 0), "changed",
				   (json_int_t)(applied ? m->changed : 0), "removed",
				   (json_int_t)(applied ? m->removed : 0), "seconds",
				   applied ? hs->took / 1e9 : 0.0, "text", json_bytes(hs->refused),
				   "state", host_state_name(h->state)));
}

static void report_part(struct push *p, struct part *part)
{
	struct host *h;

	part->state = PART_OVER;
	TAILQ_FOREACH (h, &p->engine->hosts, entry) {
		struct host_site *hs = host_site_find(h, part->site);

		if (hs)
			host_row(p, part, h, hs);
	}
}

/* Answers and frees p when nothing is left to wait for. */
static void check(struct push *p)
{
	bool over = true;

	for (size_t i = 0; i < p->n; i++) {
		struct part *part = &p->parts[i];

		if (part->state == PART_SPREADING && !(p->wait && any_owes(p, part)))
			report_part(p, part);
		over = over && part->state == PART_OVER;
	}
	if (!over)
		return;
	if (p->failed)
		ctl_fail(p->conn, "not everything was accepted, see above");
	else
		ctl_ok(p->conn, NULL);
	push_free(p);
}

static void check_all(struct engine *e)
{
	struct push *p, *next;

	for (p = TAILQ_FIRST(&e->pushes); p; p = next) {
		next = TAILQ_NEXT(p, entry);
		check(p);
	}
}

static struct part *part_of(struct push *p, const char *site)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->parts[i].site, site))
			return &p->parts[i];
	return NULL;
}

void push_site_released(struct site *s, bool fresh)
{
	const struct release *r = &s->current;
	struct push *p;

	TAILQ_FOREACH (p, &s->engine->pushes, entry) {
		struct part *part = part_of(p, s->name);

		if (!part || part->state != PART_BUILDING)
			continue;
		part->state = PART_SPREADING;
		part->serial = r->serial;
		part->fresh = fresh;
		ctl_row(p->conn,
			json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "site", s->name, "result",
				  fresh ? "released" : "unchanged", "serial", (json_int_t)r->serial,
				  "files", (json_int_t)r->files, "bytes", (json_int_t)r->bytes,
				  "busy", (json_int_t)s->busy, "busy_path",
				  json_bytes(s->busy_path)));
	}
	check_all(s->engine);
}

/* A refusal does not concern a push that is spreading already; the end of the site does. */
static void part_failed(struct engine *e, const char *site, const char *why, bool spreading_too)
{
	struct push *p;

	TAILQ_FOREACH (p, &e->pushes, entry) {
		struct part *part = part_of(p, site);

		if (!part || part->state == PART_OVER ||
		    (part->state == PART_SPREADING && !spreading_too))
			continue;
		part->state = PART_OVER;
		p->failed = true;
		ctl_row(p->conn, json_pack("{s:s, s:s, s:o}", "site", site, "result", "refused",
					   "text", json_bytes(why)));
	}
	check_all(e);
}

void push_site_refused(struct site *s, const char *why)
{
	part_failed(s->engine, s->name, why, false);
}

void push_site_gone(struct engine *e, const char *site)
{
	part_failed(e, site, "the site was removed", true);
}

void push_progress(struct host *h, struct host_site *hs)
{
	const struct msg_progress *m = &hs->progress;
	struct push *p;

	TAILQ_FOREACH (p, &h->engine->pushes, entry) {
		struct part *part = part_of(p, hs->site);

		if (!part || part->state != PART_SPREADING || ctl_backlog(p->conn))
			continue;
		ctl_progress(p->conn,
			     json_pack("{s:s, s:s, s:I, s:i, s:I, s:I, s:I}", "site", hs->site,
				       "host", h->name, "serial", (json_int_t)m->serial, "state",
				       (int)m->state, "objects", (json_int_t)m->objects, "wanted",
				       (json_int_t)m->wanted, "bytes", (json_int_t)m->bytes));
	}
	check_all(h->engine);
}

void push_host_changed(struct host *h)
{
	check_all(h->engine);
}

void push_host_gone(struct host *h)
{
	check_all(h->engine);
}

static bool add_part(struct push *p, const struct site *s)
{
	struct part *more = realloc(p->parts, (p->n + 1) * sizeof(*more));

	if (!more)
		return false;
	p->parts = more;
	more[p->n] = (struct part){.state = PART_BUILDING};
	memcpy(more[p->n++].site, s->name, sizeof(s->name));
	return true;
}

static struct push *push_new(struct engine *e, struct ctl_conn *c, struct site *only, bool wait)
{
	struct push *p = calloc(1, sizeof(*p));
	struct site *s;

	if (!p)
		return NULL;
	p->engine = e;
	p->conn = c;
	p->wait = wait;
	TAILQ_INSERT_TAIL(&e->pushes, p, entry);
	TAILQ_FOREACH (s, &e->sites, entry) {
		if ((!only || only == s) && !add_part(p, s)) {
			push_free(p);
			return NULL;
		}
	}
	ctl_on_gone(c, on_gone, p);
	return p;
}

void push_start(struct engine *e, struct ctl_conn *c, struct site *only, const struct wish *wish,
		bool wait)
{
	struct site *s;

	if (!push_new(e, c, only, wait)) {
		ctl_fail(c, "out of memory");
		return;
	}
	TAILQ_FOREACH (s, &e->sites, entry)
		if (!only || only == s)
			publish_now(s, wish);
}

void push_follow(struct engine *e, struct ctl_conn *c, struct site *site, bool wait)
{
	if (!push_new(e, c, site, wait))
		ctl_fail(c, "out of memory");
}

void push_end(struct engine *e)
{
	struct push *p;

	while ((p = TAILQ_FIRST(&e->pushes))) {
		ctl_fail(p->conn, "the publisher is being stopped");
		push_free(p);
	}
}
