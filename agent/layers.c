// SPDX-License-Identifier: Apache-2.0
#include <linux/magic.h>
#include <sys/vfs.h>
#include "layers.h"

bool layers_below(const char *dir)
{
	struct statfs fs;

	return !statfs(dir, &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}
