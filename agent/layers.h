/* SPDX-License-Identifier: Apache-2.0 */
/* layers - whether a directory lies on an overlay, whose layers can be changed behind it */
#ifndef WD_LAYERS_H
#define WD_LAYERS_H

#include <stdbool.h>

#define LAYERS_WARNING                                                                             \
	"it lies on an overlay (overlayfs): changes made in the layers below are not seen; "       \
	"protect the directories of its lowerdir= and upperdir= as well (findmnt -o OPTIONS)"

bool layers_below(const char *dir);

#endif
