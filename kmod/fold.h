/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fold.h - the same attempt again and again, told once with its count
 *
 * A source is one process that is denied one operation on names of one directory. Its
 * first WD_FOLD_AFTER attempts in a while are events of their own; of the rest the first
 * is held, the others are counted, and after WD_FOLD_MS it is sent with that count
 * (REPEAT). What audit lets happen is never folded: each path has to be looked at.
 *
 * All under report.c's queue_lock.
 */
#ifndef WD_FOLD_H
#define WD_FOLD_H

#include "eval.h"
#include "report.h"

enum wd_fold {
	WD_FOLD_NOT,   /* an event of its own */
	WD_FOLD_HOLD,  /* compose it into wd_fold_room(), which then is held */
	WD_FOLD_COUNT, /* counted, nothing more to do */
};

struct wd_fold_source;

/* The source of an attempt, or NULL: never folded. What made room for it goes to flush. */
struct wd_fold_source *wd_fold_source(const struct wd_ctx *ctx, enum wd_verdict verdict, u64 now,
				      void (*flush)(struct wd_record *record));
enum wd_fold wd_fold_judge(struct wd_fold_source *source);
struct wd_record *wd_fold_room(struct wd_fold_source *source); /* WD_FOLD_BYTES */
void wd_fold_held(struct wd_fold_source *source);	       /* the room is filled */

bool wd_fold_any(void); /* some are held; without lock */

/* Gives those held for long enough to flush. */
void wd_fold_flush(u64 now, void (*flush)(struct wd_record *record));
/* A root (NULL: all) is no more: what is held of it goes to flush, whoever gets its address is
 * another. */
void wd_fold_forget(const struct wd_root *root, void (*flush)(struct wd_record *record));

#endif /* WD_FOLD_H */
