/* SPDX-License-Identifier: GPL-2.0-only */
/* version.h - the module's version, as INFO, sysfs and modinfo tell it */
#ifndef WD_VERSION_H
#define WD_VERSION_H

#define WD_MODULE_VERSION "0.1.0"

#endif /* WD_VERSION_H */
