/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers - the directories that an overlay (overlayfs) makes another one of
 *
 * The module asks the overlay which these are and guards them with the root. Here it is said
 * how that went, and on which file systems, and so on which disks, they lie.
 */
#ifndef WD_LAYERS_H
#define WD_LAYERS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include "log.h"

#define LAYERS_LINES_MAX 4096 /* more than the module has */
#define LAYERS_LINE_MAX 8192  /* a path of 4,095 bytes, and room */
#define LAYERS_DISKS_MAX 128  /* file systems they lie on; more are said to be too many */

bool layers_below(const char *dir); /* whether dir lies on an overlay at all */

/* A sentence on a root that does: *good, or what is not guarded. Static. */
const char *layers_words(unsigned int guarded, unsigned int missed, bool *good);

/*
 * Reads text like /sys/kernel/webdefender/roots/N/layers, "MAJOR:MINOR PATH" a line: each file
 * system once. Number written to out, or -1 and what is wrong, where.
 */
int layers_read(FILE *f, dev_t out[LAYERS_DISKS_MAX], struct err *err);

/* The devices below the layers of a root, as lower_each() tells them. 0, or -1 and why. */
int layers_each_device(uint32_t number, int (*each)(void *arg, dev_t dev, bool is_char), void *arg,
		       struct err *err);

#endif
