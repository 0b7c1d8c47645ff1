// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm_watch.h"
#include "desk.h"
#include "event.h"
#include "event_index.h"
#include "events.h"
#include "fsx.h"
#include "journal.h"
#include "notify.h"
#include "session.h"
#include "settings.h"

#define DAY_NS (86400 * 1000000000ll)

static json_t *row_json(json_t *event, const char *host, int64_t received)
{
	char when[32];

	json_object_set_new(event, "host", json_string(host));
	json_object_set_new(event, "received", json_string(event_time(received, when)));
	return event;
}

/* What a search finds an event by. */
static void words_of(const struct host *h, const struct wd_event *e, struct buf *b)
{
	const char *const parts[] = {h->name, e->id, e->path, e->path2, e->comm, e->exe};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		buf_put(b, parts[i], strlen(parts[i]));
		buf_put_u8(b, ' ');
	}
	buf_put_u8(b, 0);
}

static int number_row(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 0);
	return 0;
}

static int keep(struct host *h, const struct wd_event *e, int64_t now, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);
	struct buf words;
	struct err err;
	int result = -1;
	int64_t n = 0;

	buf_init(&words, 4 * EVENT_PATH_MAX);
	words_of(h, e, &words);
	err_set(&err, "out of memory");
	if (text && buf_ok(&words) && !db_begin(h->engine->db, &err))
		result = db_read(h->engine->db, &err, SQL_EVENT_PUT, number_row, &n, "ttiiitttt",
				 h->name, e->id, e->time, now, (int64_t)e->outcome, text, e->site,
				 e->op, (const char *)words.data);
	if (result >= 0)
		event_index_changed(h->engine, n);
	buf_free(&words);
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

/* To the console, in the form that its list has. */
static void feed(struct host *h, json_t *j)
{
	char key[HOST_NAME_MAX_WD + EVENT_ID_MAX + 2];

	snprintf(key, sizeof(key), "%s/%s", h->name, json_string_value(json_object_get(j, "id")));
	json_object_set_new(j, "key", json_string(key));
	json_object_set_new(j, "ack", json_null());
	desk_feed(h->engine, "event", json_incref(j));
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
		row_json(j, h->name, now);
		follow_tell(h->engine, FOLLOW_EVENTS, h->name, json_incref(j));
		feed(h, j);
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

/* By our clock: a web server that lies about the time would have its events dropped at once. */
void events_prune(struct engine *e)
{
	int64_t now = fsx_now_ns(), before = now - e->conf.keep_events * DAY_NS;
	struct err err;

	if (db_write(e->db, &err, SQL_EVENT_PRUNE, "i", before) < 0 ||
	    db_write(e->db, &err, SQL_JOURNAL_PRUNE, "i",
		     (int64_t)(now - settings_int(e, "keep_log_days") * DAY_NS)) < 0 ||
	    db_write(e->db, &err, SQL_METRIC_PRUNE, "i",
		     (int64_t)(now / 1000000000 - e->conf.keep_metrics * 86400ll)) < 0)
		log_warn("old events cannot be dropped: %s", err.text);
	event_index_prune(e);
	notify_prune(e, before);
}
