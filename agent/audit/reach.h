/* SPDX-License-Identifier: Apache-2.0 */
/* reach - access(2) with the rights one really has: it asks for the real user's, without
 * capabilities */
#ifndef WD_AUDIT_REACH_H
#define WD_AUDIT_REACH_H

#include <fcntl.h>
#include <unistd.h>

static inline int reach(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

#endif
