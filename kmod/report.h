/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - events: numbered where they happen, delivered a moment later
 *
 * The hook's part takes a raw spinlock, allocates nothing and touches a bounded
 * queue only; a kernel worker sends what is queued, in order. An event that finds
 * no room keeps its number, so that the receiver sees the gap.
 */
#ifndef WD_REPORT_H
#define WD_REPORT_H

#include <linux/types.h>

#include "eval.h"

struct file;

/* One event in the queue. The texts follow it, each with its NUL. */
struct wd_record {
	u32 size; /* of all of it, a multiple of 8; 0 = the queue goes on at its beginning */
	u32 op;
	u64 seq;
	u64 time;
	u64 dev;
	u64 ino;
	u32 root; /* 0: none, the module itself was aimed at */
	u32 flags;
	u32 pid, tgid, uid, euid, loginuid;
	u32 repeat; /* so many attempts; 0 and 1 are the same */
	u8 verdict;
	char comm[WD_COMM_MAX];
	struct file *exe;		     /* a reference; NULL = kernel thread */
	u16 path_len, path2_len, detail_len; /* with NUL; 0 = absent */
	char text[];
};

enum wd_stat {
	WD_STAT_EVENTS,	   /* numbers given out */
	WD_STAT_DELIVERED, /* sent to at least one listener */
	WD_STAT_UNHEARD,   /* nobody listened */
	WD_STAT_DROPPED,   /* no room in the queue, or no memory, or in a listener's buffer */
	WD_STAT_DENIED,
	WD_STAT_REPORTED,
	WD_STAT_FOLDED, /* attempts told by another one's event */
	WD_STAT_NR,
};

int wd_report_init(bool fold);
void wd_report_stop(void); /* nothing is delivered afterwards */
void wd_report_exit(void); /* when no hook runs any more */

/* From a hook, under rcu_read_lock(). */
void wd_report(const struct wd_ctx *ctx, enum wd_verdict verdict);

/* No hook sees this root any more: what was counted of it goes out before it is gone. */
void wd_report_forget(const struct wd_root *root);

u64 wd_report_stat(enum wd_stat stat);
const u8 *wd_report_boot_id(void); /* 16 bytes: whose numbers these are */

#endif /* WD_REPORT_H */
