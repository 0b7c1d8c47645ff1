/* SPDX-License-Identifier: Apache-2.0 */
/* ident - ids of events the agent makes itself: "XXXXXXXX-sN", X new at each start */
#ifndef WD_IDENT_H
#define WD_IDENT_H

#include "event.h"

void ident_next(char to[EVENT_ID_MAX]);
/* The id of a kernel event. */
void ident_kernel(char to[EVENT_ID_MAX], const char *boot_id, uint64_t seq);
/* An event of our own, filled as far as all of them are: id, time, nobody known to have done it. */
void ident_event(struct wd_event *e, const char *source, const char *op, const char *site,
		 const char *path);

#endif
