/* SPDX-License-Identifier: Apache-2.0 */
/* bundle - an item of evidence as tar.zst: meta.json, then site/PATH and all below it */
#ifndef WD_BUNDLE_H
#define WD_BUNDLE_H

#include <stdint.h>
#include "log.h"

/*
 * Writes to fd. What is archived is name in dirfd, open as itself. More than max bytes of
 * content are refused before the disk is full of them.
 */
int bundle_take(int fd, const char *meta, int dirfd, const char *name, int itself, const char *path,
		uint64_t max, struct err *err);
/* meta.json of such a file; the caller frees. */
char *bundle_meta(const char *file, struct err *err);

#endif
