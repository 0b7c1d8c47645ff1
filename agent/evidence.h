/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence - what was tampered with, kept as it was found
 *
 * One archive an item, DIR/<event-id>.tar.zst (further ones of an event <event-id>.2.tar.zst):
 * meta.json first, saying who, what, when, why and what was expected; then what was found,
 * under site/PATH, with owners, times and attributes. DIR/chain binds them together.
 */
#ifndef WD_EVIDENCE_H
#define WD_EVIDENCE_H

#include "chain.h"
#include "event.h"
#include "tree.h"

struct evidence;

struct evidence_subject {
	const struct wd_event *event;
	unsigned int number; /* of the event's items, from 1 */
	const char *why;     /* one of: content, type, foreign, linked */
	const char *path;    /* within the site */
	int dirfd;	     /* what it is a name in, or was */
	const char *name;
	int fd;			      /* of it, as inspect.h leaves it */
	const struct entry *expected; /* NULL: nothing */
};

/* Continues the chain; a line torn by a power cut is cut off. */
struct evidence *evidence_open(const char *dir, uint64_t max, struct err *err);
void evidence_close(struct evidence *ev); /* NULL is fine */
/*
 * Takes the subject, a directory with all below it. On success name says which item, found
 * the hash of a file. On failure nothing is left behind and err says why not.
 */
int evidence_take(struct evidence *ev, const struct evidence_subject *s, char name[CHAIN_NAME_MAX],
		  struct hash *found, struct err *err);
void evidence_sync(struct evidence *ev); /* what was taken reaches the disk */
uint64_t evidence_bytes(const struct evidence *ev);
bool evidence_failing(const struct evidence *ev); /* the last one could not be kept */
/* New items are told here, for the copy to the publisher. */
void evidence_listen(struct evidence *ev, void (*taken)(void *arg, const struct chain_item *item),
		     void *arg);
/* The publisher has it: it may go when room is needed. */
void evidence_copied(struct evidence *ev, const char *name);

#endif
