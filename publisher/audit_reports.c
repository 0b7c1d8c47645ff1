// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "audit.h"
#include "desk.h"
#include "event.h"
#include "fsx.h"
#include "hosts.h"
#include "journal.h"
#include "session.h"

#define LIST_MAX 4096 /* servers, results, findings: each */
#define TOLD_MAX 10   /* lines of one report in the journal */

/* ---- form ---- */

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

/* Worse is higher; -1: no verdict. */
static int rank_of(const char *verdict)
{
	static const char *const ranks[][2] = {{"N/A", "GOOD"},
					       {"MANUAL", "MANUAL"},
					       {"ERROR", "ERROR"},
					       {"VULNERABLE", "VULNERABLE"}};

	for (int i = 0; i < 4; i++)
		if (!strcmp(verdict, ranks[i][0]) || !strcmp(verdict, ranks[i][1]))
			return i;
	return -1;
}

static bool results_ok(const json_t *results)
{
	const json_t *r, *findings, *f;
	size_t i, k;

	if (!json_is_array(results) || json_array_size(results) > LIST_MAX)
		return false;
	json_array_foreach (results, i, r) {
		findings = json_object_get(r, "findings");
		if (!*text_of(r, "code") || rank_of(text_of(r, "verdict")) < 0 ||
		    !json_is_array(findings) || json_array_size(findings) > LIST_MAX)
			return false;
		json_array_foreach (findings, k, f)
			if (!json_is_object(f))
				return false;
	}
	return true;
}

bool audit_report_ok(const json_t *report)
{
	const json_t *servers = json_object_get(report, "servers"), *s;
	size_t i;

	if (strcmp(text_of(report, "schema"), "webdefender-audit") ||
	    json_integer_value(json_object_get(report, "schema_version")) != 1 ||
	    !*text_of(report, "time") || !json_is_array(servers) ||
	    json_array_size(servers) > LIST_MAX)
		return false;
	json_array_foreach (servers, i, s)
		if (!json_is_string(json_object_get(s, "base")) ||
		    !results_ok(json_object_get(s, "results")))
			return false;
	return true;
}

/* ---- comparing ---- */

/* All that is wrong with it is waived. */
static bool waived(const json_t *result)
{
	const json_t *findings = json_object_get(result, "findings"), *f;
	bool any = false;
	size_t i;

	json_array_foreach (findings, i, f) {
		if (rank_of(text_of(f, "verdict")) < 1)
			continue;
		if (!json_is_object(json_object_get(f, "waiver")))
			return false;
		any = true;
	}
	return any;
}

static const json_t *find(const json_t *list, const char *key, const char *value)
{
	const json_t *j;
	size_t i;

	json_array_foreach (list, i, j)
		if (!strcmp(text_of(j, key), value))
			return j;
	return NULL;
}

static int effective(const json_t *result)
{
	return json_is_true(json_object_get(result, "waived"))
		       ? 0
		       : rank_of(text_of(result, "verdict"));
}

/* <0 better, >0 worse. */
static int compare_result(const json_t *was, json_t *now, const char *time)
{
	const char *since = time;

	json_object_set_new(now, "waived", json_boolean(waived(now)));
	if (was && !strcmp(text_of(was, "verdict"), text_of(now, "verdict")) &&
	    *text_of(was, "since"))
		since = text_of(was, "since");
	json_object_set_new(now, "since", json_string(since));
	return was ? effective(now) - effective(was) : 0;
}

static void compare_server(const json_t *before, const json_t *now, const char *time,
			   audit_change *change, void *arg)
{
	const json_t *old = json_object_get(before, "results"), *was;
	json_t *result;
	size_t i;

	json_array_foreach (json_object_get(now, "results"), i, result) {
		int by;

		was = find(old, "code", text_of(result, "code"));
		by = compare_result(was, result, time);
		if (by)
			change(arg, text_of(now, "base"), result,
			       json_is_true(json_object_get(was, "waived"))
				       ? "waived"
				       : text_of(was, "verdict"),
			       by > 0);
	}
}

void audit_compare(const json_t *before, json_t *now, const char *time, audit_change *change,
		   void *arg)
{
	/* Another criterion is another question: its answers cannot be worse or better. */
	bool same = !strcmp(text_of(before, "criterion"), text_of(now, "criterion"));
	const json_t *servers = same ? json_object_get(before, "servers") : NULL;
	json_t *server, *result;
	size_t i, k;

	json_array_foreach (json_object_get(now, "servers"), i, server)
		compare_server(find(servers, "base", text_of(server, "base")), server, time, change,
			       arg);
	json_array_foreach (servers, i, server) {
		if (find(json_object_get(now, "servers"), "base", text_of(server, "base")))
			continue;
		json_array_foreach (json_object_get(server, "results"), k, result)
			change(arg, text_of(server, "base"), result, text_of(result, "verdict"),
			       false);
	}
}

/* ---- keeping ---- */

void audit_news(struct engine *e, const char *host)
{
	desk_feed(e, "audit", json_pack("{s:s}", "host", host));
}

struct telling {
	struct host *host;
	int told;
};

static const char *what_is_wrong(const json_t *result)
{
	const json_t *findings = json_object_get(result, "findings"), *f;
	size_t i;

	json_array_foreach (findings, i, f)
		if (!strcmp(text_of(f, "verdict"), text_of(result, "verdict")))
			return text_of(f, "observed");
	return "";
}

static void on_change(void *arg, const char *base, const json_t *result, const char *was,
		      bool worse)
{
	struct telling *t = arg;
	struct engine *e = t->host->engine;
	char subject[ALARM_SUBJECT_MAX];

	snprintf(subject, sizeof(subject), "%.8s %.100s", text_of(result, "code"), base);
	if (!worse) {
		alarm_clear(e, ALARM_AUDIT_WORSE, t->host->name, subject);
		return;
	}
	alarm_raise(e, ALARM_AUDIT_WORSE, t->host->name, subject, "",
		    "%.80s was %.20s, is %.20s: %.300s", text_of(result, "title"), was,
		    text_of(result, "verdict"), what_is_wrong(result));
	if (t->told++ < TOLD_MAX)
		journal(e, LOG_L_WARN, "audit-worse", "", t->host->name,
			"%.200s: %.20s %.80s was %.20s, is %.20s: %.300s", base,
			text_of(result, "code"), text_of(result, "title"), was,
			text_of(result, "verdict"), what_is_wrong(result));
}

static int take_text(void *arg, struct store_row *r)
{
	*(json_t **)arg = json_loads(store_text(r, 0), 0, NULL);
	return 1;
}

static int keep(struct host *h, json_t *report)
{
	struct engine *e = h->engine;
	struct telling t = {h, 0};
	json_t *before = NULL;
	int64_t now = fsx_now_ns();
	struct err err;
	char *text;
	int r;

	if (db_read(e->db, &err, SQL_TOMCAT_GET, take_text, &before, "t", h->name) < 0)
		log_warn("the last audit of %s cannot be read: %s", h->name, err.text);
	audit_compare(before, report, text_of(report, "time"), on_change, &t);
	if (t.told > TOLD_MAX)
		journal(e, LOG_L_WARN, "audit-worse", "", h->name, "and %d verdicts more",
			t.told - TOLD_MAX);
	if (!before)
		journal(e, LOG_L_INFO, "audit", "", h->name,
			"audited for the first time: %zu servers",
			json_array_size(json_object_get(report, "servers")));
	text = json_dumps(report, JSON_COMPACT);
	err_set(&err, "out of memory");
	r = text ? db_write(e->db, &err, SQL_TOMCAT_PUT, "tit", h->name, now, text) : -1;
	if (r < 0)
		log_err("an audit of %s cannot be kept: %s", h->name, err.text);
	else
		audit_news(e, h->name);
	free(text);
	json_decref(before);
	return r < 0 ? -1 : 0;
}

static void acknowledge(struct host *h, uint32_t conn, uint64_t number)
{
	struct buf b;

	buf_init(&b, 64);
	buf_put_u64(&b, number);
	session_ack(h->engine, conn, MSG_AUDIT_ACK, &b);
	buf_free(&b);
}

/* What says nothing we know is not asked for again: the agent would send it for ever. */
static int take(struct host *h, const struct msg_audit_report *m, const json_t *body)
{
	json_t *report = json_object_get(body, "report");

	audit_answered(h, m, body);
	if (m->what != AUDIT_RUN || m->state != AUDIT_DONE)
		return 0;
	if (audit_report_ok(report))
		return keep(h, report);
	journal(h->engine, LOG_L_WARN, "audit", "", h->name,
		"its report has a form that is not known here: is its agent newer?");
	return 0;
}

int audit_received(struct host *h, uint32_t conn, struct rd *r)
{
	struct msg_audit_report m;
	struct err err = {""};
	json_error_t why;
	json_t *body;
	char *text;

	msg_audit_report_get(r, &m);
	if (!rd_end(r))
		return -1;
	text = audit_unpack(&m, &err);
	body = text ? json_loads(text, JSON_REJECT_DUPLICATES, &why) : NULL;
	free(text);
	if (!json_is_object(body)) {
		json_decref(body);
		return -1;
	}
	if (!take(h, &m, body))
		acknowledge(h, conn, m.number);
	json_decref(body);
	return 0;
}

static int show_row(void *arg, struct store_row *r)
{
	json_t *report = json_loads(store_text(r, 2), 0, NULL);
	char when[32];

	if (report)
		ctl_row(arg, json_pack("{s:s, s:s, s:s, s:o}", "host", store_text(r, 0), "time",
				       text_of(report, "time"), "received",
				       event_time(store_int(r, 1), when), "report", report));
	return 0;
}

int audit_show(struct engine *e, struct ctl_conn *c, const char *host, struct err *err)
{
	return db_read(e->db, err, SQL_TOMCAT_LIST, show_row, c, "t", host) < 0 ? -1 : 0;
}
