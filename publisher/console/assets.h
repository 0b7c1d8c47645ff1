/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assets - the pages: every file below --www, read and compressed once, at start
 *
 * Only regular files with a known suffix and plain names; nothing is opened later, so no
 * request's path ever reaches the file system.
 */
#ifndef WD_CONSOLE_ASSETS_H
#define WD_CONSOLE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>
#include "log.h"

#define ASSETS_MAX 512
#define ASSETS_BYTES_MAX (8u << 20) /* in all, as they are on disk */

struct asset {
	char path[256]; /* "/index.html" */
	const char *type;
	char etag[36]; /* with its quotes */
	void *plain, *gzip;
	size_t plain_n, gzip_n; /* gzip_n 0: not worth it */
};

struct assets;
/* A directory that is not there gives none, and a word in the log. */
struct assets *assets_load(const char *www, struct err *err);
void assets_free(struct assets *a);
/* "/" is index.html. NULL: there is none. */
const struct asset *assets_find(const struct assets *a, const char *path, size_t n);

#endif
