/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inner - file systems that are mounted inside a directory to be protected
 *
 * The module guards them with the directory, but cannot find them: the kernel keeps its
 * mount tree to itself, and shows it as text (proc(5), mountinfo).
 */
#ifndef WD_INNER_H
#define WD_INNER_H

#include <stdbool.h>
#include <stdio.h>
#include "log.h"

#define INNER_LINES_MAX 100000 /* fs.mount-max: that many lines are looked at */
#define INNER_LINE_MAX 65536   /* two paths of 4,095 bytes, all of them escaped, and room */

/* Why the module may have said no by itself. */
#define INNER_CANNOT "it is the kernel's own, or shows the directory again"

/*
 * One mount inside the directory, outer ones first. why: NULL, or why what it shows must not
 * be guarded (only that it stays mounted): the system changes it, or lives in it.
 */
typedef void (*inner_fn)(void *arg, const char *path, const char *why);

/*
 * Reads text like /proc/self/mountinfo. dir is absolute and plain. 0, or -1 and why: what is within
 * the bounds above was told all the same. Lines that are none are left out.
 */
int inner_each(FILE *mountinfo, const char *dir, inner_fn each, void *arg, struct err *err);
/* The same of this process's own mounts. */
int inner_mounts(const char *dir, inner_fn each, void *arg, struct err *err);

#endif
