// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "build.h"
#include "fsx.h"
#include "tree.h"

#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xff534d42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xfe534d42
#endif

/* Half-done uploads of common FTP clients, quota files, and what our agents write. */
const char *const build_default_excludes[] = {
	".wd-*",     "*.filepart",	   "*.part",	  ".in.*.",
	".ftpquota", ".pureftpd-upload.*", "lost+found/", NULL,
};

/* A directory of the previous release, decoded only when a busy file asks for it. */
struct past {
	struct past *up; /* NULL: the root */
	const char *name;
	struct tree *tree;
	bool looked;
};

struct build {
	const struct build_input *in;
	struct build_result *out;
	struct err *err;
	unsigned int excepted;	  /* directories that filters name and that are there */
	bool leases;		  /* the file system tells by lease who has it open */
	char path[TREE_PATH_MAX]; /* below the site, "" = the site itself */
};

static int refuse(struct build *b, const char *what)
{
	return err_set(b->err, "%s/%s: %s", b->in->dir, b->path, what);
}

static int refuse_sys(struct build *b)
{
	return err_sys(b->err, "%s/%s", b->in->dir, b->path);
}

static bool glob_matches(const char *glob, const char *path, bool dir)
{
	const char *name = strrchr(path, '/');
	size_t n = strlen(glob);
	char plain[TREE_PATH_MAX];

	name = name ? name + 1 : path;
	if (n && glob[n - 1] == '/') {
		if (!dir || n >= sizeof(plain))
			return false;
		memcpy(plain, glob, n - 1);
		plain[n - 1] = 0;
		glob = plain;
	}
	if (!strchr(glob, '/'))
		return !fnmatch(glob, name, 0);
	return !fnmatch(glob + (*glob == '/'), path, FNM_PATHNAME);
}

static bool any_matches(char *const *globs, const char *path, bool dir)
{
	for (; globs && *globs; globs++)
		if (glob_matches(*globs, path, dir))
			return true;
	return false;
}

bool build_excluded(char *const *excludes, const char *path, bool dir)
{
	return any_matches((char *const *)build_default_excludes, path, dir) ||
	       any_matches(excludes, path, dir);
}

/* The tree of the previous release at this place; NULL if it had none (or lost it). */
static const struct tree *past_tree(struct build *b, struct past *p)
{
	const struct release *r = b->in->previous;
	struct hash hash;
	uint64_t size;
	struct buf bytes;

	if (p->looked)
		return p->tree;
	p->looked = true;
	if (p->up) {
		const struct tree *t = past_tree(b, p->up);
		const struct entry *e = t ? tree_find(t, p->name) : NULL;

		if (!e || e->type != ENTRY_DIR)
			return NULL;
		hash = e->hash;
		size = e->size;
	} else {
		if (!r)
			return NULL;
		hash = r->root;
		size = r->root_size;
	}
	buf_init(&bytes, size);
	if (depot_read(b->in->depot, &hash, size, &bytes, NULL) == DEPOT_OK)
		p->tree = tree_decode(bytes.data, bytes.len, NULL);
	buf_free(&bytes);
	return p->tree;
}

static void busy(struct build *b)
{
	if (!b->out->busy++)
		memcpy(b->out->busy_path, b->path, sizeof(b->path));
}

static void count_file(struct build *b, const struct entry *e)
{
	b->out->files++;
	b->out->bytes += e->size;
}

/* Takes the entry as it was released, if keep_busy and it was a file. */
static int add_busy(struct build *b, struct past *past, const char *name, struct tree *t)
{
	const struct tree *old;
	const struct entry *e;

	busy(b);
	if (!b->in->keep_busy)
		return 0;
	old = past_tree(b, past);
	e = old ? tree_find(old, name) : NULL;
	if (!e || e->type != ENTRY_FILE || !depot_has(b->in->depot, &e->hash))
		return 0;
	count_file(b, e);
	return tree_add(t, e) ? refuse(b, "out of memory") : 0;
}

/*
 * Does anybody have it open for writing? The kernel refuses a read lease then. Where leases
 * do not work, a file that changed a moment ago counts as being written.
 */
static bool being_written(struct build *b, int fd, const struct stat *st)
{
	if (b->leases && !fcntl(fd, F_SETLEASE, F_RDLCK)) {
		fcntl(fd, F_SETLEASE, F_UNLCK);
		return false;
	}
	if (b->leases && errno == EAGAIN)
		return true;
	return fsx_now_ns() - stat_ctime(st) < b->in->quiet * 1000000ll;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       stat_mtime(a) == stat_mtime(b) && stat_ctime(a) == stat_ctime(b);
}

/* 0: kept, *h is its hash; 1: busy; -1: refused. */
static int read_file(struct build *b, int fd, struct stat *st, struct hash *h)
{
	struct stat after;
	uint64_t size;

	if (being_written(b, fd, st))
		return 1;
	errno = 0;
	if (depot_put_fd(b->in->depot, fd, h, &size, b->err))
		return errno == ESTALE ? 1 : -1;
	if (fstat(fd, &after))
		return refuse_sys(b);
	if (!same_file(st, &after) || size != (uint64_t)st->st_size || being_written(b, fd, &after))
		return 1;
	cache_keep(b->in->cache, st, h);
	b->out->read_files++;
	b->out->read_bytes += size;
	return 0;
}

static int open_and_read(struct build *b, int dirfd, const char *name, struct stat *st,
			 struct hash *h)
{
	int fd, result;

	/* O_NONBLOCK: should the name have become a pipe since, opening must not hang. */
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 1 : refuse_sys(b);
	if (fstat(fd, st))
		result = refuse_sys(b);
	else if (!S_ISREG(st->st_mode))
		result = 1;
	else
		result = read_file(b, fd, st, h);
	close(fd);
	return result;
}

static int add_file(struct build *b, int dirfd, struct past *past, const char *name,
		    struct stat *st, struct tree *t)
{
	struct entry e = {.name = (char *)name, .type = ENTRY_FILE};
	int result = 0;

	if ((uint64_t)st->st_size > TREE_FILE_MAX)
		return refuse(b, "larger than 1 TiB; exclude it or split it");
	if (!cache_find(b->in->cache, st, &e.hash) || !depot_has(b->in->depot, &e.hash))
		result = open_and_read(b, dirfd, name, st, &e.hash);
	if (result)
		return result < 0 ? -1 : add_busy(b, past, name, t);
	e.size = st->st_size;
	e.mtime = stat_mtime(st);
	e.mode = st->st_mode & 07777;
	count_file(b, &e);
	return tree_add(t, &e) ? refuse(b, "out of memory") : 0;
}

/* The directory that holds b->path, for judging a link in it. */
static void parent_path(const struct build *b, char to[TREE_PATH_MAX])
{
	const char *slash = strrchr(b->path, '/');
	size_t n = slash ? (size_t)(slash - b->path) : 0;

	memcpy(to, b->path, n);
	to[n] = 0;
}

static int add_link(struct build *b, int dirfd, const char *name, const struct stat *st,
		    struct tree *t)
{
	char target[TREE_TARGET_MAX + 2], dir[TREE_PATH_MAX], what[TREE_TARGET_MAX + 200];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target) - 1);
	struct entry e = {.name = (char *)name, .target = target, .type = ENTRY_LINK};

	if (n < 0)
		return errno == ENOENT || errno == EINVAL ? 0 : refuse_sys(b);
	target[n] = 0;
	parent_path(b, dir);
	if (n > TREE_TARGET_MAX || !tree_link_inside(dir, target)) {
		snprintf(what, sizeof(what),
			 "a symbolic link that leads out of the site (to \"%.200s\"); make it"
			 " relative and inside, or exclude it",
			 target);
		return refuse(b, what);
	}
	e.size = n;
	e.mtime = stat_mtime(st);
	e.mode = 0777;
	b->out->links++;
	return tree_add(t, &e) ? refuse(b, "out of memory") : 0;
}

static int build_dir(struct build *b, int fd, unsigned depth, struct past *past, struct entry *out);

static int add_dir(struct build *b, int dirfd, unsigned depth, struct past *past, const char *name,
		   struct tree *t)
{
	struct past below = {.up = past, .name = name};
	struct entry e = {.name = (char *)name, .type = ENTRY_DIR};
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int result;

	if (fd < 0) /* gone or replaced since it was listed: its event will bring us back */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : refuse_sys(b);
	if (depth >= TREE_DEPTH_MAX) { /* the site itself counts */
		close(fd);
		return refuse(b, "nested deeper than 64 directories; exclude it");
	}
	result = build_dir(b, fd, depth, &below, &e);
	tree_free(below.tree);
	if (!result && tree_add(t, &e))
		result = refuse(b, "out of memory");
	b->out->dirs++;
	return result;
}

static int put_tree(struct build *b, struct tree *t, struct entry *out)
{
	struct buf bytes;
	int result;

	buf_init(&bytes, TREE_BYTES_MAX);
	result = tree_encode(t, &bytes, b->err);
	if (!result)
		result = depot_put(b->in->depot, bytes.data, bytes.len, &out->hash, b->err);
	out->size = bytes.len;
	buf_free(&bytes);
	return result;
}

/*
 * An excepted directory is published empty: hosts without it make it, and what is in it there
 * is theirs. No time of it is kept, it would change with every upload.
 */
static int add_excepted(struct build *b, const char *name, const struct stat *st, struct tree *t)
{
	struct entry e = {.name = (char *)name, .type = ENTRY_DIR, .mode = st->st_mode & 07777};
	struct tree *empty = tree_new();
	int result = empty ? put_tree(b, empty, &e) : refuse(b, "out of memory");

	tree_free(empty);
	if (!result && tree_add(t, &e))
		result = refuse(b, "out of memory");
	b->out->dirs++;
	b->excepted++;
	return result;
}

/* Else a host would have nothing to put uploads into, and the module nothing to except. */
static int all_excepted_there(struct build *b)
{
	const char *t = NULL;
	unsigned int n = 0;

	while (b->in->filters && (t = filters_next(b->in->filters, t)))
		n += t[strlen(t) - 1] == '/';
	if (n == b->excepted)
		return 0;
	return err_set(
		b->err,
		"%s: %u of %u excepted directories (wdpub site list) are not there, or excluded:"
		" make them, empty",
		b->in->dir, n - b->excepted, n);
}

static enum filter_match match(const struct build *b)
{
	return b->in->filters ? filters_match(b->in->filters, b->path) : FILTER_NONE;
}

static int add_entry(struct build *b, int dirfd, unsigned depth, struct past *past,
		     const char *name, struct tree *t)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : refuse_sys(b);
	if (build_excluded(b->in->excludes, b->path, S_ISDIR(st.st_mode)))
		return 0;
	if (!tree_name_ok(name))
		return refuse(b, "a name that cannot be published; rename it");
	switch (match(b)) {
	case FILTER_DIR:
		return S_ISDIR(st.st_mode) ? add_excepted(b, name, &st, t)
					   : refuse(b, "excepted as a directory, but it is none");
	case FILTER_FILE:
		if (S_ISREG(st.st_mode))
			return 0;
		break;
	default:
		break;
	}
	if (S_ISREG(st.st_mode))
		return add_file(b, dirfd, past, name, &st, t);
	if (S_ISDIR(st.st_mode))
		return add_dir(b, dirfd, depth + 1, past, name, t);
	if (S_ISLNK(st.st_mode))
		return add_link(b, dirfd, name, &st, t);
	return refuse(b, "a device, socket or pipe; only files, directories and symbolic links"
			 " can be published: remove or exclude it");
}

/* Puts name behind b->path for the time of its entry; the length to cut back to, or -1. */
static long push_name(struct build *b, const char *name)
{
	size_t n = strlen(b->path), more = strlen(name) + (n > 0);

	if (n + more >= sizeof(b->path)) {
		refuse(b, "a path longer than 4095 bytes; exclude it");
		return -1;
	}
	snprintf(b->path + n, sizeof(b->path) - n, "%s%s", n ? "/" : "", name);
	return n;
}

static int add_all(struct build *b, DIR *d, unsigned depth, struct past *past, struct tree *t)
{
	struct dirent *ent;
	int result = 0;

	while (!result && (errno = 0, ent = readdir(d))) {
		long cut;

		if (!strcmp(ent->d_name, ".") || !strcmp(ent->d_name, ".."))
			continue;
		if (b->in->stop && atomic_load(b->in->stop))
			return err_set(b->err, "the publisher is being stopped");
		cut = push_name(b, ent->d_name);
		if (cut < 0)
			return -1;
		result = add_entry(b, dirfd(d), depth, past, ent->d_name, t);
		b->path[cut] = 0;
	}
	return !result && errno ? refuse_sys(b) : result;
}

/* Takes fd. Fills hash, size, mode and mtime of out. */
static int build_dir(struct build *b, int fd, unsigned depth, struct past *past, struct entry *out)
{
	struct tree *t = tree_new();
	DIR *d = fdopendir(fd);
	struct stat st;
	int result;

	if (!d || !t || fstat(fd, &st)) {
		result = refuse_sys(b);
		if (!d)
			close(fd);
	} else {
		result = add_all(b, d, depth, past, t);
		if (!result)
			result = put_tree(b, t, out);
		if (!result) {
			out->mode = st.st_mode & 07777;
			out->mtime = cache_dir_mtime(b->in->cache, &st, &out->hash);
		}
	}
	if (d)
		closedir(d);
	tree_free(t);
	return result;
}

static bool has_leases(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	/* Network file systems refuse leases for reasons of their own. */
	switch ((unsigned)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
		return false;
	}
	return true;
}

int build_site(const struct build_input *in, struct build_result *out, struct err *err)
{
	struct build b = {.in = in, .out = out, .err = err};
	struct past root = {0};
	struct entry e = {0};
	int fd, result;

	*out = (struct build_result){0};
	fd = open(in->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "backup directory %s", in->dir);
	b.leases = has_leases(fd);
	cache_begin(in->cache);
	result = build_dir(&b, fd, 0, &root, &e);
	tree_free(root.tree);
	if (!result)
		result = all_excepted_there(&b);
	if (!result)
		result = depot_sync(in->depot, err);
	if (!result)
		cache_end(in->cache);
	out->root = e.hash;
	out->root_size = e.size;
	out->root_mode = e.mode;
	out->root_mtime = e.mtime;
	return result;
}
