/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper - the process that forks guards, and does nothing else
 *
 * While the module is sealed it takes as agent only a child of the keeper that has executed
 * no other program: what a program reads when it starts (itself, libraries, configuration,
 * keys) is root's to replace, what is in memory already is not. So the keeper reads these
 * before it forks, and never again.
 *
 * Not sealed, it ends as its guard ended, and whoever started it starts it anew: wd-warden,
 * systemd. So at any time one of them alone starts guards: sealed the keeper (what wd-warden
 * starts then ends at once, warden.h), else the others. When the keeper dies its guard dies too.
 */
#ifndef WD_KEEPER_H
#define WD_KEEPER_H

#include "daemon.h"
#include "identity.h"

/* A guard ends with this to be started anew; the keeper too, if it is to execute itself anew. */
#define KEEPER_AGAIN 75

/* In a guard: it has a keeper, and must not execute itself anew. */
bool keeper_is_there(void);

/* In a guard: the keeper, which is the main process, tells the service manager. false: none does.
 */
bool keeper_tell(enum daemon_word word);

/* Runs work(arg) in a child; returns in the child with its status, in the keeper at the end. */
int keeper_run(const char *state, int (*work)(void *arg), void *arg);
/* The release key as the keeper read it: a file changed since then does not count. */
int keeper_hold(struct identity *id, struct err *err);

#endif
