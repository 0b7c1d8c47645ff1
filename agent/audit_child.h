/* SPDX-License-Identifier: Apache-2.0 */
/* audit_child - one run of wd-auditor beside the loop: what it said, and how it ended */
#ifndef WD_AUDIT_CHILD_H
#define WD_AUDIT_CHILD_H

#include <event2/event.h>
#include "log.h"

#define AUDIT_CHILD_OUT_MAX (4u << 20)
#define AUDIT_CHILD_TEXT_MAX (256u << 10)
#define AUDIT_CHILD_WORDS_MAX 200

struct audit_child;
/*
 * status: its exit status, or -1 if it was killed or took too long. out and text: what it
 * wrote to standard output and error, each ended with NUL, cut at their bounds. Frees the child
 * before it is called.
 */
typedef void audit_child_done(void *arg, int status, const char *out, const char *text);

/* words: behind the program's name, NULL-ended. */
struct audit_child *audit_child_start(struct event_base *base, const char *const *words,
				      audit_child_done *done, void *arg, struct err *err);
void audit_child_stop(struct audit_child *c); /* kills it, calls nobody; NULL is fine */

#endif
