/* SPDX-License-Identifier: Apache-2.0 */
/* db - agent.db: every table and every statement the agent has, in one place */
#ifndef WD_DB_H
#define WD_DB_H

#include "store.h"

enum db_statement {
	DB_EVENT_PUT,	   /* id, outcome, bytes */
	DB_EVENT_COUNT,	   /* -> rows, not acknowledged, highest n */
	DB_EVENT_UNSENT,   /* limit -> id, bytes, rev */
	DB_EVENT_SENT,	   /* id */
	DB_EVENT_ACKED,	   /* id */
	DB_EVENT_UNSEND,   /* the connection is gone: what it took is unknown */
	DB_EVENT_LAST,	   /* limit -> bytes, newest first */
	DB_EVENT_OPEN,	   /* -> bytes of events an earlier run left without an end */
	DB_DROP_ACKED,	   /* limit: oldest that ended and that the publisher has */
	DB_DROP_QUIET,	   /* limit: oldest that were denied or clean */
	DB_DROP_OLDEST,	   /* limit */
	DB_UPLOAD_DONE,	   /* name */
	DB_UPLOAD_IS_DONE, /* name -> 1 */
	DB_STATEMENTS
};

struct store *db_open(const char *file, struct err *err);

#endif
