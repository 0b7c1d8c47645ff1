/* SPDX-License-Identifier: Apache-2.0 */
/* rig - a scratch directory and small file operations for the publisher's tests */
#ifndef WD_TEST_RIG_H
#define WD_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <sys/types.h>

/* A new directory, removed by rig_end(). Returns its path. */
const char *rig_begin(void);
void rig_end(void);

/* Below the scratch directory; the result is static, of a small ring. */
const char *rig_path(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void rig_write(const char *path, const char *text); /* makes the directories on the way */
void rig_mkdir(const char *path);
void rig_link(const char *target, const char *path);
void rig_remove(const char *path); /* and all below */
/* Long enough for a further change to show in the times of a file. */
void rig_tick(void);

#endif
