/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * version.h - the version of all of WebDefender, as INFO, sysfs and modinfo tell it
 *
 * The Makefile reads it from here, and so do the daemons and dkms.conf get theirs.
 */
#ifndef WD_VERSION_H
#define WD_VERSION_H

#define WD_MODULE_VERSION "0.1.0"

#endif /* WD_VERSION_H */
