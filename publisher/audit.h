/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit - how the hosts' Tomcats are set up: what their agents report, what they are ordered
 *
 *   audit_orders.c    orders: signed by the keys role, sent, remembered until answered
 *   audit_reports.c   reports: compared with the last, kept; what worsens is an alarm
 *   audit_waivers.c   who answers for what, until when; told to the hosts
 *   audit_advice.c    which versions are fixed: checked, kept, told to the hosts
 */
#ifndef WD_PUBLISHER_AUDIT_H
#define WD_PUBLISHER_AUDIT_H

#include "ctl.h"
#include "engine.h"
#include "proto_audit.h"

struct host;

/* ---- reports ---- */

/* An AUDIT_REPORT; -1: malformed. */
int audit_received(struct host *h, uint32_t conn, struct rd *r);
int audit_show(struct engine *e, struct ctl_conn *c, const char *host, struct err *err);
/*
 * Exposed for its tests: puts "since" and "waived" into `now`, and tells of what became worse or
 * better. What is waived counts as good; a server that is gone is better.
 */
typedef void audit_change(void *arg, const char *base, const json_t *result, const char *was,
			  bool worse);
void audit_compare(const json_t *before, json_t *now, const char *time, audit_change *change,
		   void *arg);
bool audit_report_ok(const json_t *report); /* in its form; whatever it says */

/* To those who look at the page: something about this host is new; "" = about all. */
void audit_news(struct engine *e, const char *host);

/* ---- orders ---- */

/*
 * Signs and sends. o: host, what and the rest; request and issued are filled in here. by: who
 * asked, for the record; NULL: no record (waivers, advisories). c: hears the answer, at once or
 * if `wait` when the agent has answered; may be NULL.
 */
void audit_order(struct engine *e, struct audit_order *o, const char *by, struct ctl_conn *c,
		 bool wait);
/* The agent's answer to a recorded one. */
void audit_answered(struct host *h, const struct msg_audit_report *m, const json_t *body);
int audit_jobs(struct engine *e, struct ctl_conn *c, const char *host, int n, struct err *err);
void audit_end(struct engine *e);   /* the publisher stops: whoever waits hears so */
void audit_prune(struct engine *e); /* old records */

/* ---- what hosts are told without being asked ---- */

void audit_greet(struct host *h); /* it is online */
int audit_waive(struct engine *e, const char *host, const char *code, const char *object,
		const char *owner, const char *reason, const char *expires, int64_t *n,
		struct err *err);
int audit_unwaive(struct engine *e, int64_t n, struct err *err);
int audit_waivers(struct engine *e, struct ctl_conn *c, struct err *err);
void audit_send_waivers(struct host *h);
void audit_send_advice(struct host *h);
/* FILE and FILE.sig, by the key of publisher.conf. */
int audit_take_advice(struct engine *e, const char *file, struct err *err);
json_t *audit_advice_json(struct engine *e);

#endif
