// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "sql.h"

/* Times are ns since 1970 unless a name says otherwise. */
static const char schema_1[] =
	/* One-off values: "name" of the publisher, "address" it has in enrolment bundles. */
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"

	/* What is published: a backup directory, and what in it is left out. */
	"CREATE TABLE site (name TEXT PRIMARY KEY, dir TEXT NOT NULL, created INTEGER NOT NULL,"
	/* Serial that a rollback chose: nothing is published by itself until a push. 0: none. */
	" held INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
	"CREATE TABLE exclude (site TEXT NOT NULL,"
	" glob TEXT NOT NULL, PRIMARY KEY (site, glob)) WITHOUT ROWID;"

	/* Web servers. The columns after connect are what was last heard: shown after a restart. */
	"CREATE TABLE host (name TEXT PRIMARY KEY,"
	" connect TEXT NOT NULL," /* HOST:PORT to dial; empty: the host dials */
	" created INTEGER NOT NULL,"
	" enrolled INTEGER NOT NULL DEFAULT 0," /* 1: came with a certificate of its own */
	" address TEXT NOT NULL DEFAULT '', version TEXT NOT NULL DEFAULT '',"
	" boot_id TEXT NOT NULL DEFAULT '', source INTEGER NOT NULL DEFAULT 0,"
	" health INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '',"
	" seen INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"

	/* Who is entitled to what, and how far it is. */
	"CREATE TABLE host_site (host TEXT NOT NULL,"
	" site TEXT NOT NULL,"
	" serial INTEGER NOT NULL DEFAULT 0," /* applied */
	" mode INTEGER NOT NULL DEFAULT 255,"
	" verified INTEGER NOT NULL DEFAULT 0," /* seconds */
	" refused TEXT NOT NULL DEFAULT '',"	/* why the last release was refused */
	" PRIMARY KEY (host, site)) WITHOUT ROWID;"

	/*
	 * Every certificate issued to a host, by the SHA-256 of its DER form. kind: bundle or
	 * own; state: new (never seen), current, retired. Rows outlive their host: a retired
	 * certificate must stay known as such.
	 */
	"CREATE TABLE cert (fingerprint BLOB PRIMARY KEY, host TEXT NOT NULL, kind TEXT NOT NULL,"
	" state TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX cert_host ON cert (host);"

	/* data: signed_release_put(). Kept after the site is removed: serials never go back. */
	"CREATE TABLE release (site TEXT NOT NULL, serial INTEGER NOT NULL, root BLOB NOT NULL,"
	" data BLOB NOT NULL, PRIMARY KEY (site, serial)) WITHOUT ROWID;"

	/* data: event_json() as text; columns beside it are for finding. */
	"CREATE TABLE event (n INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL,"
	" id TEXT NOT NULL, time INTEGER NOT NULL, received INTEGER NOT NULL,"
	" outcome INTEGER NOT NULL, data TEXT NOT NULL, UNIQUE (host, id));"
	"CREATE INDEX event_time ON event (time);"

	/* done: 1 when all bytes are there and their hash is right. */
	"CREATE TABLE evidence (n INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL,"
	" id TEXT NOT NULL, size INTEGER NOT NULL, hash BLOB NOT NULL, chain BLOB NOT NULL,"
	" done INTEGER NOT NULL, received INTEGER NOT NULL, UNIQUE (host, id));"

	/* The publisher's own acts and changes of state. level: enum log_level. */
	"CREATE TABLE journal (n INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,"
	" level INTEGER NOT NULL, act TEXT NOT NULL, site TEXT NOT NULL, host TEXT NOT NULL,"
	" text TEXT NOT NULL);";

const char *const sql_migrations[] = {schema_1, NULL};

const char *const sql_statements[SQL_MAX] = {
	[SQL_META_GET] = "SELECT value FROM meta WHERE key = ?",
	[SQL_META_SET] = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",

	[SQL_SITE_LIST] = "SELECT name, dir, held FROM site ORDER BY name",
	[SQL_SITE_ADD] = "INSERT INTO site (name, dir, created) VALUES (?, ?, ?)",
	[SQL_SITE_HOLD] = "UPDATE site SET held = ?2 WHERE name = ?1",
	[SQL_SITE_DEL] = "DELETE FROM site WHERE name = ?",
	[SQL_SITE_DEL_EXCLUDES] = "DELETE FROM exclude WHERE site = ?",
	[SQL_SITE_DEL_HOSTS] = "DELETE FROM host_site WHERE site = ?",
	[SQL_EXCLUDE_LIST] = "SELECT glob FROM exclude WHERE site = ?",
	[SQL_EXCLUDE_ADD] = "INSERT OR IGNORE INTO exclude (site, glob) VALUES (?, ?)",

	[SQL_HOST_LIST] = "SELECT name, connect, enrolled, address, version, boot_id, source,"
			  " health, note, seen FROM host ORDER BY name",
	[SQL_HOST_ADD] = "INSERT INTO host (name, connect, created) VALUES (?, ?, ?)",
	[SQL_HOST_DEL] = "DELETE FROM host WHERE name = ?",
	[SQL_HOST_DEL_SITES] = "DELETE FROM host_site WHERE host = ?",
	[SQL_HOST_SAVE] = "UPDATE host SET connect = ?2, enrolled = ?3, address = ?4,"
			  " version = ?5, boot_id = ?6, source = ?7, health = ?8, note = ?9,"
			  " seen = ?10 WHERE name = ?1",
	[SQL_HOST_SITE_LIST] = "SELECT site, serial, mode, verified, refused FROM host_site"
			       " WHERE host = ? ORDER BY site",
	[SQL_HOST_SITE_ADD] = "INSERT OR IGNORE INTO host_site (host, site) VALUES (?, ?)",
	[SQL_HOST_SITE_SAVE] = "UPDATE host_site SET serial = ?3, mode = ?4, verified = ?5,"
			       " refused = ?6 WHERE host = ?1 AND site = ?2",

	[SQL_HOST_SITE_DEL] = "DELETE FROM host_site WHERE host = ? AND site = ?",

	[SQL_CERT_FIND] = "SELECT host, kind, state FROM cert WHERE fingerprint = ?",
	[SQL_CERT_ADD] = "INSERT INTO cert (fingerprint, host, kind, state, issued, expires)"
			 " VALUES (?, ?, ?, 'new', ?, ?)",
	[SQL_CERT_USED] = "UPDATE cert SET state = 'current' WHERE fingerprint = ?",
	[SQL_CERT_RETIRE_OTHERS] = "UPDATE cert SET state = 'retired'"
				   " WHERE host = ?1 AND fingerprint <> ?2",
	[SQL_CERT_RETIRE_ALL] = "UPDATE cert SET state = 'retired' WHERE host = ?",
	[SQL_CERT_LIST] = "SELECT kind, state, issued, expires, fingerprint FROM cert"
			  " WHERE host = ? ORDER BY issued",

	[SQL_RELEASE_LAST] = "SELECT data FROM release WHERE site = ?"
			     " ORDER BY serial DESC LIMIT 1",
	[SQL_RELEASE_FIND] = "SELECT data FROM release WHERE site = ? AND serial = ?",
	[SQL_RELEASE_ADD] = "INSERT INTO release (site, serial, root, data) VALUES (?, ?, ?, ?)",
	[SQL_RELEASE_LIST] = "SELECT data FROM release WHERE ?1 = '' OR site = ?1"
			     " ORDER BY site, serial",
	[SQL_RELEASE_PRUNE] = "DELETE FROM release WHERE site = ?1 AND serial <= ?2",
	[SQL_RELEASE_ROOTS] = "SELECT data FROM release"
			      " WHERE site IN (SELECT name FROM site)",

	[SQL_EVENT_PUT] = "INSERT INTO event (host, id, time, received, outcome, data)"
			  " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (host, id) DO UPDATE"
			  " SET time = excluded.time, outcome = excluded.outcome,"
			  " data = excluded.data",
	[SQL_EVENT_LIST] = "SELECT n, host, id, received, data FROM event WHERE n IN (SELECT n"
			   " FROM event WHERE ?1 = '' OR host = ?1 ORDER BY n DESC LIMIT ?2)"
			   " ORDER BY n",
	[SQL_EVENT_PRUNE] = "DELETE FROM event WHERE time < ?",
	[SQL_EVENT_COUNTS] = "SELECT outcome, count(*) FROM event WHERE host = ? GROUP BY outcome",

	[SQL_EVIDENCE_FIND] = "SELECT size, done, hash FROM evidence WHERE host = ? AND id = ?",
	[SQL_EVIDENCE_PUT] = "INSERT INTO evidence (host, id, size, hash, chain, done, received)"
			     " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host, id) DO UPDATE"
			     " SET size = excluded.size, hash = excluded.hash,"
			     " chain = excluded.chain, done = excluded.done,"
			     " received = excluded.received",
	[SQL_EVIDENCE_LIST] = "SELECT host, id, size, done, received, hash, chain FROM evidence"
			      " WHERE ?1 = '' OR host = ?1 ORDER BY n",
	[SQL_EVIDENCE_TOTAL] = "SELECT coalesce(sum(size), 0) FROM evidence WHERE host = ?",

	[SQL_JOURNAL_ADD] = "INSERT INTO journal (time, level, act, site, host, text)"
			    " VALUES (?, ?, ?, ?, ?, ?)",
	[SQL_JOURNAL_LIST] = "SELECT time, level, act, site, host, text FROM (SELECT * FROM journal"
			     " ORDER BY n DESC LIMIT ?) ORDER BY n",
	[SQL_JOURNAL_PRUNE] = "DELETE FROM journal WHERE time < ?",
};

static const char cache_1[] =
	"CREATE TABLE file (site TEXT NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
	" type INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
	" ctime INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (site, dev, ino))"
	" WITHOUT ROWID;";

const char *const cache_migrations[] = {cache_1, NULL};

const char *const cache_statements[CACHE_SQL_MAX] = {
	[CACHE_LOAD] = "SELECT dev, ino, type, size, mtime, ctime, hash FROM file WHERE site = ?",
	[CACHE_PUT] = "INSERT OR REPLACE INTO file (site, dev, ino, type, size, mtime, ctime, hash)"
		      " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[CACHE_DEL] = "DELETE FROM file WHERE site = ? AND dev = ? AND ino = ?",
};
