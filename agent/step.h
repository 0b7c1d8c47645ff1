/* SPDX-License-Identifier: Apache-2.0 */
/* step - named moments at which tests end the process, to see that the next start goes on */
#ifndef WD_STEP_H
#define WD_STEP_H

#include <stddef.h>

extern void (*step_hook)(const char *what); /* NULL, except in tests */

static inline void step(const char *what)
{
	if (step_hook)
		step_hook(what);
}

#endif
