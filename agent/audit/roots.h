/* SPDX-License-Identifier: Apache-2.0 */
/* roots - the trees that hold what a server serves, each once */
#ifndef WD_AUDIT_ROOTS_H
#define WD_AUDIT_ROOTS_H

#include "result.h"

struct root {
	const char *path; /* real path of a directory */
	bool admin;	  /* a manager's files */
};

/* struct root; a tree inside another is not listed, unless it is a manager's. */
void roots_of(struct audit *a, struct list *out);
/* A manager's tree, met on the walk through the one around it. */
bool root_is_other(const struct list *roots, const struct root *mine, const char *path);

#endif
