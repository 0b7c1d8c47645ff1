/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * limits.h - every ceiling of the module in one place
 *
 * Ceilings that user space must know (WD_ROOTS_MAX, WD_PATH_MAX, ...) are in
 * uapi/webdefender.h.
 */
#ifndef WD_LIMITS_H
#define WD_LIMITS_H

#include <linux/build_bug.h>

#include "uapi/webdefender.h"

/* Slots of the hash of roots, what is mounted in them, and layers: a power of two, at most half
 * full. */
#define WD_SLOT_BITS 9

/* What an overlay may say when it is asked: 500 layers, and those of layers on overlays. */
#define WD_SEEN_MAX 2048

/* Files that overlays are making at a time, by so many processors at once. */
#define WD_MAKING_BITS 6
#define WD_MAKINGS (1u << WD_MAKING_BITS)

/* Slots of the hooks' hash, likewise. */
#define WD_HOOK_BITS 7

/* Hooks with an ftrace_ops of their own. */
#define WD_DIRECT_MAX 2

/* Events not delivered yet. A usual one takes about 200 bytes: room for 20,000. */
#define WD_QUEUE_BYTES (4u << 20)

/* Inodes with a writer from before arming that are pinned and watched one by one. */
#define WD_HOLDERS_MAX 4096

/* How many of them are named in the kernel log. */
#define WD_HOLDERS_NAMED 5

/* How often it is checked whether they have closed. */
#define WD_RECHECK_MS 1000

/* Program files of the agent that are kept as they are while sealed. */
#define WD_CODE_MAX 64

/* How long a nonce serves: time enough to read it out to somebody by telephone. */
#define WD_NONCE_SECONDS 1200

/* Texts of a root's filters together, with a byte between: they fit a page of sysfs. */
#define WD_FILTERS_BYTES 3840

/* Attempts of one source that are events of their own, and how long the rest is counted. */
#define WD_FOLD_AFTER 32
#define WD_FOLD_MS 1000

/* Sources counted at a time, and how long an event may be to be held: 130 KB in all. */
#define WD_FOLD_BITS 6
#define WD_FOLDS (1u << WD_FOLD_BITS)
#define WD_FOLD_BYTES 2048

/* The inode list of a file system is let go of after so many inodes. */
#define WD_SCAN_BATCH 1024

static_assert((WD_ROOTS_MAX + WD_INNERS_MAX + WD_LAYERS_MAX) * 2 <= 1 << WD_SLOT_BITS);

#endif /* WD_LIMITS_H */
