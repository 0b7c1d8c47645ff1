/* SPDX-License-Identifier: GPL-2.0-only */
/* system.h - directories that the running system writes in, which no layer is guarded for */
#ifndef WD_SYSTEM_H
#define WD_SYSTEM_H

struct dentry;

/*
 * NULL if dir may be guarded; else why not. A layer may be anything, `/` too, and nobody asked
 * for it to be guarded: protection must not become an outage. As the caller sees them; may sleep.
 */
const char *wd_system_why(struct dentry *dir);

#endif /* WD_SYSTEM_H */
