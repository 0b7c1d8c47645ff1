/* SPDX-License-Identifier: Apache-2.0 */
/* package - what the package manager knows about a file */
#ifndef WD_AUDIT_PACKAGE_H
#define WD_AUDIT_PACKAGE_H

#include <stdbool.h>
#include "log.h"
#include "pool.h"

struct package {
	const char *name, *installed;
	const char *candidate; /* newest the repositories offer; NULL: none of them knows it */
	bool newer;	       /* the candidate is newer than the installed one */
	int lists_age;	       /* days since the lists were fetched; -1: never */
};

/* 1: belongs to a package; 0: to none; -1: cannot be asked. */
int package_of(struct pool *p, const char *file, struct package *out, struct err *err);

#endif
