/* SPDX-License-Identifier: Apache-2.0 */
/* releases - those that were signed, as they are kept in the database */
#ifndef WD_PUBLISHER_RELEASES_H
#define WD_PUBLISHER_RELEASES_H

#include "ctl.h"
#include "sites.h"

/* The newest of the site's into s->current. */
int release_load_current(struct site *s, struct err *err);
/* Durable before it returns: what was not kept is never sent. Sets s->current. */
int release_keep(struct site *s, const struct release *r, const uint8_t sig[SIGN_SIG_LEN],
		 struct err *err);
/* 0 found, 1 there is none, -1 error. */
int release_find(struct engine *e, const char *site, uint64_t serial, struct release *out,
		 struct err *err);
/* Drops all but the newest conf.keep_releases; says how many went. */
int release_prune(struct site *s);
/* Rows for the control socket. site "" = all. */
int release_list(struct engine *e, const char *site, struct ctl_conn *c, struct err *err);

#endif
