/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advisories - which versions of a server are fixed, as signed data that comes from outside
 *
 * FILE      {"webdefender-advisories": 1, "serial": N, "issued": "YYYY-MM-DD", "tomcat": [
 *             {"branch": "10.1", "minimum": "10.1.60", "end_of_life": "YYYY-MM-DD"}...]}
 * FILE.sig  Ed25519 over "webdefender advisories v1" NUL and the bytes of FILE: 128 hex digits
 * key       64 hex digits
 *
 * The serial rises with every issue: what is older is refused wherever something newer has
 * been. Data issued more than ADVISORIES_DAYS ago answers nothing any more.
 */
#ifndef WD_ADVISORIES_H
#define WD_ADVISORIES_H

#include <stdbool.h>
#include <stdint.h>
#include "log.h"
#include "sign.h"

#define ADVISORIES_DOMAIN "webdefender advisories v1"
#define ADVISORIES_DAYS 30
#define ADVISORIES_MAX (256u << 10) /* bytes */
#define ADVISORIES_BRANCHES_MAX 256

struct advisories {
	int64_t serial;
	char issued[11];
	bool stale; /* by this machine's clock */
};

/* Signature first, then form. */
int advisories_open(const char *text, size_t n, const struct sign_public *key, const uint8_t *sig,
		    struct advisories *out, struct err *err);
/* The form alone, of bytes already proven; today as of day_number(). */
int advisories_parse(const char *text, size_t n, long today, struct advisories *out,
		     struct err *err);
/* n bytes out of exactly 2n hex digits, white space behind them allowed. */
int advisories_hex(const char *text, uint8_t *to, size_t n);
long day_number(const char *date); /* YYYY-MM-DD in days since 1970; -1: no day */

#endif
