/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * code.h - the program files that the agent runs from, kept as they are while sealed
 *
 * A program file that is mapped can be written in place, and the process then runs
 * other code. So each file that is mapped executable into the agent or its keeper is
 * held such that nobody can open it for writing (ETXTBSY, as for a running program
 * of its own), its block device is not written, and no other file may be mapped
 * executable into them.
 *
 * Pinning and unpinning are serialised by seal.c; the questions are for hooks.
 */
#ifndef WD_CODE_H
#define WD_CODE_H

#include <linux/types.h>

struct inode;
struct mm_struct;

/* -ETXTBSY: one of them is open for writing; -ESRCH: the process is gone; -E2BIG. */
int wd_code_pin(struct mm_struct *mm);
void wd_code_unpin(void); /* all of them */

bool wd_code_has(const struct inode *inode);
bool wd_code_on(dev_t dev); /* does one of them lie on this partition, or disk? */

#endif /* WD_CODE_H */
