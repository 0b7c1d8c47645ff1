// SPDX-License-Identifier: GPL-2.0-only
/* mapper.c - the device mapper, whose tables say which disk a volume shows */
#include <linux/blkdev.h>
#include <linux/module.h>

#include "mapper.h"

/* modprobe loads it before us: a volume group may be activated after. */
MODULE_SOFTDEP("pre: dm-mod");

/* By name: a machine without it has no such symbol, and we would not load there. */
static struct gendisk *(*disk_of)(struct mapped_device *md);

void wd_mapper_get(void)
{
	disk_of = (void *)__symbol_get("dm_disk");
}

void wd_mapper_put(void)
{
	if (disk_of)
		__symbol_put("dm_disk");
	disk_of = NULL;
}

dev_t wd_mapper_dev(struct mapped_device *md)
{
	return disk_of ? disk_devt(disk_of(md)) : 0;
}
