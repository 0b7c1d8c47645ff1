// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "db.h"

/* Long enough to gather a burst of events into one fsync, far below what anybody notices. */
#define COMMIT_DELAY_US 2000

struct after {
	void (*then)(void *arg, bool kept);
	void *arg;
	struct after *next;
};

struct db {
	struct store *store;
	struct event *commit; /* NULL without an event loop */
	bool open;	      /* a transaction */
	unsigned undone;
	struct after *first, **last;
};

static void tell(struct db *db, bool kept)
{
	struct after *a = db->first, *next;

	db->first = NULL;
	db->last = &db->first;
	for (; a; a = next) {
		next = a->next;
		a->then(a->arg, kept);
		free(a);
	}
}

static void on_commit(evutil_socket_t fd, short what, void *arg)
{
	struct err err;

	(void)fd;
	(void)what;
	if (db_flush(arg, &err))
		log_err("what just arrived could not be kept: %s", err.text);
}

struct db *db_open(struct event_base *base, const char *path, struct err *err)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db) {
		err_set(err, "%s: out of memory", path);
		return NULL;
	}
	db->last = &db->first;
	db->store = store_open(path, sql_migrations, sql_statements, SQL_MAX, err);
	if (!db->store)
		goto fail;
	if (base && !(db->commit = evtimer_new(base, on_commit, db))) {
		err_set(err, "%s: out of memory", path);
		goto fail;
	}
	return db;
fail:
	store_close(db->store);
	free(db);
	return NULL;
}

void db_close(struct db *db)
{
	struct err err;

	if (!db)
		return;
	if (db_flush(db, &err))
		log_err("the last changes could not be kept: %s", err.text);
	if (db->commit)
		event_free(db->commit);
	store_close(db->store);
	free(db);
}

struct store *db_store(struct db *db)
{
	return db->store;
}

int db_begin(struct db *db, struct err *err)
{
	const struct timeval delay = {0, COMMIT_DELAY_US};

	if (db->open)
		return 0;
	if (store_begin(db->store, err))
		return -1;
	db->open = true;
	if (db->commit)
		evtimer_add(db->commit, &delay);
	return 0;
}

int db_flush(struct db *db, struct err *err)
{
	int result = 0;

	if (db->open) {
		db->open = false;
		result = store_commit(db->store, err);
		if (result) {
			store_rollback(db->store);
			db->undone++;
		}
	}
	tell(db, !result);
	return result;
}

void db_undo(struct db *db)
{
	if (db->open) {
		store_rollback(db->store);
		db->undone++;
	}
	db->open = false;
	tell(db, false);
}

bool db_look(struct db *db)
{
	if (db->open)
		return false;
	store_look(db->store);
	return true;
}

void db_look_end(struct db *db, bool begun)
{
	if (begun)
		store_look_end(db->store);
}

unsigned db_undone(const struct db *db)
{
	return db->undone;
}

void db_after(struct db *db, void (*then)(void *arg, bool kept), void *arg)
{
	struct after *a = malloc(sizeof(*a));

	if (!a)
		log_fatal("out of memory");
	*a = (struct after){then, arg, NULL};
	*db->last = a;
	db->last = &a->next;
}

struct meta {
	char *to;
	size_t cap;
};

static int take_meta(void *arg, struct store_row *r)
{
	struct meta *m = arg;

	snprintf(m->to, m->cap, "%s", store_text(r, 0));
	return 0;
}

int db_meta_get(struct db *db, const char *key, char *to, size_t cap, struct err *err)
{
	struct meta m = {to, cap};

	*to = 0;
	return db_read(db, err, SQL_META_GET, take_meta, &m, "t", key) < 0 ? -1 : 0;
}

int db_meta_set(struct db *db, const char *key, const char *value, struct err *err)
{
	return db_write(db, err, SQL_META_SET, "tt", key, value) < 0 ? -1 : 0;
}
