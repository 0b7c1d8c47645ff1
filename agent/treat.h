/* SPDX-License-Identifier: Apache-2.0 */
/*
 * treat - what is done about one finding: the original back, evidence kept, the event told
 *
 * Files are put right before their evidence is taken: the tampered inode stays readable
 * through its descriptor, and the visitor should not wait for an archive.
 */
#ifndef WD_TREAT_H
#define WD_TREAT_H

#include "expect.h"
#include "incident.h"
#include "inspect.h"
#include "repair.h"
#include "site.h"

struct walk_counts {
	uint64_t files, dirs, links, bytes; /* looked at */
	uint64_t wrong;		    /* not as expected, and not as an apply found it before */
	uint64_t restored, removed; /* put right; an apply counts what it changed as well */
	uint64_t waiting, failed;   /* not put right */
};

/* What all walks of an agent share. */
struct walk_place {
	struct depot *vault;
	struct expect *expect;
	struct incident_desk *desk;
	/* need NULL: to be tried again; else when this object is there. The incident is borrowed.
	 */
	void (*trouble)(void *arg, struct site *site, const char *path, const struct hash *need,
			uint64_t size, struct incident *i, const char *why);
	/* An inode that somebody has open for writing was replaced; takes fd. Evidence is due
	 * later. */
	void (*detached)(void *arg, const char *path, int fd, const struct entry *want,
			 struct incident *i);
	/* An excepted directory was made anew: the module knows the one that is gone. */
	void (*excepted_made)(void *arg, struct site *site);
	void *arg;
};

struct batch; /* files written and not yet renamed, see batch.h */

struct treatment {
	const struct walk_place *place;
	struct site *site;
	const char *source;  /* of events that have no other cause: scrub apply */
	bool applying;	     /* differences are the publisher's doing; failures are the apply's */
	bool keep_foreign;   /* deletions come later */
	bool detach;	     /* a right file open for writing is replaced all the same */
	struct batch *batch; /* or NULL: file by file */
	struct walk_counts counts;
};

struct spot { /* one name */
	int dirfd;
	const char *name, *path;
	const struct entry *want, *old; /* either may be NULL */
	struct inspect *look;
	bool quiet;   /* it is as the release before wanted it: neither evidence nor event */
	bool touched; /* out: names in dirfd have changed */
	struct incident *cause; /* in: whose doing, may be NULL; out: a reference for the directory
				   to enter */
};

enum treated {
	TREATED,	  /* done with this name, for better or worse */
	TREATED_ENTER,	  /* the directory stands: look at its names (look->fd is it) */
	TREATED_FRESH,	  /* the same, newly made: all its names are missing */
	TREATED_EMPTYING, /* its names must go one by one, then itself */
};
enum treated treat(struct treatment *t, struct spot *s);
/* The tree of a directory, whole: self is its entry. */
void treat_directory(struct treatment *t, const char *path, int fd, const struct entry *self,
		     bool touched, struct incident *cause);
/* Not to be looked into: its tree is not to be had (need), or it cannot be read. */
void treat_trouble(struct treatment *t, const char *path, const struct hash *need, uint64_t size,
		   struct incident *cause, const char *why);

#endif
