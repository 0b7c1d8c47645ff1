// SPDX-License-Identifier: Apache-2.0
#include "step.h"

void (*step_hook)(const char *what) = NULL;
