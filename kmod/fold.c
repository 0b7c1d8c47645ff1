// SPDX-License-Identifier: GPL-2.0-only
/* fold.c - the same attempt again and again, told once with its count */
#include <linux/dcache.h>
#include <linux/hash.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "fold.h"

struct wd_fold_source {
	/* Who, what and where; dir is only compared. */
	const struct dentry *dir;
	const struct wd_root *root;
	u32 tgid;
	u8 op;

	u64 begun; /* 0: nobody */
	u32 seen;  /* attempts since then, up to WD_FOLD_AFTER */
	bool held; /* room is filled, and record()->repeat counts */
	u64 room[WD_FOLD_BYTES / sizeof(u64)];
};

/* By hash, each in its one place: who comes later makes the former one's count go out. */
static struct wd_fold_source sources[WD_FOLDS];
static unsigned int nr_held;

static struct wd_record *record(struct wd_fold_source *source)
{
	return (struct wd_record *)source->room;
}

static void let_go(struct wd_fold_source *source, void (*flush)(struct wd_record *record))
{
	if (!source->held)
		return;
	source->held = false;
	nr_held--;
	flush(record(source));
}

static bool is_over(const struct wd_fold_source *source, u64 now)
{
	return now - source->begun >= (u64)WD_FOLD_MS * NSEC_PER_MSEC;
}

/* Who was folded last time is folded at once: a storm is one event a second. */
static void renew(struct wd_fold_source *source, u64 now, void (*flush)(struct wd_record *record))
{
	bool storm = source->held;

	let_go(source, flush);
	source->begun = now;
	source->seen = storm ? WD_FOLD_AFTER : 0;
}

struct wd_fold_source *wd_fold_source(const struct wd_ctx *ctx, enum wd_verdict verdict, u64 now,
				      void (*flush)(struct wd_record *record))
{
	const struct wd_place *place = wd_ctx_decisive(ctx);
	const struct dentry *dir = place->dentry ? READ_ONCE(place->dentry->d_parent) : NULL;
	u32 tgid = task_tgid_nr(current);
	struct wd_fold_source *source;

	if (verdict != WD_VERDICT_DENIED || !place->root)
		return NULL;
	source = &sources[hash_64((unsigned long)dir ^ ((u64)tgid << 8 | ctx->op), WD_FOLD_BITS)];
	if (source->begun && source->dir == dir && source->root == place->root &&
	    source->tgid == tgid && source->op == ctx->op) {
		if (is_over(source, now))
			renew(source, now, flush);
		return source;
	}
	let_go(source, flush);
	source->dir = dir;
	source->root = place->root;
	source->tgid = tgid;
	source->op = ctx->op;
	source->begun = now;
	source->seen = 0;
	return source;
}

enum wd_fold wd_fold_judge(struct wd_fold_source *source)
{
	if (source->seen < WD_FOLD_AFTER) {
		source->seen++;
		return WD_FOLD_NOT;
	}
	if (!source->held)
		return WD_FOLD_HOLD;
	record(source)->repeat++;
	return WD_FOLD_COUNT;
}

struct wd_record *wd_fold_room(struct wd_fold_source *source)
{
	return record(source);
}

void wd_fold_held(struct wd_fold_source *source)
{
	record(source)->repeat = 1;
	source->held = true;
	nr_held++;
}

bool wd_fold_any(void)
{
	return READ_ONCE(nr_held);
}

void wd_fold_flush(u64 now, void (*flush)(struct wd_record *record))
{
	unsigned int i;

	for (i = 0; nr_held && i < WD_FOLDS; i++)
		if (sources[i].held && is_over(&sources[i], now))
			renew(&sources[i], now, flush);
}

void wd_fold_forget(const struct wd_root *root, void (*flush)(struct wd_record *record))
{
	unsigned int i;

	for (i = 0; i < WD_FOLDS; i++)
		if (!root || sources[i].root == root) {
			let_go(&sources[i], flush);
			sources[i].root = NULL;
			sources[i].begun = 0;
		}
}
