/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish - what brings a change of a backup directory into a release
 *
 *   published ─changed─► changing ─quiet─► building ──same──────────────────► published
 *       ▲                   ▲                 │  ├──still being written──► changing
 *       │                   └─changed anew────┘  └──cannot be published──► refused
 *       └──────────── kept, sent ◄─ signing ◄── differs
 *
 * Quiet is `settle` ms without a change. A site that never is quiet, or in which a file
 * stays open, is published after ten times that with such files as they were before.
 */
#ifndef WD_PUBLISHER_PUBLISH_H
#define WD_PUBLISHER_PUBLISH_H

#include "sites.h"

void publish_changed(struct site *s);
void publish_timer(evutil_socket_t fd, short what, void *site);
/* What `wdpub push` does; the outcome goes to push.c. */
void publish_now(struct site *s, const struct wish *wish);
/* A new release with the tree of an old one; nothing else is published until a push. */
int publish_rollback(struct site *s, uint64_t serial, const char *note, struct err *err);
/* Every minute: the same tree under a new date, before hosts find their release expired. */
void publish_renew(struct engine *e);

#endif
