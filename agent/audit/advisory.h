/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advisory - what the advisories (lib/advisories.h) say about one branch
 *
 * "minimum" is the first version of the branch without a known hole; "end_of_life" may be
 * absent.
 */
#ifndef WD_AUDIT_ADVISORY_H
#define WD_AUDIT_ADVISORY_H

#include <stdbool.h>
#include "advisories.h"
#include "pool.h"

struct advisory {
	const char *issued, *minimum, *end_of_life; /* the last may be NULL */
	bool ended;
};

/* 1: found for the branch; 0: the data does not know it; -1: no data to rely on, err says why. */
int advisory_find(struct pool *p, const char *file, const char *key_file, const char *branch,
		  struct advisory *out, struct err *err);
/* The parser alone, of bytes already proven. */
int advisory_parse(struct pool *p, const char *text, size_t n, const char *branch, long today,
		   struct advisory *out, struct err *err);
/* <0, 0, >0 like strcmp, by numbers between dots. */
int version_compare(const char *a, const char *b);
/* A branch that ended, and on which day; NULL: it has not, as far as is known here. */
const char *branch_ended(const char *branch);

#endif
