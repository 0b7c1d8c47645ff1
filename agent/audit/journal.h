/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal - changes that can be taken back
 *
 *   STATE/undo/RUN/CODE/manifest.json   what was changed, and what it was before
 *   STATE/undo/RUN/CODE/0 1 2 ...       the old bytes of files
 *
 * Everything needed to go back is on disk, synced, before the first change is made. RUN is
 * the ID people see; CODE the check that asked for the change.
 */
#ifndef WD_AUDIT_JOURNAL_H
#define WD_AUDIT_JOURNAL_H

#include "plan.h"

const char *journal_new_id(struct pool *p);
/* Records, then makes the changes (struct change); on failure all are taken back again. */
int journal_apply(struct pool *p, const char *state, const char *id, const char *code,
		  const struct list *changes, struct err *err);
/* One check of a run, or with code NULL all of them, last first. force: even if files have
 * changed since. Prints what it did to `to`. */
int journal_undo(struct pool *p, const char *state, const char *id, const char *code, bool force,
		 FILE *to, struct err *err);
int journal_list(const char *state, FILE *to, struct err *err);

#endif
