/* SPDX-License-Identifier: Apache-2.0 */
/* archive - one file out of a WAR or JAR */
#ifndef WD_AUDIT_ARCHIVE_H
#define WD_AUDIT_ARCHIVE_H

#include "log.h"
#include "pool.h"

#define ARCHIVE_MEMBER_MAX (32u << 20)

/* 1: found, bytes in the pool; 0: no such member; -1: not an archive, or damaged. */
int archive_member(struct pool *p, const char *file, const char *member, char **bytes, size_t *n,
		   struct err *err);

#endif
