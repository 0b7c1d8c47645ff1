/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advisory - which versions are fixed, as signed data that comes from outside
 *
 * FILE      {"webdefender-advisories": 1, "issued": "YYYY-MM-DD", "tomcat": [
 *             {"branch": "10.1", "minimum": "10.1.60", "end_of_life": "YYYY-MM-DD"}...]}
 * FILE.sig  Ed25519 over "webdefender advisories v1" NUL and the bytes of FILE: 128 hex digits
 * key       64 hex digits
 *
 * "minimum" is the first version of the branch without a known hole; "end_of_life" may be
 * absent. A file issued more than 30 days ago, or in the future, answers nothing.
 */
#ifndef WD_AUDIT_ADVISORY_H
#define WD_AUDIT_ADVISORY_H

#include <stdbool.h>
#include "log.h"
#include "pool.h"

#define ADVISORY_DOMAIN "webdefender advisories v1"
#define ADVISORY_DAYS 30

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
long day_number(const char *date); /* YYYY-MM-DD in days since 1970; -1: no date */
/* A branch that ended, and on which day; NULL: it has not, as far as is known here. */
const char *branch_ended(const char *branch);

#endif
