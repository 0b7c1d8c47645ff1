/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard - does a valve or filter keep strangers away?
 *
 * Answered by trying: addresses from all over are put to the rule, so that ".*", "::/0"
 * and "0.0.0.0/1,128.0.0.0/1" all show what they are.
 */
#ifndef WD_AUDIT_GUARD_H
#define WD_AUDIT_GUARD_H

#include "result.h"

enum guard { GUARD_NONE, GUARD_OPEN, GUARD_UNSURE, GUARD_SHUT };

struct guard_view {
	enum guard guard;
	const char *file; /* of the rule that decided */
	int line;
	const char *what; /* class and list */
	const char *why;  /* for OPEN and UNSURE */
	bool loopback_only, no_ipv6_loopback;
};

/* One rule; allow and deny may be NULL. */
void guard_judge(struct pool *p, const char *class, const char *allow, const char *deny,
		 struct guard_view *out);
/* All that stands between a client and this application. */
void guard_app(struct tomcat *t, const struct app *app, struct guard_view *out);

/* "10.0.0.0/8, ::1": 1 inside, 0 not, -1: not a list of networks. */
int cidr_match(const char *list, const char *address);

#endif
