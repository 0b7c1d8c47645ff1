// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "advisories.h"
#include "audit.h"
#include "event.h"
#include "fsx.h"
#include "hosts.h"
#include "journal.h"
#include "session.h"

#define WORDS_MAX 512

static int waiver_item(void *arg, struct store_row *r)
{
	json_t *j = json_pack("{s:s, s:s, s:s, s:s}", "check", store_text(r, 0), "owner",
			      store_text(r, 2), "reason", store_text(r, 3), "expires",
			      store_text(r, 4));

	if (*store_text(r, 1))
		json_object_set_new(j, "object", json_string(store_text(r, 1)));
	json_array_append_new(arg, j);
	return 0;
}

void audit_send_waivers(struct host *h)
{
	struct audit_order o = {.what = AUDIT_WAIVERS};
	json_t *list = json_array();
	struct err err = {""};
	char *text;

	if (!h->session || !session_open(h->session))
		goto out; /* it is told when it comes */
	if (db_read(h->engine->db, &err, SQL_WAIVER_OF, waiver_item, list, "t", h->name) < 0) {
		log_err("the waivers cannot be read: %s", err.text);
		goto out;
	}
	text = json_dumps(list, JSON_COMPACT | JSON_SORT_KEYS);
	if (text && strlen(text) <= AUDIT_DATA_MAX) {
		snprintf(o.host, sizeof(o.host), "%s", h->name);
		o.data = (const uint8_t *)text;
		o.n = strlen(text);
		audit_order(h->engine, &o, NULL, NULL, false);
	}
	free(text);
out:
	json_decref(list);
}

static void send_to(struct engine *e, const char *host)
{
	struct host *h;

	TAILQ_FOREACH (h, &e->hosts, entry)
		if (!*host || !strcmp(host, h->name))
			audit_send_waivers(h);
}

static int check_words(const char *field, const char *text, const char *what, struct err *err)
{
	if (what && !text[strspn(text, " \t")])
		return err_set(err, "%s: not \"%s\": %s", field, text, what);
	if (strlen(text) > WORDS_MAX)
		return err_set(err, "%s: not \"%.20s...\": give at most %d bytes", field, text,
			       WORDS_MAX);
	return 0;
}

static int check(const char *code, const char *object, const char *owner, const char *reason,
		 const char *expires, struct err *err)
{
	if ((strncmp(code, "WT-", 3) && strncmp(code, "WX-", 3)) ||
	    !isdigit((unsigned char)code[3]) || !isdigit((unsigned char)code[4]) || code[5])
		return err_set(err, "check: not \"%.20s\": give WT-01 to WT-13 or WX-01 to WX-11",
			       code);
	if (check_words("object", object, NULL, err) ||
	    check_words("owner", owner, "say who answers for it", err) ||
	    check_words("reason", reason, "say why it may stay so", err))
		return -1;
	if (day_number(expires) < 0)
		return err_set(err, "expires: not \"%.20s\": give a day like 2027-01-31", expires);
	if (day_number(expires) < fsx_now_ns() / 1000000000 / 86400)
		return err_set(err, "expires: %s is over: give a day to come", expires);
	return 0;
}

int audit_waive(struct engine *e, const char *host, const char *code, const char *object,
		const char *owner, const char *reason, const char *expires, int64_t *n,
		struct err *err)
{
	if (check(code, object, owner, reason, expires, err) ||
	    db_write(e->db, err, SQL_WAIVER_ADD, "tttttti", host, code, object, owner, reason,
		     expires, fsx_now_ns()) < 0)
		return -1;
	*n = store_last_id(db_store(e->db));
	if (db_flush(e->db, err))
		return -1;
	audit_news(e, host);
	journal(e, LOG_L_INFO, "waive", "", host, "%s %s until %s: %s (%s)", code, object, expires,
		reason, owner);
	send_to(e, host);
	return 0;
}

static int take_host(void *arg, struct store_row *r)
{
	snprintf(arg, HOST_NAME_MAX_WD, "%s", store_text(r, 0));
	return 0;
}

int audit_unwaive(struct engine *e, int64_t n, struct err *err)
{
	char host[HOST_NAME_MAX_WD] = "";
	int rows;

	if (db_begin(e->db, err))
		return -1;
	rows = store_run(db_store(e->db), SQL_WAIVER_END, take_host, host, err, "ii", n,
			 fsx_now_ns());
	if (rows == 0)
		return err_set(err, "there is no waiver %lld (wdpub audit waivers lists them)",
			       (long long)n);
	if (rows < 0 || db_flush(e->db, err))
		return -1;
	audit_news(e, host);
	journal(e, LOG_L_INFO, "unwaive", "", host, "waiver %lld was taken back", (long long)n);
	send_to(e, host);
	return 0;
}

static int list_row(void *arg, struct store_row *r)
{
	char when[32];

	ctl_row(arg,
		json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "waiver",
			  (json_int_t)store_int(r, 0), "host", store_text(r, 1), "check",
			  store_text(r, 2), "object", store_text(r, 3), "owner", store_text(r, 4),
			  "reason", store_text(r, 5), "expires", store_text(r, 6), "expired",
			  day_number(store_text(r, 6)) < fsx_now_ns() / 1000000000 / 86400, "made",
			  event_time(store_int(r, 7), when)));
	return 0;
}

int audit_waivers(struct engine *e, struct ctl_conn *c, struct err *err)
{
	return db_read(e->db, err, SQL_WAIVER_LIST, list_row, c, "") < 0 ? -1 : 0;
}

void audit_greet(struct host *h)
{
	struct err err;

	/* Also those that were taken back: it may not have heard of that. */
	if (db_read(h->engine->db, &err, SQL_WAIVER_ANY, NULL, NULL, "t", h->name) > 0)
		audit_send_waivers(h);
	audit_send_advice(h);
}
