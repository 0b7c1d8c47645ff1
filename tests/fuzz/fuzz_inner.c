// SPDX-License-Identifier: Apache-2.0
/* The mount table: names in it are chosen by whoever may mount. What is told lies inside. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "inner.h"

static void see(void *arg, const char *path, const char *why)
{
	(void)arg;
	if (strncmp(path, "/srv/www/", 9) || !path[9] || (why && !*why))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err err = {""};
	FILE *f = n ? fmemopen((void *)p, n, "r") : NULL;

	if (!f)
		return 0;
	if (inner_each(f, "/srv/www", see, NULL, &err) && !strstr(err.text, "not looked at"))
		abort();
	fclose(f);
	return 0;
}
