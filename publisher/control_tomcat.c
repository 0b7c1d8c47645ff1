// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "control.h"
#include "desk.h"
#include "download.h"
#include "hosts.h"
#include "session.h"

#define ROWS_MAX 100000
#define PIECE (64u << 10)

static void finish(struct ctl_conn *c, int bad, const struct err *err)
{
	if (bad)
		ctl_fail(c, "%s", err->text);
	else
		ctl_ok(c, NULL);
}

/* A host that hears us now; NULL after failing the request. */
static struct host *listener(struct engine *e, struct ctl_conn *c, const char *name)
{
	struct host *h = control_host(e, c, name);

	if (!h || (h->session && session_open(h->session)))
		return h;
	ctl_fail(c, "host %s is not connected", name);
	return NULL;
}

/* Copies a word that came from outside; fails the request when it does not fit. */
static int take(struct ctl_conn *c, const char *what, const char *from, char *to, size_t cap)
{
	if (strlen(from) < cap) {
		snprintf(to, cap, "%s", from);
		return 0;
	}
	ctl_fail(c, "%s: at most %zu bytes", what, cap - 1);
	return -1;
}

/* An order must decode at the other end, so it must here: said before it is signed. */
static bool in_form(const struct audit_order *o)
{
	static struct audit_order again; /* large */
	struct buf b;
	struct rd r;
	bool good;

	buf_init(&b, AUDIT_ORDER_MAX);
	audit_order_put(&b, o);
	r = rd_over(b.data, b.len);
	audit_order_get(&r, &again);
	good = buf_ok(&b) && rd_end(&r);
	buf_free(&b);
	return good;
}

struct ask {
	const char *host, *base, *codes, *id;
	int wait, preview;
};

static void order(struct engine *e, struct ctl_conn *c, const struct ask *a, uint8_t what)
{
	struct audit_order o = {.what = what};

	if (!listener(e, c, a->host) || take(c, "host", a->host, o.host, sizeof(o.host)) ||
	    take(c, "base", a->base, o.base, sizeof(o.base)) ||
	    take(c, "codes", a->codes, o.codes, sizeof(o.codes)) ||
	    take(c, "id", a->id, o.id, sizeof(o.id)))
		return;
	if (!in_form(&o)) {
		ctl_fail(c, "base is an absolute path, codes are like \"WT-01,WT-04\", an ID like"
			    " 20261122-101500-1a2b or with /WT-01 behind it");
		return;
	}
	audit_order(e, &o, control_who(c)->user, c, a->wait);
}

void control_audit_show(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host = "";
	struct err err;

	if (!control_args(c, request, "s?s", "host", &host))
		finish(c, audit_show(e, c, host, &err), &err);
}

void control_audit_run(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct ask a = {.base = "", .codes = "", .id = ""};

	if (!control_args(c, request, "s:s, s?b", "host", &a.host, "wait", &a.wait))
		order(e, c, &a, AUDIT_RUN);
}

void control_audit_fix(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct ask a = {.base = "", .codes = "", .id = ""};

	if (!control_args(c, request, "s:s, s?s, s?s, s?b, s?b", "host", &a.host, "base", &a.base,
			  "codes", &a.codes, "preview", &a.preview, "wait", &a.wait))
		order(e, c, &a, a.preview ? AUDIT_PREVIEW : AUDIT_FIX);
}

void control_audit_undo(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct ask a = {.base = "", .codes = "", .id = ""};

	if (control_args(c, request, "s:s, s:s, s?b", "host", &a.host, "id", &a.id, "wait",
			 &a.wait))
		return;
	if (*a.id)
		order(e, c, &a, AUDIT_UNDO);
	else
		ctl_fail(c, "id: which run is to be undone?");
}

void control_audit_jobs(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host = "";
	struct err err;
	int n = 20;

	if (control_args(c, request, "s?i, s?s", "n", &n, "host", &host))
		return;
	if (n < 0 || n > ROWS_MAX)
		ctl_fail(c, "n: give a number from 0 to %d", ROWS_MAX);
	else
		finish(c, audit_jobs(e, c, host, n, &err), &err);
}

void control_audit_waive(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host = "", *code, *object = "", *owner, *reason, *expires;
	struct err err;
	int64_t n;

	if (control_args(c, request, "s?s, s:s, s?s, s:s, s:s, s:s", "host", &host, "check", &code,
			 "object", &object, "owner", &owner, "reason", &reason, "expires",
			 &expires) ||
	    (*host && !control_host(e, c, host)))
		return;
	if (audit_waive(e, host, code, object, owner, reason, expires, &n, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, json_pack("{s:I}", "waiver", (json_int_t)n));
}

/* The console has its number from a path, as text. */
static json_int_t number_of(const json_t *j)
{
	const char *text = json_string_value(j);
	char *end = NULL;
	json_int_t n = text ? strtoll(text, &end, 10) : json_integer_value(j);

	return !end || (*text && !*end) ? n : 0;
}

void control_audit_unwaive(struct engine *e, struct ctl_conn *c, json_t *request)
{
	json_t *waiver;
	struct err err;

	if (control_args(c, request, "s:o", "waiver", &waiver))
		return;
	if (number_of(waiver) < 1)
		ctl_fail(c, "waiver: give the number that `wdpub audit waivers` shows");
	else
		finish(c, audit_unwaive(e, number_of(waiver), &err), &err);
}

void control_audit_waivers(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct err err;

	if (!control_args(c, request, ""))
		finish(c, audit_waivers(e, c, &err), &err);
}

void control_advisories(struct engine *e, struct ctl_conn *c, json_t *request)
{
	if (!control_args(c, request, ""))
		ctl_ok(c, audit_advice_json(e));
}

void control_advisories_update(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *file;
	struct err err;

	if (control_args(c, request, "s:s", "file", &file))
		return;
	if (audit_take_advice(e, file, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, audit_advice_json(e));
}

/* ---- a report as a file ---- */

struct report {
	struct download download;
	char *text;
	size_t n, sent;
};

static int report_next(struct download *d, struct buf *piece)
{
	struct report *r = (struct report *)d;
	size_t n = r->n - r->sent < PIECE ? r->n - r->sent : PIECE;

	buf_put(piece, r->text + r->sent, n);
	r->sent += n;
	return buf_ok(piece) ? n > 0 : -1;
}

static void report_free(struct download *d)
{
	struct report *r = (struct report *)d;

	free(r->text);
	free(r);
}

static int take_text(void *arg, struct store_row *row)
{
	*(char **)arg = strdup(store_text(row, 0));
	return 0;
}

void control_audit_report(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name;
	char *text = NULL;
	struct report *r;
	struct err err;

	if (control_args(c, request, "s:s", "host", &name) || !control_host(e, c, name))
		return;
	if (!control_who(c)->web) {
		ctl_fail(c, "this is the console's; use `wdpub audit show --json`");
		return;
	}
	if (db_read(e->db, &err, SQL_TOMCAT_GET, take_text, &text, "t", name) < 0) {
		ctl_fail(c, "%s", err.text);
		return;
	}
	r = text ? calloc(1, sizeof(*r)) : NULL;
	if (!r) {
		free(text);
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"),
			   "host %s has sent no audit yet", name);
		return;
	}
	r->text = text;
	r->n = strlen(text);
	r->download.next = report_next;
	r->download.free = report_free;
	r->download.size = r->n;
	snprintf(r->download.name, sizeof(r->download.name), "webdefender-audit-%s.json", name);
	snprintf(r->download.type, sizeof(r->download.type), "application/json");
	desk_download(c, &r->download);
}
