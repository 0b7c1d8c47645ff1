/* SPDX-License-Identifier: Apache-2.0 */
/* meta - what a file carries beside its bytes: owner, mode, ACL, other attributes, time */
#ifndef WD_AUDIT_META_H
#define WD_AUDIT_META_H

#include <jansson.h>
#include "log.h"
#include "pool.h"

json_t *meta_read(int fd, struct err *err); /* new reference; NULL and err */
/* All of it, extended attributes that are not in it removed. */
int meta_apply(int fd, const json_t *meta, struct err *err);

/* The directory of an absolute path without any link on the way; *name is the last part. */
int meta_open_dir(const char *path, const char **name, struct err *err);
/* The object itself, never a link. */
int meta_open(const char *path, struct err *err);
/* Written beside under a name no server deploys, with meta, then renamed over `path`. */
int meta_replace(const char *path, const char *bytes, size_t n, const json_t *meta,
		 struct err *err);

#endif
