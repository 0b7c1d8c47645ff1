// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "fsx.h"
#include "state.h"

/* Names below DIR are at most a site's, a few fixed words and a hash. */
#define STATE_DIR_MAX (STATE_PATH_MAX - 512)

const char *state_env(const char *name, const char *otherwise)
{
	const char *v = getenv(name);

	return v && *v ? v : otherwise;
}

const char *state_path(char to[STATE_PATH_MAX], const char *dir, const char *fmt, ...)
{
	va_list ap;
	size_t n = strnlen(dir, STATE_DIR_MAX);

	memcpy(to, dir, n);
	to[n++] = '/';
	va_start(ap, fmt);
	vsnprintf(to + n, STATE_PATH_MAX - n, fmt, ap);
	va_end(ap);
	return to;
}

int state_make(const char *dir, struct err *err)
{
	/* empty/ is entered by an unprivileged role: the way to it must be open, not readable. */
	static const struct {
		const char *name;
		mode_t mode;
	} folders[] = {{"trust", 0700},
		       {"sites", 0700},
		       {"vault", 0700},
		       {"evidence", 0700},
		       {"empty", 0555}};
	char path[STATE_PATH_MAX];

	if (strlen(dir) >= STATE_DIR_MAX)
		return err_set(err, "%.60s...: the state directory's path is too long", dir);
	if (fsx_mkdirs(dir, 0711, err))
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		state_path(path, dir, "%s", folders[i].name);
		if (fsx_mkdirs(path, folders[i].mode, err))
			return -1;
	}
	return 0;
}
