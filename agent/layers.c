// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include "layers.h"
#include "lower.h"

bool layers_below(const char *dir)
{
	struct statfs fs;

	return !statfs(dir, &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

const char *layers_words(unsigned int guarded, unsigned int missed, bool *good)
{
	*good = guarded && !missed;
	if (*good)
		return "it lies on an overlay (overlayfs): what it is made of in the layers below "
		       "is protected with it";
	if (guarded)
		return "it lies on an overlay (overlayfs), and NOT all it is made of in the layers "
		       "below is protected: the kernel log says what is not, and why";
	return "it lies on an overlay (overlayfs): changes made in the layers below are NOT seen; the "
	       "kernel log says why";
}

/* ---- which file systems ---- */

/* sscanf() takes a sign and blanks for part of a number. */
static int read_line(const char *line, size_t n, size_t at, dev_t *dev, struct err *err)
{
	size_t digits = strspn(line, "0123456789");
	unsigned int major, minor;
	int end = 0;

	if (n > LAYERS_LINE_MAX || !digits || strspn(line + digits, ":0123456789") < 2 ||
	    sscanf(line, "%8u:%8u %n", &major, &minor, &end) != 2 || line[end] != '/')
		return err_set(err, "line %zu is no layer: %.100s", at, line);
	*dev = makedev(major, minor);
	return 0;
}

static int add(dev_t out[LAYERS_DISKS_MAX], int n, dev_t dev, struct err *err)
{
	for (int i = 0; i < n; i++)
		if (out[i] == dev)
			return n;
	if (n == LAYERS_DISKS_MAX)
		return err_set(err, "layers on more than %d file systems", LAYERS_DISKS_MAX);
	out[n] = dev;
	return n + 1;
}

int layers_read(FILE *f, dev_t out[LAYERS_DISKS_MAX], struct err *err)
{
	char *line = NULL;
	size_t size = 0, at = 0;
	ssize_t len;
	int n = 0;
	dev_t dev = 0;

	while (n >= 0 && (len = getline(&line, &size, f)) > 0)
		if (at++ == LAYERS_LINES_MAX)
			n = err_set(err, "more than %d layers", LAYERS_LINES_MAX);
		else
			n = read_line(line, len, at, &dev, err) ? -1 : add(out, n, dev, err);
	free(line);
	return n;
}

int layers_each_device(uint32_t number, int (*each)(void *arg, dev_t dev, bool is_char), void *arg,
		       struct err *err)
{
	dev_t fs[LAYERS_DISKS_MAX];
	char path[80];
	FILE *f;
	int n, rc = 0;

	snprintf(path, sizeof(path), "/sys/kernel/webdefender/roots/%" PRIu32 "/layers", number);
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : err_sys(err, "%s", path);
	n = layers_read(f, fs, err);
	fclose(f);
	for (int i = 0; i < n; i++)
		if (lower_each_of(fs[i], each, arg, err))
			rc = -1;
	return n < 0 ? -1 : rc;
}
