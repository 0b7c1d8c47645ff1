/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect - compare one name in a directory with what is expected there
 *
 * Nothing is changed. Only the name itself is looked at, never what a symlink leads to:
 * whatever stands there is pinned by an O_PATH descriptor first and judged through it.
 * Large files are hashed in steps, so that other work can come between.
 */
#ifndef WD_INSPECT_H
#define WD_INSPECT_H

#include <sys/stat.h>
#include "hash.h"
#include "tree.h"

struct owner {
	uid_t uid;
	gid_t gid;
};

enum finding {
	FINDING_RIGHT,
	FINDING_MISSING,
	FINDING_FOREIGN,    /* nothing is expected here */
	FINDING_TYPE,	    /* a file where a directory should be, and so on */
	FINDING_CONTENT,    /* bytes or link target */
	FINDING_LINKED,	    /* the file has another name: somebody could write through it */
	FINDING_META,	    /* only what META_* says */
	FINDING_MOUNT,	    /* another file system lies over it */
	FINDING_UNREADABLE, /* inspect.error says why */
};

enum meta_bits {
	META_MODE = 1,
	META_OWNER = 2,
	META_MTIME = 4,
	META_XATTR = 8, /* user.*, file capabilities, ACLs: a site has none */
	META_FLAGS = 16 /* immutable or append-only */
};

enum inspect_flags {
	INSPECT_QUICK = 1, /* do not read contents */
	INSPECT_SYNC = 2,  /* first wait for changes under way: take the locks that they hold */
};

struct inspect {
	const struct entry *want;
	struct owner owner;
	int dirfd;
	const char *name;
	unsigned int flags;

	enum finding finding;
	unsigned int meta; /* META_*, also beside other findings */
	int fd;		   /* what is there: readable for files and directories, else O_PATH; -1 */
	struct stat st;	   /* of it */
	struct hash found; /* contents, where they were read */
	int error;

	struct hasher *hasher;
	uint64_t at;
};

/* want NULL: nothing may be there. Strings and want must outlive the inspection. */
void inspect_begin(struct inspect *i, int dirfd, const char *name, const struct entry *want,
		   const struct owner *owner, unsigned int flags);
bool inspect_step(struct inspect *i); /* true: call again; false: `finding` stands */
void inspect_end(struct inspect *i);  /* closes fd, unless it was taken (set to -1) */

/* What is wrong about an open file or directory apart from contents and links. */
unsigned int inspect_meta(int fd, const struct stat *st, const struct entry *want,
			  const struct owner *owner);
/* "mode 0666, should be 0644; ..." */
void inspect_explain(const struct inspect *i, char *to, size_t cap);
bool inspect_xattr_bad(const char *name);
/* Does anybody hold the file open for writing? Unknown counts as no. */
bool inspect_has_writer(int fd);

#endif
