// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit.h"
#include "event.h"
#include "fsx.h"
#include "hosts.h"
#include "journal.h"
#include "lines.h"
#include "session.h"
#include "signer.h"

#define TEXT_KEPT (64u << 10)
#define LOST_AFTER_NS (86400 * 1000000000ll)

/* An order between being asked for and, if somebody waits, being answered. */
struct audit_wait {
	struct engine *engine;
	struct ctl_conn *conn; /* NULL: nobody, or gone */
	bool until_answered;
	uint64_t request;
	char host[HOST_NAME_MAX_WD];
	uint8_t what;
	struct buf order;
	TAILQ_ENTRY(audit_wait) entry; /* in engine->audit_waits, once it is sent */
	bool listed;
};

static void wait_free(struct audit_wait *w)
{
	if (w->listed)
		TAILQ_REMOVE(&w->engine->audit_waits, w, entry);
	buf_free(&w->order);
	free(w);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	struct audit_wait *w = arg;

	(void)c;
	w->conn = NULL;
	if (w->listed)
		wait_free(w);
}

static void end_job(struct engine *e, const char *host, uint64_t request, uint8_t state,
		    const char *text)
{
	struct err err;

	if (db_write(e->db, &err, SQL_JOB_END, "itiit", (int64_t)request, host, fsx_now_ns(),
		     (int64_t)state, text) < 0)
		log_err("an audit's answer cannot be kept: %s", err.text);
	else
		audit_news(e, host);
}

static void fail(struct audit_wait *w, const char *why)
{
	end_job(w->engine, w->host, w->request, AUDIT_FAILED, why);
	if (w->conn)
		ctl_fail(w->conn, "%s", why);
	wait_free(w);
}

/* ---- sending ---- */

static void send_order(struct audit_wait *w, const struct host *h, const uint8_t *sig)
{
	struct msg_audit_order m = {.order = w->order.data, .n = w->order.len};
	struct buf b;

	memcpy(m.sig, sig, sizeof(m.sig));
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_audit_order_put(&b, &m);
	lines_send(w->engine, session_id(h->session), MSG_AUDIT_ORDER, &b);
	buf_free(&b);
}

static void on_signed(void *arg, const uint8_t *sig, const char *why)
{
	struct audit_wait *w = arg;
	struct host *h = host_find(w->engine, w->host);

	if (why || !h || !h->session || !session_open(h->session)) {
		fail(w, why ? why : "the host is not connected any more");
		return;
	}
	send_order(w, h, sig);
	if (w->conn && w->until_answered) {
		TAILQ_INSERT_TAIL(&w->engine->audit_waits, w, entry);
		w->listed = true;
		return;
	}
	if (w->conn)
		ctl_ok(w->conn, json_pack("{s:I}", "request", (json_int_t)w->request));
	wait_free(w);
}

/* Microseconds: they rise even if an old backup of the database was put back. */
static uint64_t new_request(struct engine *e)
{
	uint64_t now = fsx_now_ns() / 1000;

	e->audit_request = now > e->audit_request ? now : e->audit_request + 1;
	return e->audit_request;
}

static int record(struct engine *e, const struct audit_order *o, const char *by, struct err *err)
{
	if (db_write(e->db, err, SQL_JOB_ADD, "ititttti", (int64_t)o->request, o->host,
		     (int64_t)o->what, o->base, o->codes, o->id, by, fsx_now_ns()) < 0)
		return -1;
	if (o->what == AUDIT_FIX || o->what == AUDIT_UNDO)
		journal(e, LOG_L_INFO, "audit-order", "", o->host, "%s %s %s %s, asked by %s",
			audit_what_name(o->what), o->base, o->codes, o->id, by);
	return 0;
}

void audit_order(struct engine *e, struct audit_order *o, const char *by, struct ctl_conn *c,
		 bool wait)
{
	struct audit_wait *w = calloc(1, sizeof(*w));
	struct err err = {"out of memory"};

	o->request = new_request(e);
	o->issued = time(NULL);
	if (!w || (by && record(e, o, by, &err))) {
		log_err("an audit cannot be ordered: %s", err.text);
		if (c)
			ctl_fail(c, "%s", err.text);
		free(w);
		return;
	}
	*w = (struct audit_wait){.engine = e,
				 .conn = c,
				 .until_answered = wait,
				 .request = o->request,
				 .what = o->what};
	snprintf(w->host, sizeof(w->host), "%s", o->host);
	buf_init(&w->order, AUDIT_ORDER_MAX);
	audit_order_put(&w->order, o);
	if (c)
		ctl_on_gone(c, on_gone, w);
	if (buf_ok(&w->order))
		signer_order(e->signer, w->order.data, w->order.len, on_signed, w);
	else
		fail(w, "the order is too long");
}

/* ---- answers ---- */

static const char *text_of(const json_t *body, const char *key)
{
	const char *s = json_string_value(json_object_get(body, key));

	return s ? s : "";
}

static void tell(struct audit_wait *w, const struct msg_audit_report *m, const json_t *body)
{
	struct ctl_conn *c = w->conn;

	ctl_on_gone(c, NULL, NULL);
	if (m->state == AUDIT_DONE)
		ctl_ok(c, json_pack("{s:I, s:s, s:s}", "request", (json_int_t)m->request, "state",
				    audit_state_name(m->state), "text", text_of(body, "text")));
	else
		ctl_fail(c, "%s %s: %s", w->host, audit_state_name(m->state),
			 text_of(body, "error"));
}

void audit_answered(struct host *h, const struct msg_audit_report *m, const json_t *body)
{
	const char *text = text_of(body, m->state == AUDIT_DONE ? "text" : "error");
	struct audit_wait *w, *following;
	char *kept = strndup(text, TEXT_KEPT);

	if (!m->request)
		return;
	end_job(h->engine, h->name, m->request, m->state, kept ? kept : "");
	free(kept);
	if (m->state != AUDIT_DONE || m->what == AUDIT_FIX || m->what == AUDIT_UNDO)
		journal(h->engine, m->state == AUDIT_DONE ? LOG_L_INFO : LOG_L_WARN, "audit-order",
			"", h->name, "%s: %s %.400s", audit_what_name(m->what),
			audit_state_name(m->state), m->state == AUDIT_DONE ? "" : text);
	for (w = TAILQ_FIRST(&h->engine->audit_waits); w; w = following) {
		following = TAILQ_NEXT(w, entry);
		if (w->request != m->request || strcmp(w->host, h->name))
			continue;
		tell(w, m, body);
		wait_free(w);
	}
}

/* ---- the record ---- */

static int job_row(void *arg, struct store_row *r)
{
	int64_t asked = store_int(r, 7), answered = store_int(r, 8);
	const char *state = audit_state_name(store_int(r, 9));
	char when[32], then[32];

	if (!answered)
		state = asked < fsx_now_ns() - LOST_AFTER_NS ? "lost" : "waiting";
	ctl_row(arg, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "request",
			       (json_int_t)store_int(r, 0), "host", store_text(r, 1), "what",
			       audit_what_name(store_int(r, 2)), "base", store_text(r, 3), "codes",
			       store_text(r, 4), "id", store_text(r, 5), "by", store_text(r, 6),
			       "asked", event_time(asked, when), "answered",
			       answered ? event_time(answered, then) : "", "state", state, "text",
			       store_text(r, 10)));
	return 0;
}

int audit_jobs(struct engine *e, struct ctl_conn *c, const char *host, int n, struct err *err)
{
	return db_read(e->db, err, SQL_JOB_LIST, job_row, c, "ti", host, (int64_t)n) < 0 ? -1 : 0;
}

void audit_prune(struct engine *e)
{
	int64_t before = fsx_now_ns() - e->conf.keep_events * LOST_AFTER_NS;
	struct err err;

	if (db_write(e->db, &err, SQL_JOB_PRUNE, "i", before) < 0)
		log_warn("old audit orders cannot be dropped: %s", err.text);
}

void audit_end(struct engine *e)
{
	struct audit_wait *w;

	while ((w = TAILQ_FIRST(&e->audit_waits))) {
		struct ctl_conn *c = w->conn;

		ctl_on_gone(c, NULL, NULL);
		ctl_fail(c,
			 "the publisher is being stopped; `wdpub audit jobs` will show the answer");
		wait_free(w);
	}
}
