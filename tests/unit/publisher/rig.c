// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fsx.h"
#include "log.h"
#include "rig.h"

static char scratch[64];

const char *rig_begin(void)
{
	strcpy(scratch, "/tmp/wd-publisher-XXXXXX");
	assert_non_null(mkdtemp(scratch));
	log_open("test", NULL, LOG_L_ERR);
	return scratch;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void rig_remove(const char *path)
{
	nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

void rig_end(void)
{
	rig_remove(scratch);
}

const char *rig_path(const char *fmt, ...)
{
	static char ring[8][4200];
	static unsigned at;
	char *to = ring[at++ % 8];
	int n = snprintf(to, 4200, "%s/", scratch);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to + n, 4200 - n, fmt, ap);
	va_end(ap);
	return to;
}

void rig_mkdir(const char *path)
{
	struct err err;

	if (fsx_mkdirs(path, 0755, &err))
		fail_msg("%s", err.text);
}

void rig_write(const char *path, const char *text)
{
	char dir[4200];
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = 0;
	rig_mkdir(dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(fsx_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

void rig_link(const char *target, const char *path)
{
	assert_int_equal(symlink(target, path), 0);
}

void rig_tick(void)
{
	usleep(80000);
}
