// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "lines.h"
#include "session.h"
#include "verification.h"

/* One site on one host. */
struct part {
	char host[HOST_NAME_MAX_WD], site[RELEASE_SITE_MAX];
	uint32_t session; /* another one: the agent has forgotten us */
	bool over;
};

struct verification {
	struct engine *engine;
	struct ctl_conn *conn;
	uint64_t number; /* 0: nobody waits */
	struct part *parts;
	size_t n;
	uint64_t wrong, unrepaired;
	bool failed; /* some part was not verified */
	TAILQ_ENTRY(verification) entry;
};

static void verification_free(struct verification *v)
{
	TAILQ_REMOVE(&v->engine->verifications, v, entry);
	free(v->parts);
	free(v);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	(void)c;
	verification_free(arg);
}

/* Answers and frees v when nothing is left to wait for. */
static void check(struct verification *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (!v->parts[i].over)
			return;
	if (v->failed)
		ctl_fail(v->conn, "not everything was verified, see above");
	else
		ctl_ok(v->conn,
		       json_pack("{s:I, s:I, s:I}", "sites", (json_int_t)v->n, "wrong",
				 (json_int_t)v->wrong, "unrepaired", (json_int_t)v->unrepaired));
	verification_free(v);
}

static void lose(struct verification *v, struct part *p, const char *why)
{
	p->over = v->failed = true;
	ctl_row(v->conn, json_pack("{s:s, s:s, s:s, s:o}", "host", p->host, "site", p->site,
				   "result", "not verified", "text", json_bytes(why)));
}

static json_t *counts(const struct part *p, const struct msg_verified *m)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "host", p->host, "site",
			 p->site, "files", (json_int_t)m->files, "of", (json_int_t)m->of, "wrong",
			 (json_int_t)m->wrong, "restored", (json_int_t)m->restored, "removed",
			 (json_int_t)m->removed, "waiting", (json_int_t)m->waiting, "failed",
			 (json_int_t)m->failed);
}

static void finish(struct verification *v, struct part *p, const struct msg_verified *m)
{
	json_t *j = counts(p, m);

	p->over = true;
	v->wrong += m->wrong;
	v->unrepaired += m->waiting + m->failed;
	json_object_set_new(j, "result", json_string("verified"));
	ctl_row(v->conn, j);
}

static struct part *part_of(struct verification *v, const struct host *h, const char *site)
{
	for (size_t i = 0; i < v->n; i++) {
		struct part *p = &v->parts[i];

		if (!p->over && !strcmp(p->host, h->name) && !strcmp(p->site, site) &&
		    p->session == session_id(h->session))
			return p;
	}
	return NULL;
}

void verification_moves(struct host *h, const struct msg_verified *m)
{
	struct verification *v;
	struct part *p;

	TAILQ_FOREACH (v, &h->engine->verifications, entry)
		if (v->number == m->number)
			break;
	if (!v || !(p = part_of(v, h, m->site)))
		return; /* whoever asked has left */
	if (m->state == VERIFIED_RUNNING) {
		if (!ctl_backlog(v->conn))
			ctl_progress(v->conn, counts(p, m));
		return;
	}
	if (m->state == VERIFIED_DONE)
		finish(v, p, m);
	else
		lose(v, p, m->text);
	check(v);
}

static bool there(struct engine *e, const struct part *p)
{
	struct host *h = host_find(e, p->host);

	return h && h->session && session_id(h->session) == p->session &&
	       host_site_find(h, p->site);
}

void verification_look(struct engine *e)
{
	struct verification *v, *next;

	for (v = TAILQ_FIRST(&e->verifications); v; v = next) {
		next = TAILQ_NEXT(v, entry);
		for (size_t i = 0; i < v->n; i++)
			if (!v->parts[i].over && !there(e, &v->parts[i]))
				lose(v, &v->parts[i],
				     "the host went away, or the site was taken from it");
		check(v);
	}
}

static void ask(struct host *h, const char *site, uint64_t number)
{
	struct msg_verify m = {.number = number};
	struct buf b;

	snprintf(m.site, sizeof(m.site), "%s", site);
	buf_init(&b, 1024);
	msg_verify_put(&b, &m);
	lines_send(h->engine, session_id(h->session), MSG_VERIFY, &b);
	buf_free(&b);
	journal(h->engine, LOG_L_INFO, "verify", site, h->name, "asked to check everything");
}

static int add(struct verification *v, const struct host *h, const char *site)
{
	struct part *more = realloc(v->parts, (v->n + 1) * sizeof(*more));
	struct part *p;

	if (!more)
		return -1;
	v->parts = more;
	p = &more[v->n++];
	memset(p, 0, sizeof(*p));
	snprintf(p->host, sizeof(p->host), "%s", h->name);
	snprintf(p->site, sizeof(p->site), "%s", site);
	p->session = session_id(h->session);
	return 0;
}

/* The sites of one host that are meant; "" = all. */
static int add_host(struct verification *v, const struct host *h, const char *site)
{
	struct host_site *hs;

	if (!h->session || !session_open(h->session))
		return 0;
	TAILQ_FOREACH (hs, &h->sites, entry)
		if ((!*site || !strcmp(site, hs->site)) && add(v, h, hs->site))
			return -1;
	return 0;
}

static int add_all(struct verification *v, const struct host *host, const char *site)
{
	struct host *h;

	if (host)
		return add_host(v, host, site);
	TAILQ_FOREACH (h, &v->engine->hosts, entry)
		if (add_host(v, h, site))
			return -1;
	return 0;
}

static void nobody(struct ctl_conn *c, const struct host *host, const char *site)
{
	if (host && (!host->session || !session_open(host->session)))
		ctl_fail(c, "host %s is not connected", host->name);
	else if (host)
		ctl_fail(c, "host %s does not serve %s", host->name, *site ? site : "any site");
	else
		ctl_fail(c, "no host that serves %s is connected", site);
}

void verification_start(struct engine *e, struct ctl_conn *c, struct host *host, const char *site,
			bool wait)
{
	struct verification *v = calloc(1, sizeof(*v));

	if (!v) {
		ctl_fail(c, "out of memory");
		return;
	}
	v->engine = e;
	v->conn = c;
	v->number = wait ? ++e->verification : 0;
	TAILQ_INSERT_TAIL(&e->verifications, v, entry);
	if (add_all(v, host, site)) {
		ctl_fail(c, "out of memory");
		verification_free(v);
		return;
	}
	if (!v->n) {
		nobody(c, host, site);
		verification_free(v);
		return;
	}
	for (size_t i = 0; i < v->n; i++)
		ask(host_find(e, v->parts[i].host), v->parts[i].site, v->number);
	if (wait) {
		ctl_on_gone(c, on_gone, v);
		return;
	}
	ctl_ok(c, json_pack("{s:i}", "sites", (int)v->n));
	verification_free(v);
}

void verification_end(struct engine *e)
{
	struct verification *v;

	while ((v = TAILQ_FIRST(&e->verifications))) {
		ctl_fail(v->conn, "the publisher is being stopped");
		verification_free(v);
	}
}
