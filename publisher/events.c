// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "alarm_watch.h"
#include "event.h"
#include "events.h"
#include "fsx.h"
#include "journal.h"
#include "session.h"

#define DAY_NS (86400 * 1000000000ll)

static json_t *row_json(json_t *event, const char *host, int64_t received)
{
	char when[32];

	json_object_set_new(event, "host", json_string(host));
	json_object_set_new(event, "received", json_string(event_time(received, when)));
	return event;
}

static int keep(struct host *h, const struct wd_event *e, int64_t now, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);
	struct err err;
	int result = -1;

	if (text)
		result = db_write(h->engine->db, &err, SQL_EVENT_PUT, "ttiiit", h->name, e->id,
				  e->time, now, (int64_t)e->outcome, text);
	else
		err_set(&err, "out of memory");
	if (result < 0)
		log_err("an event of %s cannot be kept: %s", h->name, err.text);
	free(text);
	return result;
}

static void acknowledge(struct host *h, uint32_t conn, const char *id)
{
	struct buf b;

	buf_init(&b, 256);
	buf_put_str(&b, id);
	session_ack(h->engine, conn, MSG_EVENT_ACK, &b);
	buf_free(&b);
}

static int outcome_row(void *arg, struct store_row *r)
{
	*(bool *)arg = store_int(r, 0) != OUTCOME_PENDING;
	return 0;
}

/* Is it here already, with what became of it? Hosts tell again what was not acknowledged. */
static bool known(struct host *h, const char *id)
{
	bool yes = false;

	db_read(h->engine->db, NULL, SQL_EVENT_OUTCOME, outcome_row, &yes, "tt", h->name, id);
	return yes;
}

int event_received(struct host *h, uint32_t conn, struct rd *r)
{
	struct wd_event *e = malloc(sizeof(*e)); /* three paths: large for the stack */
	int64_t now = fsx_now_ns();
	json_t *j;
	bool again;

	if (!e)
		return -1;
	event_get(r, e);
	if (!rd_end(r) || !*e->id) {
		free(e);
		return -1;
	}
	again = known(h, e->id);
	j = event_json(e);
	if (j && keep(h, e, now, j) >= 0) {
		watch_event(h, e, again);
		acknowledge(h, conn, e->id);
		h->fresh_events += e->outcome != OUTCOME_PENDING;
		follow_tell(h->engine, FOLLOW_EVENTS, h->name,
			    row_json(json_incref(j), h->name, now));
	}
	json_decref(j);
	free(e);
	return 0;
}

static int list_row(void *arg, struct store_row *r)
{
	json_t *j = json_loads(store_text(r, 4), 0, NULL);

	if (j)
		ctl_row(arg, row_json(j, store_text(r, 1), store_int(r, 3)));
	return 0;
}

int events_list(struct engine *e, struct ctl_conn *c, const char *host, int n, struct err *err)
{
	return db_read(e->db, err, SQL_EVENT_LIST, list_row, c, "ti", host, (int64_t)n) < 0 ? -1
											    : 0;
}

void events_prune(struct engine *e)
{
	int64_t before = fsx_now_ns() - e->conf.keep_events * DAY_NS;
	struct err err;

	if (db_write(e->db, &err, SQL_EVENT_PRUNE, "i", before) < 0 ||
	    db_write(e->db, &err, SQL_JOURNAL_PRUNE, "i", before) < 0)
		log_warn("old events cannot be dropped: %s", err.text);
}
