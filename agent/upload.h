/* SPDX-License-Identifier: Apache-2.0 */
/* upload - copies every item of evidence to the publisher, in the chain's order, resumably */
#ifndef WD_UPLOAD_H
#define WD_UPLOAD_H

#include "evidence.h"
#include "proto.h"
#include "store.h"

struct upload;
typedef int upload_send(void *arg, const struct msg_evidence *m);

/* Reads the chain for what the publisher does not have yet. */
struct upload *upload_new(const char *dir, struct evidence *evidence, struct store *store,
			  struct err *err);
void upload_free(struct upload *u);				    /* NULL is fine */
void upload_add(struct upload *u, const struct chain_item *item);   /* newly taken */
void upload_online(struct upload *u, upload_send *send, void *arg); /* send NULL: offline */
void upload_acked(struct upload *u, const struct msg_evidence_ack *ack);
uint64_t upload_left(const struct upload *u); /* items */

#endif
