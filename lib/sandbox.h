/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox - which system calls a role may still make (seccomp); others answer EPERM */
#ifndef WD_SANDBOX_H
#define WD_SANDBOX_H

#include <stdbool.h>
#include "log.h"

/* After PR_SET_NO_NEW_PRIVS. Files may be read in any case; chroot says which there are. */
int sandbox_enter(bool network, bool write_files, struct err *err);

#endif
