/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - what must survive a restart: SQLite behind few words
 *
 * Statements are prepared once by number from a table of SQL that its owner lists in one
 * file. Arguments are bound by a format: i int64, t text (NULL allowed), b blob (pointer,
 * int length).
 */
#ifndef WD_STORE_H
#define WD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "log.h"

struct store;
struct store_row; /* one result row, valid in the callback */

/*
 * Opens or creates. migrations: NULL-ended list; PRAGMA user_version counts those applied.
 * sql: n statements. WAL, synchronous=FULL, busy time-out 5 s.
 */
struct store *store_open(const char *path, const char *const *migrations, const char *const *sql,
			 int n, struct err *err);
void store_close(struct store *s); /* NULL is fine */

/* Runs statement `id`; each row goes to `row` (may be NULL; non-zero ends early). Rows, or -1. */
int store_run(struct store *s, int id, int (*row)(void *arg, struct store_row *r), void *arg,
	      struct err *err, const char *fmt, ...);
int64_t store_last_id(struct store *s);
int store_changes(struct store *s);
int store_begin(struct store *s, struct err *err);
int store_commit(struct store *s, struct err *err);
void store_rollback(struct store *s);

/*
 * The words of a text as SQLite's full-text search has them (unicode61): letters and digits, in
 * lower case, without accents. token: non-zero ends early. 0, or -1.
 */
int store_tokens(struct store *s, const char *text, size_t n,
		 int (*token)(void *arg, const char *p, size_t n), void *arg, struct err *err);

/*
 * Many reads as one: the locks of the file are taken once. Between them no write is begun, and
 * nothing is open already.
 */
void store_look(struct store *s);
void store_look_end(struct store *s);

int64_t store_int(struct store_row *r, int column);
const char *store_text(struct store_row *r, int column); /* "" for NULL */
const void *store_blob(struct store_row *r, int column, int *n);

#endif
