/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts - the file systems that are mounted, as the kernel shows them: proc(5), mountinfo
 */
#ifndef WD_MOUNTS_H
#define WD_MOUNTS_H

#include <stdio.h>
#include <sys/types.h>
#include "log.h"

#define MOUNTS_MAX 100000     /* fs.mount-max: that many lines are looked at */
#define MOUNTS_LINE_MAX 65536 /* two paths of 4,095 bytes, all of them escaped, and room */

struct mount {
	int id;
	dev_t dev;	   /* its superblock's, which is not what stat() says for btrfs */
	const char *shows; /* which directory of its file system */
	const char *at;
	const char *type;    /* "" if the line ends before */
	const char *options; /* the superblock's, still escaped; "" if there are none */
	char *line;	     /* that all these lie in */
};

struct mounts {
	struct mount *v;
	size_t n, room;
};

/*
 * Reads text like /proc/self/mountinfo to m, which begins as zeros. 0, or -1 and why: what is
 * within the bounds above is there all the same. Lines that are none are left out.
 */
int mounts_read(struct mounts *m, FILE *f, struct err *err);
/* The same of this process's own. */
int mounts_own(struct mounts *m, struct err *err);
void mounts_free(struct mounts *m);

#endif
