// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "access.h"

#define ACL_XATTR "system.posix_acl_access"
#define DEPTH_MAX 128

/* As stored by Linux: a version, then entries, little-endian (acl(5), linux/posix_acl_xattr.h). */
struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};
enum { ACL_USER_OBJ = 1, ACL_USER = 2, ACL_GROUP_OBJ = 4, ACL_GROUP = 8, ACL_MASK = 16 };

static void take_account(struct pool *p, struct account *a, const struct passwd *pw)
{
	const struct group *gr;

	a->known = true;
	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	a->name = pool_str(p, pw->pw_name);
	a->shell = pool_str(p, pw->pw_shell);
	gr = getgrgid(a->gid);
	a->group = gr ? pool_str(p, gr->gr_name) : pool_printf(p, "%u", a->gid);
}

void account_by_uid(struct pool *p, struct account *a, uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw) {
		take_account(p, a, pw);
		return;
	}
	*a = (struct account){.known = true, .uid = uid, .gid = (gid_t)-1, .shell = ""};
	a->name = a->group = pool_printf(p, "%u", uid);
}

bool account_by_name(struct pool *p, struct account *a, const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (pw)
		take_account(p, a, pw);
	return pw != NULL;
}

static bool familiar(const struct acl_entry *e, const struct account *was)
{
	uint32_t id = le32toh(e->id);

	if (!id || !was || !was->known)
		return !id;
	return le16toh(e->tag) == ACL_USER ? id == was->uid : id == was->gid;
}

/* Entries are cut by the mask, which stands behind those it cuts. */
static void apply_acl(struct access *a, const char *raw, size_t n, const struct account *was)
{
	const struct acl_entry *e = (const void *)(raw + 4);
	size_t count = n > 4 ? (n - 4) / sizeof(*e) : 0;
	mode_t mask = 7, group = 0, strangers = 0;

	for (size_t i = 0; i < count; i++)
		if (le16toh(e[i].tag) == ACL_MASK)
			mask = le16toh(e[i].perm) & 7;
	for (size_t i = 0; i < count; i++) {
		unsigned int tag = le16toh(e[i].tag);

		if (tag == ACL_GROUP_OBJ)
			group = le16toh(e[i].perm) & mask;
		if (tag != ACL_USER && tag != ACL_GROUP)
			continue;
		a->acl = true;
		if (!familiar(&e[i], was))
			strangers |= le16toh(e[i].perm) & mask;
	}
	if (a->acl)
		a->mode = (a->mode & ~070u) | group << 3 | strangers;
}

static void read_acl(struct access *a, const char *path, const struct account *was)
{
	_Alignas(4) char raw[4096];
	ssize_t n = getxattr(path, ACL_XATTR, raw, sizeof(raw));

	if (n > 0)
		apply_acl(a, raw, n, was);
}

int access_read(const char *path, const struct account *was, struct access *out)
{
	*out = (struct access){0};
	if (stat(path, &out->st) < 0)
		return -1;
	out->mode = out->st.st_mode & 07777;
	read_acl(out, path, was);
	return 0;
}

int access_read_at(int dirfd, const char *name, const struct account *was, mode_t limit,
		   struct access *out)
{
	char path[PATH_MAX];

	*out = (struct access){0};
	if (fstatat(dirfd, name, &out->st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	out->mode = out->st.st_mode & 07777;
	/* No entry of an ACL exceeds the mask, which shows as group bits: may others have as much?
	 */
	if (S_ISLNK(out->st.st_mode) || (out->mode >> 3 & 7 & ~limit) == 0 ||
	    snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name) >= (int)sizeof(path))
		return 0;
	read_acl(out, path, was);
	return 0;
}

const char *access_text(struct pool *p, const struct access *a)
{
	const struct passwd *pw = getpwuid(a->st.st_uid);
	const struct group *gr = getgrgid(a->st.st_gid);
	const char *owner = pw ? pool_str(p, pw->pw_name) : pool_printf(p, "%u", a->st.st_uid);
	const char *group = gr ? pool_str(p, gr->gr_name) : pool_printf(p, "%u", a->st.st_gid);
	mode_t shown = a->st.st_mode & 07777;

	if (a->acl)
		return pool_printf(p, "%s:%s %04o +acl (in effect %04o)", owner, group, shown,
				   a->mode);
	return pool_printf(p, "%s:%s %04o", owner, group, shown);
}

bool access_open_dir(const struct access *a)
{
	return (a->mode & 02) && !(a->mode & S_ISVTX);
}

struct walker {
	int (*each)(void *arg, const struct walk *w);
	void (*failed)(void *arg, const char *path, const char *why);
	void *arg;
};

static int walk_dir(const struct walker *w, int fd, char *path, size_t len, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	struct stat st;
	int r = 0, sub;

	if (!dir) {
		close(fd);
		return 0;
	}
	while (r == 0 && (e = readdir(dir))) {
		size_t n = strlen(e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (len + n + 2 > PATH_MAX || depth == DEPTH_MAX) {
			w->failed(w->arg, path, "too deep");
			continue;
		}
		path[len] = '/';
		memcpy(path + len + 1, e->d_name, n + 1);
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno != ENOENT)
				w->failed(w->arg, path, strerror(errno));
		} else {
			struct walk at = {dirfd(dir), e->d_name, path, &st, depth};

			r = w->each(w->arg, &at);
			if (r == 0 && S_ISDIR(st.st_mode)) {
				sub = openat(dirfd(dir), e->d_name,
					     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
				if (sub < 0)
					w->failed(w->arg, path, strerror(errno));
				else
					r = walk_dir(w, sub, path, len + 1 + n, depth + 1);
			}
		}
		path[len] = 0;
	}
	closedir(dir);
	return r < 0 ? r : 0;
}

int walk_tree(const char *dir, int (*each)(void *arg, const struct walk *w),
	      void (*failed)(void *arg, const char *path, const char *why), void *arg)
{
	struct walker w = {each, failed, arg};
	char path[PATH_MAX];
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || snprintf(path, sizeof(path), "%s", dir) >= (int)sizeof(path)) {
		failed(arg, dir, strerror(errno));
		if (fd >= 0)
			close(fd);
		return 0;
	}
	return walk_dir(&w, fd, path, strlen(path), 0);
}
