/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapper.h - the device mapper, whose tables say which disk a volume shows
 *
 * It is a module of its own: while we have hooks in it, it stays loaded.
 */
#ifndef WD_MAPPER_H
#define WD_MAPPER_H

#include <linux/types.h>

struct mapped_device;

void wd_mapper_get(void); /* nothing, if it is not loaded */
void wd_mapper_put(void); /* after the hooks are gone; may be called twice */

dev_t wd_mapper_dev(struct mapped_device *md); /* 0 if it was not loaded */

#endif /* WD_MAPPER_H */
