/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair - put one name in a directory right
 *
 * Contents are written beside, under a name of ours, and renamed over: whoever reads sees
 * what was there or what belongs there, never a part. Everything happens by descriptor and
 * single name, so no symlink and no ".." can lead it outside.
 */
#ifndef WD_REPAIR_H
#define WD_REPAIR_H

#include "depot.h"
#include "inspect.h"
#include "tree.h"

#define REPAIR_TEMP 21 /* ".wd-", 16 hex digits, NUL */

/* Files. The two halves are apart so that an apply can write many, sync once and rename. */
enum depot_result repair_stage(const struct depot *vault, int dirfd, const struct entry *want,
			       const struct owner *owner, bool sync, char temp[REPAIR_TEMP],
			       struct err *err);
int repair_switch(int dirfd, const char *temp, const char *name,
		  struct err *err); /* or removes temp */
enum depot_result repair_file(const struct depot *vault, int dirfd, const char *name,
			      const struct entry *want, const struct owner *owner, struct err *err);

int repair_link(int dirfd, const char *name, const struct entry *want, const struct owner *owner,
		struct err *err);
/* An empty directory, with its owner and mode; the time comes when its children are there. */
int repair_mkdir(int dirfd, const char *name, const struct entry *want, const struct owner *owner,
		 struct err *err);
/* Attributes of what is open as fd (O_PATH for links); meta from inspect_meta(). */
int repair_meta(int fd, const struct entry *want, const struct owner *owner, unsigned int meta,
		struct err *err);
/* Takes the name away, a directory with all below it. Other file systems are an error. */
int repair_remove(int dirfd, const char *name, struct err *err);
int repair_rmdir(int dirfd, const char *name, struct err *err); /* only if empty */

/* Left behind by an agent that was killed: our name, and nothing a stranger could profit from. */
bool repair_is_leftover(const struct depot *vault, const char *name, int fd, const struct stat *st);

#endif
