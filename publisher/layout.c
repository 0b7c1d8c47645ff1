// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "fsx.h"
#include "layout.h"
#include "pki.h"

const char *layout_default(const char *env, const char *standard)
{
	const char *value = getenv(env);

	return value && *value ? value : standard;
}

const char *layout_path(char to[LAYOUT_PATH_MAX], const char *state, const char *file)
{
	if (fsx_join(to, LAYOUT_PATH_MAX, state, file))
		log_fatal("%s/%s: path too long; choose a shorter state directory", state, file);
	return to;
}

char *layout_slurp(const char *state, const char *file, struct err *err)
{
	char path[LAYOUT_PATH_MAX];
	size_t n;

	return fsx_slurp(layout_path(path, state, file), PKI_PEM_MAX, &n, err);
}
