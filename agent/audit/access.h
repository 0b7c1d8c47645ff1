/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access - who may do what with a file: owner, mode bits and POSIX ACL together
 *
 * With an ACL the group bits of the mode are its mask, and named users and groups have
 * rights the mode does not show. `mode` here is the effective one: group bits are what
 * the group really gets, and what any stranger named in the ACL gets counts as "others".
 */
#ifndef WD_AUDIT_ACCESS_H
#define WD_AUDIT_ACCESS_H

#include <stdbool.h>
#include <sys/stat.h>
#include "pool.h"

struct account {
	bool known;
	uid_t uid;
	gid_t gid;
	const char *name, *group, *shell;
};

struct access {
	struct stat st;
	mode_t mode; /* 07777, effective */
	bool acl;    /* it has named entries */
};

void account_by_uid(struct pool *p, struct account *a, uid_t uid);
bool account_by_name(struct pool *p, struct account *a, const char *name);

/* Follows links. -1 and errno. `was` and root named in an ACL are no strangers. */
int access_read(const char *path, const struct account *was, struct access *out);
/* The same for a name in an open directory, not following; cheap when nothing can exceed `limit`.
 */
int access_read_at(int dirfd, const char *name, const struct account *was, mode_t limit,
		   struct access *out);
/* mode & ~limit is nothing: "limit or less" is about bits. */
static inline bool access_within(const struct access *a, mode_t limit)
{
	return (a->mode & 07777 & ~limit) == 0;
}
/* "root:tomcat 0640", "+acl" behind it when there is one. */
const char *access_text(struct pool *p, const struct access *a);
/* Anybody but its owner, root and `group` may put other files in the place of those in it. */
bool access_open_dir(const struct access *a);

/* Every entry below `dir`, directories first, links not followed; -1 from `each` ends it. */
struct walk {
	int dirfd;
	const char *name; /* in dirfd */
	const char *path; /* whole, for people */
	const struct stat *st;
	int depth;
};
int walk_tree(const char *dir, int (*each)(void *arg, const struct walk *w),
	      void (*failed)(void *arg, const char *path, const char *why), void *arg);

#endif
