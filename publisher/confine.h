/* SPDX-License-Identifier: Apache-2.0 */
/* confine - role_confine() with the choice of user that the publisher's roles share */
#ifndef WD_PUBLISHER_CONFINE_H
#define WD_PUBLISHER_CONFINE_H

#include <stdbool.h>
#include "log.h"

/*
 * As `user` if there is one, else as nobody, and says so: two roles as nobody can signal
 * each other. root NULL: no chroot. Not started by root: keeps the identity, and says so.
 */
int confine(const char *user, const char *root, bool network, struct err *err);

#endif
