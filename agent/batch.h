/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch - files written beside their names, made durable together, then renamed
 *
 * A flush for each of 7,000 files takes minutes, one for all of them a moment.
 */
#ifndef WD_BATCH_H
#define WD_BATCH_H

#include <stdint.h>
#include "log.h"
#include "repair.h"

struct batch;
struct batch *batch_new(void);
void batch_free(struct batch *b); /* removes what was not renamed; NULL is fine */
/* A staged file of `size` bytes. It may be renamed right now, with all others. */
int batch_add(struct batch *b, int dirfd, const char *temp, const char *name, uint64_t size,
	      struct err *err);
int batch_flush(struct batch *b, struct err *err); /* -1: some are not in their places */

#endif
