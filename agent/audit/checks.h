/* SPDX-License-Identifier: Apache-2.0 */
/* checks - the table of them all, in the order in which they are reported and fixed */
#ifndef WD_AUDIT_CHECKS_H
#define WD_AUDIT_CHECKS_H

#include "result.h"

extern const struct check *const checks[];  /* ends with NULL */
bool check_is_extra(const struct check *c); /* WX-..: not part of the guide */
const struct check *check_by_code(const char *code);

extern const struct check check_wt01, check_wt02, check_wt03, check_wt04, check_wt05, check_wt06,
	check_wt07, check_wt08, check_wt09, check_wt10, check_wt11, check_wt12, check_wt13;
extern const struct check check_wx01, check_wx02, check_wx03, check_wx04, check_wx05, check_wx06,
	check_wx07, check_wx08, check_wx09, check_wx10, check_wx11;

#endif
