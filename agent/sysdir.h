/* SPDX-License-Identifier: Apache-2.0 */
/* sysdir - directories nobody should put under protection, because the system writes there */
#ifndef WD_SYSDIR_H
#define WD_SYSDIR_H

#include <stdbool.h>
#include "log.h"

/* 0 if `dir` may be protected; else -1 and a sentence on why not. dir is absolute. */
int sysdir_check(const char *dir, struct err *err);
/* Absolute, without "//", "/./", "/../" and a final '/'. */
bool sysdir_plain(const char *dir);
/* The same directory, or one inside the other? */
bool sysdir_overlap(const char *a, const char *b);

#endif
