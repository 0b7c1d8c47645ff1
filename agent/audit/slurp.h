/* SPDX-License-Identifier: Apache-2.0 */
/* slurp - a whole file that somebody else may have put there: a pipe must not stop us */
#ifndef WD_AUDIT_SLURP_H
#define WD_AUDIT_SLURP_H

#include <stddef.h>
#include "log.h"

/* Like fsx_slurp(), which waits for a writer when the file is a pipe. Caller frees. */
char *slurp(const char *path, size_t max, size_t *n, struct err *err);

#endif
