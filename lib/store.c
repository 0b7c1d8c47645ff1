// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "store.h"

struct store {
	sqlite3 *db;
	const char *const *sql;
	sqlite3_stmt **ready; /* prepared when first used */
	int n;
	fts5_tokenizer words; /* with splitter: made when first used */
	Fts5Tokenizer *splitter;
};

struct store_row {
	sqlite3_stmt *stmt;
};

static int fail(struct store *s, struct err *err, const char *what)
{
	return err_set(err, "database: %s: %s", what, sqlite3_errmsg(s->db));
}

static int exec(struct store *s, const char *sql, struct err *err)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(s, err, sql);
}

static int version(struct store *s)
{
	sqlite3_stmt *stmt;
	int v = -1;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &stmt, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		v = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return v;
}

/* Each step and the note that it was made are one transaction. */
static int migrate(struct store *s, const char *const *steps, struct err *err)
{
	char note[64];
	int have = version(s), known = 0;

	while (steps[known])
		known++;
	if (have < 0)
		return fail(s, err, "not a database");
	if (have > known)
		return err_set(err,
			       "database: written by a newer version (schema %d, this program "
			       "knows %d): install that version again",
			       have, known);
	for (int i = have; i < known; i++) {
		snprintf(note, sizeof(note), "PRAGMA user_version = %d", i + 1);
		if (exec(s, "BEGIN IMMEDIATE", err) < 0)
			return -1;
		if (exec(s, steps[i], err) < 0 || exec(s, note, err) < 0 ||
		    exec(s, "COMMIT", err) < 0) {
			store_rollback(s);
			return -1;
		}
	}
	return 0;
}

/*
 * Passwords of mail servers may be in it; its journal takes the same mode. A file that is there
 * is not opened for this: closing it would drop the locks of another connection of ours.
 */
static int make_private(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		return close(fd);
	return errno == EEXIST ? chmod(path, 0600) : -1;
}

struct store *store_open(const char *path, const char *const *migrations, const char *const *sql,
			 int n, struct err *err)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s)
		s->ready = calloc(n ? n : 1, sizeof(*s->ready));
	if (!s || !s->ready) {
		free(s);
		err_set(err, "no memory");
		return NULL;
	}
	s->sql = sql;
	s->n = n;
	if (make_private(path)) {
		err_sys(err, "%s", path);
		store_close(s);
		return NULL;
	}
	if (sqlite3_open(path, &s->db) != SQLITE_OK) {
		err_set(err, "%s: %s", path, sqlite3_errmsg(s->db));
		store_close(s);
		return NULL;
	}
	sqlite3_busy_timeout(s->db, 5000);
	if (exec(s,
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		 "PRAGMA foreign_keys = ON",
		 err) < 0 ||
	    migrate(s, migrations, err) < 0) {
		store_close(s);
		return NULL;
	}
	return s;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n; i++)
		sqlite3_finalize(s->ready[i]);
	if (s->splitter)
		s->words.xDelete(s->splitter);
	sqlite3_close(s->db);
	free(s->ready);
	free(s);
}

static int bind(sqlite3_stmt *stmt, const char *fmt, va_list ap)
{
	const void *p;
	int r = SQLITE_OK;

	for (int i = 1; *fmt && r == SQLITE_OK; fmt++, i++) {
		switch (*fmt) {
		case 'i':
			r = sqlite3_bind_int64(stmt, i, va_arg(ap, int64_t));
			break;
		case 't':
			r = sqlite3_bind_text(stmt, i, va_arg(ap, const char *), -1,
					      SQLITE_TRANSIENT);
			break;
		case 'b':
			p = va_arg(ap, const void *);
			r = sqlite3_bind_blob(stmt, i, p, va_arg(ap, int), SQLITE_TRANSIENT);
			break;
		default:
			r = SQLITE_MISUSE;
		}
	}
	return r;
}

int store_run(struct store *s, int id, int (*row)(void *arg, struct store_row *r), void *arg,
	      struct err *err, const char *fmt, ...)
{
	sqlite3_stmt **ready = &s->ready[id], *stmt;
	struct store_row r;
	bool nested;
	va_list ap;
	int rows = 0, step;

	if (!*ready && sqlite3_prepare_v3(s->db, s->sql[id], -1, SQLITE_PREPARE_PERSISTENT, ready,
					  NULL) != SQLITE_OK)
		return fail(s, err, s->sql[id]);
	/* A row callback may run the same statement again: give it one of its own. */
	nested = sqlite3_stmt_busy(*ready);
	stmt = *ready;
	if (nested && sqlite3_prepare_v2(s->db, s->sql[id], -1, &stmt, NULL) != SQLITE_OK)
		return fail(s, err, s->sql[id]);
	r.stmt = stmt;
	va_start(ap, fmt);
	step = bind(stmt, fmt, ap);
	va_end(ap);
	if (step == SQLITE_OK) {
		while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
			rows++;
			if (row && row(arg, &r) != 0) {
				step = SQLITE_DONE;
				break;
			}
		}
	}
	if (step != SQLITE_DONE)
		rows = fail(s, err, s->sql[id]);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	if (nested)
		sqlite3_finalize(stmt);
	return rows;
}

/* The way that FTS5's manual gives for reaching it from C. */
static fts5_api *fts5(struct store *s)
{
	fts5_api *api = NULL;
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(s->db, "SELECT fts5(?1)", -1, &stmt, NULL) != SQLITE_OK)
		return NULL;
	sqlite3_bind_pointer(stmt, 1, &api, "fts5_api_ptr", NULL);
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return api;
}

static int make_splitter(struct store *s, struct err *err)
{
	fts5_api *api = fts5(s);
	void *own;

	if (!api || api->xFindTokenizer(api, "unicode61", &own, &s->words) != SQLITE_OK ||
	    s->words.xCreate(own, NULL, 0, &s->splitter) != SQLITE_OK)
		return err_set(err, "database: this SQLite has no full-text search (FTS5)");
	return 0;
}

struct splitting {
	int (*token)(void *arg, const char *p, size_t n);
	void *arg;
};

static int on_token(void *arg, int flags, const char *p, int n, int from, int to)
{
	struct splitting *x = arg;

	(void)flags;
	(void)from;
	(void)to;
	return x->token(x->arg, p, n) ? SQLITE_DONE : SQLITE_OK;
}

int store_tokens(struct store *s, const char *text, size_t n,
		 int (*token)(void *arg, const char *p, size_t n), void *arg, struct err *err)
{
	struct splitting x = {token, arg};
	int r;

	if (!s->splitter && make_splitter(s, err))
		return -1;
	r = s->words.xTokenize(s->splitter, &x, FTS5_TOKENIZE_DOCUMENT, text, n, on_token);
	return r == SQLITE_OK || r == SQLITE_DONE ? 0 : err_set(err, "out of memory");
}

int64_t store_last_id(struct store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

int store_changes(struct store *s)
{
	return sqlite3_changes(s->db);
}

int store_begin(struct store *s, struct err *err)
{
	return exec(s, "BEGIN IMMEDIATE", err);
}

int store_commit(struct store *s, struct err *err)
{
	return exec(s, "COMMIT", err);
}

void store_rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

/* If it cannot be, each read takes the locks by itself. */
void store_look(struct store *s)
{
	sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL);
}

void store_look_end(struct store *s)
{
	sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
}

int64_t store_int(struct store_row *r, int column)
{
	return sqlite3_column_int64(r->stmt, column);
}

const char *store_text(struct store_row *r, int column)
{
	const char *text = (const char *)sqlite3_column_text(r->stmt, column);

	return text ? text : "";
}

const void *store_blob(struct store_row *r, int column, int *n)
{
	const void *p = sqlite3_column_blob(r->stmt, column);

	*n = sqlite3_column_bytes(r->stmt, column);
	return p;
}
