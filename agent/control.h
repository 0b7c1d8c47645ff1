/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control - what wdctl asks of the running daemon (ctl.h)
 *
 *   status                             ok {...}
 *   events  {n, follow}                row: event, oldest first; then those to come
 *   verify  {site: NAME or absent}     progress {site, files, bytes, wrong}, ok {counts, sites}
 *   mode    {mode, site: NAME or DIR, absent = all}
 *   seal                               ok
 *   restore {path: absolute, or a site's name}    ok {counts}
 */
#ifndef WD_CONTROL_H
#define WD_CONTROL_H

#include "ctl.h"
#include "guard.h"

struct control;
struct control *control_open(struct guard *g, const char *socket, struct err *err);
void control_close(struct control *c); /* NULL is fine */

#endif
