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

/* Alarms, and the messages about them on their way to people. */
static const char schema_alarms[] =
	/* live: 1 until it is over; then a new one is made. state: enum alarm_state. told: when
	 * a message about it was last queued, 0: never. event: the last that counted in. */
	"CREATE TABLE alarm (n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
	" host TEXT NOT NULL, subject TEXT NOT NULL, severity INTEGER NOT NULL,"
	" live INTEGER NOT NULL, state INTEGER NOT NULL, first INTEGER NOT NULL,"
	" last INTEGER NOT NULL, cleared INTEGER NOT NULL DEFAULT 0, count INTEGER NOT NULL,"
	" text TEXT NOT NULL, event TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0,"
	" told_count INTEGER NOT NULL DEFAULT 0, escalated INTEGER NOT NULL DEFAULT 0,"
	" acked INTEGER NOT NULL DEFAULT 0, ack_by TEXT NOT NULL DEFAULT '',"
	" ack_note TEXT NOT NULL DEFAULT '');"
	"CREATE UNIQUE INDEX alarm_live ON alarm (kind, host, subject) WHERE live;"

	/* state: 0 waiting, 1 sent, 2 given up, 3 not needed any more. message: JSON. */
	"CREATE TABLE delivery (n INTEGER PRIMARY KEY AUTOINCREMENT, alarm INTEGER NOT NULL,"
	" channel TEXT NOT NULL, reason TEXT NOT NULL, made INTEGER NOT NULL,"
	" due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,"
	" state INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,"
	" answer TEXT NOT NULL DEFAULT '', message TEXT NOT NULL);"
	"CREATE INDEX delivery_due ON delivery (channel, due) WHERE state = 0;"

	/* Parts of the settings: mail, sms ... conf: JSON; secret: JSON, shown to nobody. */
	"CREATE TABLE notify (part TEXT PRIMARY KEY, conf TEXT NOT NULL,"
	" secret TEXT NOT NULL) WITHOUT ROWID;"

	/* How busy a host was; time in seconds, cpu in thousandths, sizes in bytes. host '': here.
	 */
	"CREATE TABLE metric (host TEXT NOT NULL, time INTEGER NOT NULL, cpu INTEGER NOT NULL,"
	" memory INTEGER NOT NULL, memory_total INTEGER NOT NULL, disk INTEGER NOT NULL,"
	" disk_total INTEGER NOT NULL, PRIMARY KEY (host, time)) WITHOUT ROWID;";

/* sealed: the key of a host's hardware unit, only the keys role can open it. */
static const char schema_hass[] = "CREATE TABLE hass (host TEXT PRIMARY KEY, sealed BLOB NOT NULL,"
				  " since INTEGER NOT NULL) WITHOUT ROWID;";

/* What may change on the hosts of a site (lib/filter.h), in the order of its releases. */
static const char schema_filter[] =
	"CREATE TABLE filter (site TEXT NOT NULL, n INTEGER NOT NULL, text TEXT NOT NULL,"
	" PRIMARY KEY (site, n)) WITHOUT ROWID;";

/* The web console: who may use it, who does, what they did, and finding among many events. */
static const char schema_console[] =
	/* role: enum user_role. hash: Argon2id in PHC form. totp: 20 bytes, or empty. */
	"CREATE TABLE user (name TEXT PRIMARY KEY, role INTEGER NOT NULL, email TEXT NOT NULL,"
	" phone TEXT NOT NULL, language TEXT NOT NULL, hash TEXT NOT NULL, totp BLOB NOT NULL,"
	" step INTEGER NOT NULL," /* of the last code that was accepted: each serves once */
	/* >0: the password was given by somebody else, and serves until then (s since 1970) */
	" once INTEGER NOT NULL, disabled INTEGER NOT NULL, created INTEGER NOT NULL,"
	" seen INTEGER NOT NULL) WITHOUT ROWID;"

	/* Who is logged in. token: SHA-256 of the cookie: a stolen database opens nothing. */
	"CREATE TABLE login (token BLOB PRIMARY KEY, user TEXT NOT NULL, csrf TEXT NOT NULL,"
	" address TEXT NOT NULL, agent TEXT NOT NULL, created INTEGER NOT NULL,"
	" seen INTEGER NOT NULL) WITHOUT ROWID;"

	/* Every act of a person. chain: SHA-256 over the row and the chain before it. */
	"CREATE TABLE audit (n INTEGER PRIMARY KEY, time INTEGER NOT NULL, user TEXT NOT NULL,"
	" role TEXT NOT NULL, address TEXT NOT NULL, act TEXT NOT NULL, about TEXT NOT NULL,"
	" result TEXT NOT NULL, chain BLOB NOT NULL);"

	/* What an administrator set otherwise than it is by default; value: JSON. */
	"CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"

	/* words: what is searched for. acked: ns since 1970, 0 = nobody has seen to it. */
	"ALTER TABLE event ADD COLUMN site TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE event ADD COLUMN op TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE event ADD COLUMN words TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE event ADD COLUMN acked INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE event ADD COLUMN acked_by TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE event ADD COLUMN acked_note TEXT NOT NULL DEFAULT '';"
	"UPDATE event SET site = coalesce(json_extract(data, '$.site'), ''),"
	" op = coalesce(json_extract(data, '$.op'), ''), words = host || ' ' || id || ' ' ||"
	" coalesce(json_extract(data, '$.path'), '') || ' ' ||"
	" coalesce(json_extract(data, '$.path2'), '') || ' ' ||"
	" coalesce(json_extract(data, '$.comm'), '') || ' ' ||"
	" coalesce(json_extract(data, '$.exe'), '');"
	/* 2, 7: clean and noted, which nobody needs to see to. */
	"CREATE INDEX event_unseen ON event (n) WHERE acked = 0 AND outcome <> 2 AND outcome <> 7;"
	"CREATE INDEX event_received ON event (received);"
	"CREATE VIRTUAL TABLE event_fts USING fts5 (words, content='event', content_rowid='n');"
	"INSERT INTO event_fts (event_fts) VALUES ('rebuild');"

	/* How many in each quarter of an hour, so that a day is 96 rows however much happened. */
	"CREATE TABLE event_quarter (quarter INTEGER NOT NULL, outcome INTEGER NOT NULL,"
	" count INTEGER NOT NULL, PRIMARY KEY (quarter, outcome)) WITHOUT ROWID;"
	"INSERT INTO event_quarter SELECT received / 900000000000, outcome, count(*) FROM event"
	" GROUP BY 1, 2;"
	"CREATE TRIGGER event_added AFTER INSERT ON event BEGIN"
	" INSERT INTO event_fts (rowid, words) VALUES (new.n, new.words);"
	" INSERT INTO event_quarter VALUES (new.received / 900000000000, new.outcome, 1)"
	"  ON CONFLICT DO UPDATE SET count = count + 1; END;"
	"CREATE TRIGGER event_moved AFTER UPDATE OF outcome ON event"
	" WHEN new.outcome <> old.outcome BEGIN"
	" UPDATE event_quarter SET count = count - 1"
	"  WHERE quarter = old.received / 900000000000 AND outcome = old.outcome;"
	" INSERT INTO event_quarter VALUES (old.received / 900000000000, new.outcome, 1)"
	"  ON CONFLICT DO UPDATE SET count = count + 1; END;"
	"CREATE TRIGGER event_dropped AFTER DELETE ON event BEGIN"
	" INSERT INTO event_fts (event_fts, rowid, words) VALUES ('delete', old.n, old.words);"
	" UPDATE event_quarter SET count = count - 1"
	"  WHERE quarter = old.received / 900000000000 AND outcome = old.outcome; END;";

static const char schema_tomcat[] =
	/* The last report of each host, as its agent sent it, with "since" and "waived". */
	"CREATE TABLE tomcat (host TEXT PRIMARY KEY, received INTEGER NOT NULL, data TEXT NOT NULL)"
	" WITHOUT ROWID;"

	/* What was ordered; answered 0: not yet. state: enum audit_state. by: who asked. */
	"CREATE TABLE tomcat_job (request INTEGER PRIMARY KEY, host TEXT NOT NULL,"
	" what INTEGER NOT NULL, base TEXT NOT NULL, codes TEXT NOT NULL, id TEXT NOT NULL,"
	" asked_by TEXT NOT NULL, asked INTEGER NOT NULL, answered INTEGER NOT NULL DEFAULT 0,"
	" state INTEGER NOT NULL DEFAULT 0, text TEXT NOT NULL DEFAULT '');"

	/* host '': all; object '': any. ended: when it was taken back, 0: it was not. */
	"CREATE TABLE waiver (n INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL,"
	" code TEXT NOT NULL, object TEXT NOT NULL, owner TEXT NOT NULL, reason TEXT NOT NULL,"
	" expires TEXT NOT NULL, made INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0);";

/*
 * Finding few events among very many (event_seek.c). event_facet: every (host, site, op) that
 * occurs. For each of them, and each outcome, the index has the events in their order.
 */
static const char schema_seek[] =
	"CREATE TABLE event_facet (host TEXT NOT NULL, site TEXT NOT NULL, op TEXT NOT NULL,"
	" PRIMARY KEY (host, site, op)) WITHOUT ROWID;"
	"INSERT INTO event_facet SELECT DISTINCT host, site, op FROM event;"
	"CREATE INDEX event_find ON event (host, site, op, outcome, acked > 0);"
	"CREATE TRIGGER event_faceted AFTER INSERT ON event BEGIN"
	" INSERT INTO event_facet VALUES (new.host, new.site, new.op) ON CONFLICT DO NOTHING; END;"
	/*
	 * The beginning of a word that most events have ("page", "srv") would be put together from
	 * a million words at each search; those of two to four letters are kept together.
	 */
	"DROP TABLE event_fts;"
	"CREATE VIRTUAL TABLE event_fts USING fts5 (words, content='event', content_rowid='n',"
	" prefix='2 3 4');"
	"INSERT INTO event_fts (event_fts) VALUES ('rebuild');";

/*
 * Finding among very many events (event_index.h): the columns are in memory, and so are the words
 * of the newest. FTS5 and an index of each combination, which were here before, read a hundred
 * thousand rows where a common word and a rare filter come together.
 */
static const char schema_segments[] =
	"DROP TRIGGER event_added;"
	"DROP TRIGGER event_dropped;"
	"DROP TRIGGER event_faceted;"
	"DROP TABLE event_fts;"
	"DROP TABLE event_facet;"
	"DROP INDEX event_find;"
	"CREATE TRIGGER event_added AFTER INSERT ON event BEGIN"
	" INSERT INTO event_quarter VALUES (new.received / 900000000000, new.outcome, 1)"
	"  ON CONFLICT DO UPDATE SET count = count + 1; END;"
	"CREATE TRIGGER event_dropped AFTER DELETE ON event BEGIN"
	" UPDATE event_quarter SET count = count - 1"
	"  WHERE quarter = old.received / 900000000000 AND outcome = old.outcome; END;"
	/* Events from first to last have their words in event_term; those after the last do not
	   yet. */
	"CREATE TABLE event_segment (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);"
	/* segment: its first. term: the first word of the block. block: event_block.h. */
	"CREATE TABLE event_term (n INTEGER PRIMARY KEY, segment INTEGER NOT NULL,"
	" term BLOB NOT NULL, block BLOB NOT NULL);"
	"CREATE INDEX event_term_find ON event_term (segment, term);";

const char *const sql_migrations[] = {schema_1,	     schema_alarms,   schema_hass,
				      schema_filter, schema_console,  schema_tomcat,
				      schema_seek,   schema_segments, NULL};

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

	[SQL_FILTER_LIST] = "SELECT text FROM filter WHERE site = ? ORDER BY n",
	[SQL_FILTER_ADD] = "INSERT INTO filter (site, n, text) VALUES (?, ?, ?)",
	[SQL_SITE_DEL_FILTERS] = "DELETE FROM filter WHERE site = ?",

	[SQL_HOST_LIST] = "SELECT name, connect, enrolled, address, version, boot_id, source,"
			  " health, note, seen FROM host ORDER BY name",
	[SQL_HOST_ADD] = "INSERT INTO host (name, connect, created) VALUES (?, ?, ?)",
	[SQL_HOST_DEL] = "DELETE FROM host WHERE name = ?",
	[SQL_HOST_DEL_SITES] = "DELETE FROM host_site WHERE host = ?",
	[SQL_HOST_SAVE] = "UPDATE host SET connect = ?2, enrolled = ?3, address = ?4,"
			  " version = ?5, boot_id = ?6, source = ?7, health = ?8, note = ?9,"
			  " seen = ?10 WHERE name = ?1",
	[SQL_HASS_GET] = "SELECT sealed FROM hass WHERE host = ?",
	[SQL_HASS_PUT] = "INSERT OR REPLACE INTO hass (host, sealed, since) VALUES (?, ?, ?)",
	[SQL_HASS_DEL] = "DELETE FROM hass WHERE host = ?",
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

	[SQL_EVENT_PUT] =
		"INSERT INTO event (host, id, time, received, outcome, data, site, op,"
		" words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host, id) DO UPDATE"
		" SET time = excluded.time, outcome = excluded.outcome,"
		" data = excluded.data RETURNING n",
	[SQL_EVENT_LIST] = "SELECT n, host, id, received, data FROM event WHERE n IN (SELECT n"
			   " FROM event WHERE ?1 = '' OR host = ?1 ORDER BY n DESC LIMIT ?2)"
			   " ORDER BY n",
	[SQL_EVENT_PRUNE] = "DELETE FROM event WHERE received < ?",
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

	[SQL_EVENT_OUTCOME] = "SELECT outcome FROM event WHERE host = ? AND id = ?",

#define ALARM_COLUMNS                                                                              \
	"n, kind, host, subject, severity, live, state, first, last, cleared, count, text, event," \
	" told, told_count, escalated, acked, ack_by, ack_note"
	[SQL_ALARM_ADD] = "INSERT INTO alarm (kind, host, subject, severity, live, state, first,"
			  " last, count, text, event) VALUES (?, ?, ?, ?, 1, 0, ?, ?, 1, ?, ?)",
	[SQL_ALARM_SAVE] = "UPDATE alarm SET live = ?2, state = ?3, last = ?4, cleared = ?5,"
			   " count = ?6, text = ?7, event = ?8, told = ?9, told_count = ?10,"
			   " escalated = ?11, acked = ?12, ack_by = ?13, ack_note = ?14,"
			   " severity = ?15 WHERE n = ?1",
	[SQL_ALARM_LIVE] = "SELECT " ALARM_COLUMNS " FROM alarm WHERE live ORDER BY n",
	[SQL_ALARM_LIST] = "SELECT " ALARM_COLUMNS " FROM alarm WHERE (?1 = 0 OR n < ?1)"
			   " AND (?2 = '' OR host = ?2) AND (?3 = '' OR kind = ?3)"
			   " AND (1 << state) & ?4 ORDER BY n DESC LIMIT ?5",
	[SQL_ALARM_PRUNE] = "DELETE FROM alarm WHERE NOT live AND last < ?",

	[SQL_DELIVERY_ADD] = "INSERT INTO delivery (alarm, channel, reason, made, due, message)"
			     " VALUES (?, ?, ?, ?, ?, ?)",
	[SQL_DELIVERY_NEXT] =
		"SELECT n, alarm, reason, tries, message, made FROM delivery"
		" WHERE channel = ?1 AND state = 0 AND due <= ?2 ORDER BY due, n LIMIT 1",
	[SQL_DELIVERY_SAVE] = "UPDATE delivery SET state = ?2, tries = ?3, due = ?4, done = ?5,"
			      " answer = ?6 WHERE n = ?1",
	[SQL_DELIVERY_HURRY] = "UPDATE delivery SET due = ?2 WHERE channel = ?1 AND state = 0"
			       " AND due > ?2 AND tries > 0",
	[SQL_DELIVERY_CANCEL] = "UPDATE delivery SET state = 3, done = ?2, answer = ?3"
				" WHERE alarm = ?1 AND state = 0",
	[SQL_DELIVERY_LIST] = "SELECT n, alarm, channel, reason, made, due, tries, state, done,"
			      " answer, message FROM delivery WHERE (?1 = 0 OR alarm = ?1)"
			      " AND (?2 = 0 OR n < ?2) ORDER BY n DESC LIMIT ?3",
	[SQL_DELIVERY_COUNT] = "SELECT state, count(*) FROM delivery GROUP BY state",
	[SQL_DELIVERY_PRUNE] = "DELETE FROM delivery WHERE state <> 0 AND made < ?",

	[SQL_NOTIFY_LIST] = "SELECT part, conf, secret FROM notify",
	[SQL_NOTIFY_PUT] = "INSERT OR REPLACE INTO notify (part, conf, secret) VALUES (?, ?, ?)",

	[SQL_METRIC_ADD] = "INSERT OR REPLACE INTO metric (host, time, cpu, memory, memory_total,"
			   " disk, disk_total) VALUES (?, ?, ?, ?, ?, ?, ?)",
	/* One row a step, the average of it. */
	[SQL_METRIC_LIST] = "SELECT max(time), avg(cpu), avg(memory), max(memory_total), avg(disk),"
			    " max(disk_total) FROM metric WHERE host = ?1 AND time >= ?2"
			    " GROUP BY time / ?3 ORDER BY 1 LIMIT 5000",
	[SQL_METRIC_PRUNE] = "DELETE FROM metric WHERE time < ?",
	[SQL_JOURNAL_PAGE] =
		"SELECT n, time, level, act, site, host, text FROM journal"
		" WHERE n < ?1 AND n >= ?6 AND level <= ?2 AND (?3 = '' OR host = ?3) AND"
		" (?4 = '' OR instr(lower(act || ' ' || site || ' ' || host || ' ' ||"
		" text), lower(?4))) ORDER BY n DESC LIMIT ?5",
	[SQL_JOURNAL_RANGE] = "SELECT (SELECT min(n) FROM journal), (SELECT max(n) FROM journal)",

	[SQL_USER_LIST] = "SELECT name, role, email, phone, language, hash, totp, step, once,"
			  " disabled, created, seen FROM user ORDER BY name",
	[SQL_USER_FIND] = "SELECT name, role, email, phone, language, hash, totp, step, once,"
			  " disabled, created, seen FROM user WHERE name = ?",
	[SQL_USER_ADD] = "INSERT INTO user (name, role, email, phone, language, hash, totp, step,"
			 " once, disabled, created, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			 " ?)",
	[SQL_USER_SAVE] = "UPDATE user SET role = ?2, email = ?3, phone = ?4, language = ?5,"
			  " hash = ?6, totp = ?7, step = ?8, once = ?9, disabled = ?10,"
			  " created = ?11, seen = ?12 WHERE name = ?1",
	[SQL_USER_DEL] = "DELETE FROM user WHERE name = ?",
	[SQL_USER_ADMINS] = "SELECT count(*) FROM user WHERE role = 1 AND disabled = 0"
			    " AND name <> ?",

	[SQL_LOGIN_LIST] = "SELECT token, user, csrf, address, agent, created, seen FROM login",
	[SQL_LOGIN_PUT] = "INSERT OR REPLACE INTO login (token, user, csrf, address, agent,"
			  " created, seen) VALUES (?, ?, ?, ?, ?, ?, ?)",
	[SQL_LOGIN_DEL] = "DELETE FROM login WHERE token = ?",

	[SQL_AUDIT_ADD] = "INSERT INTO audit (n, time, user, role, address, act, about, result,"
			  " chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_AUDIT_LAST] = "SELECT n, chain FROM audit ORDER BY n DESC LIMIT 1",
	[SQL_AUDIT_LIST] = "SELECT n, time, user, role, address, act, about, result, chain"
			   " FROM audit WHERE n < ?1 AND (?2 = '' OR user = ?2) AND (?3 = '' OR"
			   " instr(lower(act || ' ' || about || ' ' || result), lower(?3)))"
			   " ORDER BY n DESC LIMIT ?4",
	[SQL_AUDIT_FROM] = "SELECT n, time, user, role, address, act, about, result, chain"
			   " FROM audit WHERE n > ? ORDER BY n LIMIT ?",

	[SQL_SETTING_LIST] = "SELECT key, value FROM setting",
	[SQL_SETTING_PUT] = "INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)",
	[SQL_SETTING_DEL] = "DELETE FROM setting WHERE key = ?",

	[SQL_EVENT_GET] = "SELECT n, host, received, data, acked, acked_by, acked_note FROM event"
			  " WHERE host = ? AND id = ?",
	[SQL_EVENT_ACK] = "UPDATE event SET acked = ?3, acked_by = ?4, acked_note = ?5"
			  " WHERE host = ?1 AND id = ?2 AND acked = 0 RETURNING n",
	[SQL_EVENT_RANGE] = "SELECT (SELECT min(n) FROM event), (SELECT max(n) FROM event)",
	/* The unary pluses keep SQLite to the numbers: these are few. */
	[SQL_EVENT_PAGE] = "SELECT n, host, received, data, acked, acked_by, acked_note FROM event"
			   " WHERE n < ?1 AND n >= ?2 AND (?3 = '' OR +host = ?3) AND (?4 = '' OR"
			   " +site = ?4) AND (?5 >> outcome & 1) AND (?6 = '' OR op = ?6)"
			   " AND (?7 < 0 OR (acked > 0) = ?7) ORDER BY n DESC LIMIT ?8",
	[SQL_EVENT_FIRST_SINCE] = "SELECT n FROM event WHERE received >= ? ORDER BY received, n"
				  " LIMIT 1",
	[SQL_EVENT_LAST_UNTIL] = "SELECT n FROM event WHERE received <= ? ORDER BY received DESC,"
				 " n DESC LIMIT 1",
	[SQL_EVENT_QUARTERS] = "SELECT quarter, outcome, count FROM event_quarter WHERE quarter > ?"
			       " AND count > 0 ORDER BY quarter",
	[SQL_EVENT_AT] =
		"SELECT n, host, received, data, acked, acked_by, acked_note, words,"
		" id, json_valid(data) FROM event WHERE n = ?1 AND (?2 = '' OR +host = ?2) AND (?3 = '' OR"
		" +site = ?3) AND (?4 >> outcome & 1) AND (?5 = '' OR op = ?5) AND"
		" (?6 < 0 OR (acked > 0) = ?6)",
	[SQL_EVENT_COLUMNS] = "SELECT n, host, site, op, outcome, acked > 0 FROM event"
			      " WHERE n > ? ORDER BY n LIMIT ?",
	[SQL_EVENT_WORDS] = "SELECT n, words FROM event WHERE n > ? ORDER BY n LIMIT ?",
	[SQL_EVENT_STATE] = "SELECT outcome, acked > 0 FROM event WHERE n = ?",
	[SQL_DATA_VERSION] = "PRAGMA data_version",
	[SQL_SEGMENT_LIST] = "SELECT first, last FROM event_segment ORDER BY first",
	[SQL_SEGMENT_PUT] = "INSERT OR REPLACE INTO event_segment (first, last) VALUES (?, ?)",
	[SQL_SEGMENT_DEL] = "DELETE FROM event_segment WHERE first = ?",
	[SQL_TERM_PUT] = "INSERT INTO event_term (segment, term, block) VALUES (?, ?, ?)",
	[SQL_TERM_DEL] = "DELETE FROM event_term WHERE segment = ?",
	/* What begins so may begin in the middle of a block. */
	[SQL_TERM_FIND] = "SELECT block FROM event_term WHERE segment = ?1 AND term < ?3 AND"
			  " term >= coalesce((SELECT term FROM event_term WHERE segment = ?1 AND"
			  " term <= ?2 ORDER BY term DESC LIMIT 1), x'')",
	[SQL_EVENT_UNSEEN] = "SELECT count(*) FROM (SELECT 1 FROM event WHERE acked = 0 AND"
			     " outcome <> 2 AND outcome <> 7 LIMIT 10000)",

	[SQL_TOMCAT_GET] = "SELECT data FROM tomcat WHERE host = ?",
	[SQL_TOMCAT_PUT] = "INSERT OR REPLACE INTO tomcat (host, received, data) VALUES (?, ?, ?)",
	[SQL_TOMCAT_DEL] = "DELETE FROM tomcat WHERE host = ?",
	[SQL_TOMCAT_LIST] = "SELECT host, received, data FROM tomcat WHERE ?1 = '' OR host = ?1"
			    " ORDER BY host",
	[SQL_JOB_ADD] = "INSERT INTO tomcat_job (request, host, what, base, codes, id, asked_by,"
			" asked) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_JOB_END] = "UPDATE tomcat_job SET answered = ?3, state = ?4, text = ?5"
			" WHERE request = ?1 AND host = ?2 AND answered = 0",
	[SQL_JOB_LIST] = "SELECT request, host, what, base, codes, id, asked_by, asked, answered,"
			 " state, text FROM (SELECT * FROM tomcat_job WHERE ?1 = '' OR host = ?1"
			 " ORDER BY request DESC LIMIT ?2) ORDER BY request",
	[SQL_JOB_PRUNE] = "DELETE FROM tomcat_job WHERE asked < ?",
	[SQL_WAIVER_ADD] = "INSERT INTO waiver (host, code, object, owner, reason, expires, made)"
			   " VALUES (?, ?, ?, ?, ?, ?, ?)",
	[SQL_WAIVER_END] = "UPDATE waiver SET ended = ?2 WHERE n = ?1 AND ended = 0"
			   " RETURNING host",
	[SQL_WAIVER_LIST] = "SELECT n, host, code, object, owner, reason, expires, made FROM waiver"
			    " WHERE ended = 0 ORDER BY n",
	[SQL_WAIVER_OF] = "SELECT code, object, owner, reason, expires FROM waiver"
			  " WHERE ended = 0 AND (host = '' OR host = ?) ORDER BY n",
	[SQL_WAIVER_ANY] = "SELECT 1 FROM waiver WHERE host = '' OR host = ? LIMIT 1",
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
