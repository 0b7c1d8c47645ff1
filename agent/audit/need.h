/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need - what owner, group and mode an object should have, and what to change to get there
 *
 * guide: owned by the WAS account, no bit beyond the limit. baseline: root is as good an
 * owner, better even: what the server cannot write it cannot be made to rewrite.
 */
#ifndef WD_AUDIT_NEED_H
#define WD_AUDIT_NEED_H

#include "plan.h"

struct need {
	bool guide;	/* the guide's letter: owned by the WAS account */
	mode_t limit;	/* no other bit may be set */
	bool was_group; /* who has rights as a group is the WAS account's */
	bool log_group; /* ... or adm, whose members read logs */
	bool secret;	/* WAS-owned: to be 0600 when put right */
	bool not_was;	/* the WAS account must not be able to write it */
};

enum met { MET, NOT_MET, MET_UNKNOWN }; /* unknown: the WAS account is not known */

enum met need_met(const struct audit *a, const struct need *n, const struct access *x);
/* Plans the change and says its class; 0: none that is safe. */
char need_plan(struct audit *a, const struct need *n, const struct access *x, const char *path);

/* One object, one finding. An absent one is passed over; false then. */
bool need_judge(struct audit *a, const struct need *n, const char *path);

/* Many objects of one kind, one finding: how many, and the first few. */
struct sweep {
	struct audit *a;
	const char *what; /* "directories", "files": for lang_tr() */
	const char *root;
	size_t seen, bad, unknown, failed;
	const char *examples, *failures;
	char class; /* of what was planned */
};
void sweep_start(struct sweep *s, struct audit *a, const char *root, const char *what);
void sweep_take(struct sweep *s, const struct need *n, const struct walk *w);
void sweep_top(struct sweep *s, const struct need *n, const char *path); /* the root itself */
void sweep_failed(void *sweep, const char *path, const char *why);
void sweep_end(struct sweep *s);

#endif
