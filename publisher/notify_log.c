// SPDX-License-Identifier: Apache-2.0
#include "notify_way.h"

struct listing {
	struct ctl_conn *conn;
	int64_t last;
};

static int log_row(void *arg, struct store_row *r)
{
	static const char *const states[] = {"waiting", "delivered", "failed", "cancelled"};
	json_t *m = json_loads(store_text(r, 10), 0, NULL);
	const char *to = json_string_value(json_object_get(m, "to"));
	struct listing *l = arg;
	char made[32], next[32] = "", done[32] = "";

	if (store_int(r, 7) == WAITING)
		event_time(store_int(r, 5), next);
	if (store_int(r, 8))
		event_time(store_int(r, 8), done);
	l->last = store_int(r, 0);
	ctl_row(l->conn,
		json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "id",
			  (json_int_t)l->last, "alarm", (json_int_t)store_int(r, 1), "channel",
			  store_text(r, 2), "reason", store_text(r, 3), "to", to ? to : "", "state",
			  states[store_int(r, 7) & 3], "tries", (json_int_t)store_int(r, 6), "time",
			  event_time(store_int(r, 4), made), "next", next, "done", done, "detail",
			  store_text(r, 9)));
	json_decref(m);
	return 0;
}

int notify_log(struct engine *e, struct ctl_conn *c, int64_t alarm, int64_t before, int limit,
	       int64_t *next, struct err *err)
{
	struct listing l = {c, 0};
	int n = db_read(e->db, err, SQL_DELIVERY_LIST, log_row, &l, "iii", alarm, before,
			(int64_t)limit);

	*next = n == limit ? l.last : 0;
	return n < 0 ? -1 : 0;
}

static int count_row(void *arg, struct store_row *r)
{
	if (store_int(r, 0) == WAITING)
		*(int *)arg = store_int(r, 1);
	return 0;
}

int notify_waiting(struct engine *e)
{
	int n = 0;

	db_read(e->db, NULL, SQL_DELIVERY_COUNT, count_row, &n, "");
	return n;
}

void notify_prune(struct engine *e, int64_t before)
{
	struct err err;

	if (db_write(e->db, &err, SQL_DELIVERY_PRUNE, "i", before) < 0 ||
	    db_write(e->db, &err, SQL_ALARM_PRUNE, "i", before) < 0)
		log_warn("old alarms and messages cannot be dropped: %s", err.text);
}
