/* SPDX-License-Identifier: Apache-2.0 */
/* unit - what the unit tests share: cmocka in the order it wants, a directory of one's own */
#ifndef WD_UNIT_H
#define WD_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A new empty directory; removed by unit_clean(). */
static inline char *unit_dir(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/wd-unit-XXXXXX");
	assert_non_null(mkdtemp(path));
	return path;
}

static inline void unit_clean(const char *path)
{
	char command[128];

	assert_memory_equal(path, "/tmp/wd-unit-", 13);
	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

#endif
