/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain - evidence/chain: one line for every item of evidence, each vouching for all before it
 *
 *   NAME  sha256 of the file  sha256 of (previous chain, file hash, NAME), both as bytes
 *
 * The publisher gets every link as it is made, so what it has cannot be rewritten here.
 * `moved` beside it lists items that were deleted after the publisher had them.
 */
#ifndef WD_CHAIN_H
#define WD_CHAIN_H

#include <stdbool.h>
#include "event.h"
#include "hash.h"
#include "log.h"

#define CHAIN_NAME_MAX (EVENT_ID_MAX + 16)

struct chain_item {
	char name[CHAIN_NAME_MAX];
	struct hash file, link;
};

bool chain_name_ok(const char *name); /* ID.tar.zst, ID.2.tar.zst */
struct hash chain_link(const struct hash *previous, const struct hash *file, const char *name);
/*
 * Every item of DIR/chain in order. -1 if a line cannot be read or does not follow from the
 * one before it (err says which), the items before it having been given. No file: 0.
 */
int chain_read(const char *dir, void (*each)(void *arg, const struct chain_item *item), void *arg,
	       struct err *err);
/* A line as it stands in the file; its length. */
int chain_print(const struct chain_item *item, char to[CHAIN_NAME_MAX + 2 * HASH_HEX + 4]);
/* Was this item deleted after it had been copied? */
bool chain_moved(const char *dir, const char *name);

#endif
