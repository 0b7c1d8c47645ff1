/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence - copies of what the agents secured, in evidence/HOST/ID
 *
 * A file arrives in pieces as ID.part and gets its name when all of it is there and its
 * hash is right; a broken transfer goes on where it stopped. Nothing here is ever
 * overwritten or removed: it must outlive the host it tells about.
 */
#ifndef WD_PUBLISHER_EVIDENCE_H
#define WD_PUBLISHER_EVIDENCE_H

#include "ctl.h"
#include "hosts.h"

/* Letters, digits, '-', '_' and single dots, no ".part" at the end: a plain file name. */
bool evidence_name_ok(const char *id);
/* -1: malformed. */
int evidence_received(struct host *h, uint32_t conn, struct rd *r);
int evidence_list(struct engine *e, struct ctl_conn *c, const char *host, struct err *err);
/* The path of a complete one into `to`. -1: there is none, err says so. */
int evidence_path(struct engine *e, const char *host, const char *id, char *to, size_t cap,
		  struct err *err);

#endif
