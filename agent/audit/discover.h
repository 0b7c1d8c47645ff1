/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discover - which Tomcats are here: running, or set up as a service
 *
 * A process says most (its own arguments); then the unit that starts it; then what the
 * administrator named on the command line.
 */
#ifndef WD_AUDIT_DISCOVER_H
#define WD_AUDIT_DISCOVER_H

#include <stdbool.h>
#include <sys/types.h>
#include "props.h"

struct process {
	pid_t pid, parent;
	uid_t uid[4]; /* real, effective, saved, file system */
	gid_t gid;
	unsigned long long caps; /* effective */
	bool jsvc;
	const char *base, *home;
	struct props defines; /* its -D words */
};

struct unit {
	const char *name; /* tomcat10.service */
	const char *file;
	const char *user, *group; /* NULL: not set, that is root */
	bool dynamic;		  /* DynamicUser=yes */
	struct props env;
};

struct site_dirs {
	const char *base, *home;
	struct process *process; /* NULL: not running */
	struct unit *unit;	 /* NULL: no service */
	bool process_hidden;	 /* processes could not all be looked at */
};

/* struct process of every JVM that runs Tomcat; of jsvc, the child that is the server. */
void discover_processes(struct pool *p, struct list *out, bool *hidden);
void discover_units(struct pool *p, struct list *out);
/* struct site_dirs of all there is. */
void discover_all(struct pool *p, struct list *out);
/* The one with this base (real path); home may be NULL: as found, else base. */
struct site_dirs *discover_one(struct pool *p, const char *base, const char *home);

#endif
