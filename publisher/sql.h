/* SPDX-License-Identifier: Apache-2.0 */
/* sql - every statement the publisher ever runs, in one place (sql.c) */
#ifndef WD_PUBLISHER_SQL_H
#define WD_PUBLISHER_SQL_H

enum sql {
	SQL_META_GET,
	SQL_META_SET,
	SQL_SITE_LIST,
	SQL_SITE_ADD,
	SQL_SITE_HOLD,
	SQL_SITE_DEL,
	SQL_SITE_DEL_EXCLUDES,
	SQL_SITE_DEL_HOSTS,
	SQL_EXCLUDE_LIST,
	SQL_EXCLUDE_ADD,
	SQL_HOST_LIST,
	SQL_HOST_ADD,
	SQL_HOST_DEL,
	SQL_HOST_DEL_SITES,
	SQL_HOST_SAVE,
	SQL_HOST_SITE_LIST,
	SQL_HOST_SITE_ADD,
	SQL_HOST_SITE_SAVE,
	SQL_HOST_SITE_DEL,
	SQL_CERT_FIND,
	SQL_CERT_ADD,
	SQL_CERT_USED,
	SQL_CERT_RETIRE_OTHERS,
	SQL_CERT_RETIRE_ALL,
	SQL_CERT_LIST,
	SQL_RELEASE_LAST,
	SQL_RELEASE_FIND,
	SQL_RELEASE_ADD,
	SQL_RELEASE_LIST,
	SQL_RELEASE_PRUNE,
	SQL_RELEASE_ROOTS,
	SQL_EVENT_PUT,
	SQL_EVENT_LIST,
	SQL_EVENT_PRUNE,
	SQL_EVENT_COUNTS,
	SQL_EVIDENCE_FIND,
	SQL_EVIDENCE_PUT,
	SQL_EVIDENCE_LIST,
	SQL_EVIDENCE_TOTAL,
	SQL_JOURNAL_ADD,
	SQL_JOURNAL_LIST,
	SQL_JOURNAL_PRUNE,
	SQL_MAX
};

extern const char *const sql_statements[SQL_MAX];
extern const char *const sql_migrations[]; /* NULL-ended; only ever append */

/* cache.db, the worker's own database. */
enum cache_sql { CACHE_LOAD, CACHE_PUT, CACHE_DEL, CACHE_SQL_MAX };
extern const char *const cache_statements[CACHE_SQL_MAX];
extern const char *const cache_migrations[];

#endif
