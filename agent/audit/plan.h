/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - what would be changed to put a finding right
 *
 * Class A: reversible and without effect on what the server does. Class C: somebody must
 * agree first. Changes to one file by one check are one change.
 */
#ifndef WD_AUDIT_PLAN_H
#define WD_AUDIT_PLAN_H

#include "edit.h"
#include "result.h"

enum change_kind { CHANGE_EDIT, CHANGE_MODE, CHANGE_MOVE, CHANGE_REMOVE, CHANGE_CREATE };

#define KEEP_UID ((uid_t)-1)
#define KEEP_GID ((gid_t)-1)

struct change {
	enum change_kind kind;
	char class;	   /* 'A' or 'C' */
	const char *path;  /* real path: no link on the way */
	const char *to;	   /* CHANGE_MOVE */
	struct edit *edit; /* CHANGE_EDIT */
	const char *bytes; /* CHANGE_CREATE */
	size_t n;
	uid_t uid; /* CHANGE_MODE, CHANGE_CREATE */
	gid_t gid;
	mode_t mode;
};

/* The edit of this file for the check that runs; class C wins over A. */
struct edit *plan_edit(struct audit *a, const struct xml *x, char class);
void plan_mode(struct audit *a, const char *path, uid_t uid, gid_t gid, mode_t mode, char class);
void plan_move(struct audit *a, const char *path, const char *to, char class);
void plan_remove(struct audit *a, const char *path, char class);
void plan_create(struct audit *a, const char *path, const char *bytes, mode_t mode, char class);
/* Marks f as one that the plan puts right. */
void plan_for(struct finding *f, char class);
/* To f: why it could not be planned; it stays a matter for a person. */
void plan_refused(struct audit *a, struct finding *f, const struct err *err);

#endif
