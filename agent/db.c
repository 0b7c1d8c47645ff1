// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>
#include "db.h"
#include "event.h"

/* Outcomes in SQL: 0 pending 1 denied 2 clean 5 waiting 6 failed, as in event.h. */
_Static_assert(OUTCOME_PENDING == 0 && OUTCOME_DENIED == 1 && OUTCOME_CLEAN == 2 &&
		       OUTCOME_WAITING == 5 && OUTCOME_FAILED == 6,
	       "the numbers in the statements below");

static const char *const migrations[] = {
	/*
	 * rev grows with every change of an event; sent and acked are the revisions the
	 * publisher was sent and has. One is under way while sent > acked.
	 */
	"CREATE TABLE event("
	" n INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE,"
	" outcome INTEGER NOT NULL,"
	" rev INTEGER NOT NULL DEFAULT 1,"
	" sent INTEGER NOT NULL DEFAULT 0,"
	" acked INTEGER NOT NULL DEFAULT 0,"
	" bytes BLOB NOT NULL);"
	"CREATE INDEX event_todo ON event(n) WHERE rev > acked;"
	"CREATE TABLE upload(name TEXT PRIMARY KEY) WITHOUT ROWID;",
	NULL,
};

static const char *const sql[DB_STATEMENTS] = {
	[DB_EVENT_PUT] = "INSERT INTO event(id, outcome, bytes) VALUES(?, ?, ?)"
			 " ON CONFLICT(id) DO UPDATE SET outcome = excluded.outcome,"
			 " bytes = excluded.bytes, rev = rev + 1",
	[DB_EVENT_COUNT] =
		"SELECT count(*), (SELECT count(*) FROM event WHERE rev > acked) FROM event",
	[DB_EVENT_UNSENT] = "SELECT id, bytes FROM event WHERE rev > acked AND sent = acked"
			    " ORDER BY n LIMIT ?",
	[DB_EVENT_SENT] = "UPDATE event SET sent = rev WHERE id = ?",
	[DB_EVENT_ACKED] = "UPDATE event SET acked = sent WHERE id = ?",
	[DB_EVENT_UNSEND] = "UPDATE event SET sent = acked WHERE rev > acked AND sent > acked",
	[DB_EVENT_LAST] = "SELECT bytes FROM event ORDER BY n DESC LIMIT ?",
	[DB_EVENT_OPEN] = "SELECT bytes FROM event WHERE outcome IN (0, 5, 6)",
	[DB_DROP_ACKED] = "DELETE FROM event WHERE n IN (SELECT n FROM event"
			  " WHERE acked = rev AND outcome NOT IN (0, 5, 6) ORDER BY n LIMIT ?)",
	[DB_DROP_QUIET] = "DELETE FROM event WHERE n IN (SELECT n FROM event"
			  " WHERE outcome IN (1, 2) ORDER BY n LIMIT ?)",
	[DB_DROP_OLDEST] = "DELETE FROM event WHERE n IN (SELECT n FROM event ORDER BY n LIMIT ?)",
	[DB_UPLOAD_DONE] = "INSERT OR IGNORE INTO upload(name) VALUES(?)",
	[DB_UPLOAD_IS_DONE] = "SELECT 1 FROM upload WHERE name = ?",
};

struct store *db_open(const char *file, struct err *err)
{
	/* Paths and programs of a whole host: nobody else's business. SQLite keeps the mode. */
	int fd = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0) {
		err_sys(err, "cannot open %s", file);
		return NULL;
	}
	close(fd);
	return store_open(file, migrations, sql, DB_STATEMENTS, err);
}
