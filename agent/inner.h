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
#include "log.h"
#include "mounts.h"

/* Why the module may have said no by itself. */
#define INNER_CANNOT "it is the kernel's own, or shows the directory again"

/*
 * One mount inside the directory, outer ones first. why: NULL, or why what it shows must not
 * be guarded (only that it stays mounted): the system changes it, or lives in it.
 */
typedef void (*inner_fn)(void *arg, const char *path, const char *why);

/* dir is absolute and plain. 0, or -1 and why. */
int inner_each(const struct mounts *m, const char *dir, inner_fn each, void *arg, struct err *err);
/* Of this process's own mounts; where not all could be read, -1, and each was called for the
 * others. */
int inner_mounts(const char *dir, inner_fn each, void *arg, struct err *err);

#endif
