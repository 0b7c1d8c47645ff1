/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fix - check by check: show what would change, ask, change, look again
 *
 * A change that did not help, or after which the server logs SEVERE, is taken back.
 */
#ifndef WD_AUDIT_FIX_H
#define WD_AUDIT_FIX_H

#include <stdio.h>
#include "discover.h"
#include "settings.h"

struct fix_count {
	int done, refused, failed;
};
/* Fixes one server; tells `to` about it. preview: changes nothing. */
void fix_server(const struct settings *set, const struct site_dirs *dirs, bool preview, FILE *to,
		struct fix_count *count);

#endif
