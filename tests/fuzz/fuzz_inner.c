// SPDX-License-Identifier: Apache-2.0
/* The mount table: names in it are chosen by whoever may mount. What is told lies inside. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "inner.h"
#include "mounts.h"

static void see(void *arg, const char *path, const char *why)
{
	(void)arg;
	if (strncmp(path, "/srv/www/", 9) || !path[9] || (why && !*why))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct mounts m = {NULL, 0, 0};
	struct err err = {""};
	FILE *f = n ? fmemopen((void *)p, n, "r") : NULL;

	if (!f)
		return 0;
	if (mounts_read(&m, f, &err) && !strstr(err.text, "not looked at"))
		abort();
	for (size_t i = 0; i < m.n; i++)
		if (*m.v[i].at != '/' || !m.v[i].shows || strpbrk(m.v[i].type, " \n") ||
		    strpbrk(m.v[i].options, " \n"))
			abort();
	if (inner_each(&m, "/srv/www", see, NULL, &err))
		abort();
	mounts_free(&m);
	fclose(f);
	return 0;
}
