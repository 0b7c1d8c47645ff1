// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include <strings.h>
#include "checks.h"

const struct check *const checks[] = {
	&check_wt01, &check_wt02, &check_wt03, &check_wt04, &check_wt05, &check_wt06, &check_wt07,
	&check_wt08, &check_wt09, &check_wt10, &check_wt11, &check_wt12, &check_wt13, &check_wx01,
	&check_wx02, &check_wx03, &check_wx04, &check_wx05, &check_wx06, &check_wx07, &check_wx08,
	&check_wx09, &check_wx10, &check_wx11, NULL,
};

bool check_is_extra(const struct check *c)
{
	return strncmp(c->code, "WX-", 3) == 0;
}

const struct check *check_by_code(const char *code)
{
	for (size_t i = 0; checks[i]; i++)
		if (strcasecmp(checks[i]->code, code) == 0)
			return checks[i];
	return NULL;
}
