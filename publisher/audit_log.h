/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_log - every act of a person, in an order that cannot be changed unseen
 *
 * Each entry carries SHA-256 over its own content and the value of the entry before it, and
 * goes to the system's log with the first digits of that value. Changing, removing or
 * inserting an entry breaks the chain from there on; cutting off the end contradicts the
 * system's log, and a value that was noted elsewhere (`wdpub log verify --head`).
 */
#ifndef WD_PUBLISHER_AUDIT_LOG_H
#define WD_PUBLISHER_AUDIT_LOG_H

#include "ctl.h"
#include "engine.h"

#define AUDIT_ABOUT_MAX 2000
#define AUDIT_RESULT_MAX 400

struct audit_entry {
	int64_t n, time;
	const char *user, *role, *address; /* address: where the browser is; "local" for wdpub */
	const char *act;		   /* the command */
	const char *about;		   /* its arguments as JSON, secrets left out */
	const char *result;		   /* done, started, or why not */
};

/* Durable when it returns. n and time are set here. */
int audit_add(struct engine *e, const struct audit_entry *a, struct err *err);
/* Arguments as they may be written down: what is secret is replaced; caller frees. */
char *audit_about(const json_t *args);

/* The chain's next value. */
void audit_chain(const struct hash *before, const struct audit_entry *a, struct hash *out);

/*
 * Rows, newest first: n below `before` (0: all). user, find: "" = any. What to give as
 * `before` for the next ones; 0: there are no more; -1 and err.
 */
int64_t audit_list(struct engine *e, struct ctl_conn *c, int64_t before, const char *user,
		   const char *find, int limit, struct err *err);
/* Walks through all of it, a piece at a time; answers c. head: "" or a value noted before. */
void audit_verify(struct engine *e, struct ctl_conn *c, const char *head);

#endif
