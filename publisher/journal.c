// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "event.h"
#include "fsx.h"
#include "journal.h"

struct follower {
	struct engine *engine;
	struct ctl_conn *conn;
	enum follow_what what;
	char host[HOST_NAME_MAX_WD];
	TAILQ_ENTRY(follower) entry;
};

static const char *const level_names[] = {"error", "alarm", "info", "debug"};

json_t *journal_entry(int64_t time, int level, const char *act, const char *site, const char *host,
		      const char *text)
{
	char when[32];

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "time", event_time(time, when), "level",
			 level_names[level & 3], "act", act, "site", site, "host", host, "text",
			 json_bytes(text));
}

int journal_level(const char *name)
{
	if (!strcmp(name, "warning"))
		return LOG_L_WARN;
	for (int i = 0; i < 4; i++)
		if (!strcmp(level_names[i], name))
			return i;
	return -1;
}

static void print(enum log_level level, const char *act, const char *site, const char *host,
		  const char *text)
{
	const char *gap = *site && *host ? " " : "";

	log_write(level, "%s%s%s%s%s: %s", act, *site || *host ? " " : "", site, gap, host, text);
}

void journal(struct engine *e, enum log_level level, const char *act, const char *site,
	     const char *host, const char *fmt, ...)
{
	int64_t now = fsx_now_ns();
	struct err err;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	print(level, act, site, host, text);
	if (db_write(e->db, &err, SQL_JOURNAL_ADD, "iitttt", now, (int64_t)level, act, site, host,
		     text) < 0)
		log_err("this line could not be kept in the journal: %s", err.text);
	desk_feed(e, "log", journal_entry(now, level, act, site, host, text));
	follow_tell(e, FOLLOW_JOURNAL, host, journal_entry(now, level, act, site, host, text));
}

static int list_row(void *arg, struct store_row *r)
{
	ctl_row(arg, journal_entry(store_int(r, 0), store_int(r, 1), store_text(r, 2),
				   store_text(r, 3), store_text(r, 4), store_text(r, 5)));
	return 0;
}

void journal_list(struct engine *e, struct ctl_conn *c, int n, struct err *err)
{
	*err = (struct err){""};
	db_read(e->db, err, SQL_JOURNAL_LIST, list_row, c, "i", (int64_t)n);
}

static void follower_free(struct follower *f)
{
	TAILQ_REMOVE(&f->engine->followers, f, entry);
	free(f);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	(void)c;
	follower_free(arg);
}

void follow(struct engine *e, struct ctl_conn *c, enum follow_what what, const char *host)
{
	struct follower *f = calloc(1, sizeof(*f));

	if (!f) {
		ctl_fail(c, "out of memory");
		return;
	}
	f->engine = e;
	f->conn = c;
	f->what = what;
	snprintf(f->host, sizeof(f->host), "%s", host);
	TAILQ_INSERT_TAIL(&e->followers, f, entry);
	ctl_on_gone(c, on_gone, f);
}

void follow_tell(struct engine *e, enum follow_what what, const char *host, json_t *row)
{
	struct follower *f;

	TAILQ_FOREACH (f, &e->followers, entry) {
		if (f->what != what || (*f->host && strcmp(f->host, host)))
			continue;
		if (!ctl_backlog(f->conn)) /* a terminal that was stopped must not fill memory */
			ctl_row(f->conn, json_incref(row));
	}
	json_decref(row);
}

void follow_end(struct engine *e)
{
	struct follower *f;

	while ((f = TAILQ_FIRST(&e->followers))) {
		ctl_fail(f->conn, "the publisher is being stopped");
		follower_free(f);
	}
}
