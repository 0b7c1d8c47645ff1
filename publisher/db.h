/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db - publisher.db with one transaction for whatever arrives together
 *
 * The first write opens a transaction; it is committed a moment later from the event loop,
 * or at once by db_flush(). What must only be said when it is certain (acknowledgements)
 * is queued with db_after().
 */
#ifndef WD_PUBLISHER_DB_H
#define WD_PUBLISHER_DB_H

#include <event2/event.h>
#include <stdbool.h>

#include "sql.h"
#include "store.h"

struct db;

/* base may be NULL: then only db_flush() commits. create: make one where there is none. */
struct db *db_open(struct event_base *base, const char *path, struct err *err);
void db_close(struct db *db); /* commits; NULL is fine */
struct store *db_store(struct db *db);

/* Opens the transaction if need be; call it before every write. */
int db_begin(struct db *db, struct err *err);
/* Commits now. On failure nothing of the transaction stays, and err says why. */
int db_flush(struct db *db, struct err *err);
/* Undoes the open transaction; what waits in db_after() hears "not kept". */
void db_undo(struct db *db);
/* How often something was undone: what was read since the last time may never have been. */
unsigned db_undone(const struct db *db);
/* Many reads as one (store_look()), unless a transaction is open anyway. True: end it. */
bool db_look(struct db *db);
void db_look_end(struct db *db, bool begun);
/* Calls `then` after the next commit, kept = false if it failed. */
void db_after(struct db *db, void (*then)(void *arg, bool kept), void *arg);

/* A write: transaction, statement, and a log line on failure. Rows changed >= 0, or -1. */
#define db_write(db, err, id, ...)                                                                 \
	(db_begin(db, err) ? -1 : store_run(db_store(db), id, NULL, NULL, err, __VA_ARGS__))
#define db_read(db, err, id, row, arg, ...) store_run(db_store(db), id, row, arg, err, __VA_ARGS__)

/* A value of table meta, "" if there is none. */
int db_meta_get(struct db *db, const char *key, char *to, size_t cap, struct err *err);
int db_meta_set(struct db *db, const char *key, const char *value, struct err *err);

#endif
