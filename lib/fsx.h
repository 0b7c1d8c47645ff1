/* SPDX-License-Identifier: Apache-2.0 */
/* fsx - the file system calls everybody needs, done carefully */
#ifndef WD_FSX_H
#define WD_FSX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "log.h"

/* All n bytes; EINTR and short counts handled. -1 and errno. */
int fsx_write_all(int fd, const void *p, size_t n);
ssize_t fsx_read_full(int fd, void *p, size_t n); /* less than n only at the end */
/* A whole file of at most max bytes, NUL behind it; caller frees. */
char *fsx_slurp(const char *path, size_t max, size_t *n, struct err *err);
/* Written beside, fsynced, renamed, directory fsynced. */
int fsx_replace(const char *path, const void *p, size_t n, mode_t mode, struct err *err);
int fsx_mkdirs(const char *path, mode_t mode, struct err *err); /* like mkdir -p */
/* Below dirfd only: no "..", no absolute part, no symlink on the way (openat2 RESOLVE_*). */
int fsx_open_beneath(int dirfd, const char *path, int flags, mode_t mode);
int64_t fsx_now_ns(void);  /* real time */
int64_t fsx_mono_ns(void); /* monotonic */
int fsx_random(void *p, size_t n);
/* "a/b" + "c" -> to; "" + "c" -> "c". -1 if it does not fit. */
int fsx_join(char *to, size_t cap, const char *dir, const char *name);

/* Locks it for this process alone; -1: another held it for wait_ms on end. */
int fsx_lock(int fd, int wait_ms);

#endif
