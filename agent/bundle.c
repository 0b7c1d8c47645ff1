// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include "bundle.h"

#define PREFIX "site/"
#define PATH_CAP 8192
#define DEPTH_MAX 64
#define XATTR_LIST_MAX 65536
#define XATTR_VALUE_MAX 65536
#define META_MAX (1u << 20)

struct pack {
	struct archive *a;
	struct err *err;
	uint64_t left; /* bytes of content that may follow */
	char path[PATH_CAP];
};

static int failed(struct pack *p)
{
	return err_set(p->err, "cannot write evidence: %s", archive_error_string(p->a));
}

/* Warnings are about names that are not UTF-8; those are kept as bytes. */
static int put_header(struct pack *p, struct archive_entry *e)
{
	int rc = archive_write_header(p->a, e);

	return rc == ARCHIVE_OK || rc == ARCHIVE_WARN ? 0 : failed(p);
}

static int put_meta(struct pack *p, const char *meta)
{
	struct archive_entry *e = archive_entry_new();
	size_t n = strlen(meta);
	int rc;

	archive_entry_set_pathname(e, "meta.json");
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0600);
	archive_entry_set_size(e, n);
	archive_entry_set_mtime(e, time(NULL), 0);
	rc = put_header(p, e);
	if (!rc && archive_write_data(p->a, meta, n) != (la_ssize_t)n)
		rc = failed(p);
	archive_entry_free(e);
	return rc;
}

static void describe_xattrs(struct archive_entry *e, int fd)
{
	static char list[XATTR_LIST_MAX], value[XATTR_VALUE_MAX];
	ssize_t n = flistxattr(fd, list, sizeof(list)), len;

	for (ssize_t i = 0; i < n; i += strlen(list + i) + 1) {
		len = fgetxattr(fd, list + i, value, sizeof(value));
		if (len >= 0)
			archive_entry_xattr_add_entry(e, list + i, value, len);
	}
}

static struct archive_entry *describe(struct pack *p, int fd, const struct stat *st)
{
	struct archive_entry *e = archive_entry_new();
	char target[4096];
	ssize_t n;

	archive_entry_copy_stat(e, st);
	archive_entry_set_pathname(e, p->path);
	/* Names outside the archive mean nothing in it. */
	archive_entry_set_nlink(e, 1);
	if (S_ISLNK(st->st_mode)) {
		n = readlinkat(fd, "", target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		archive_entry_set_symlink(e, target);
	}
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		describe_xattrs(e, fd);
	if (!S_ISREG(st->st_mode))
		archive_entry_set_size(e, 0);
	return e;
}

/* As many bytes as the header promised, whatever happens to the file meanwhile. */
static int put_content(struct pack *p, int fd, uint64_t size)
{
	static char block[256 << 10];
	uint64_t at = 0;

	while (at < size) {
		size_t part = size - at < sizeof(block) ? size - at : sizeof(block);
		ssize_t n = pread(fd, block, part, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) { /* it shrank: libarchive fills up with zeros */
			return n ? err_sys(p->err, "cannot read %.200s", p->path) : 0;
		}
		if (archive_write_data(p->a, block, n) != n)
			return failed(p);
		at += n;
	}
	return 0;
}

static int put_itself(struct pack *p, int fd, const struct stat *st)
{
	struct archive_entry *e;
	int rc;

	if (S_ISSOCK(st->st_mode))
		return 0; /* tar knows none; meta.json says what it was */
	if (S_ISREG(st->st_mode) && (uint64_t)st->st_size > p->left)
		return err_set(p->err,
			       "%lld bytes do not fit below the evidence directory's max-size",
			       (long long)st->st_size);
	e = describe(p, fd, st);
	rc = put_header(p, e);
	archive_entry_free(e);
	if (!rc && S_ISREG(st->st_mode)) {
		p->left -= st->st_size;
		rc = put_content(p, fd, st->st_size);
	}
	return rc;
}

static int put_all(struct pack *p, int dirfd, const char *name, int itself, int depth);

static int put_children(struct pack *p, int fd, int depth)
{
	size_t at = strlen(p->path);
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = again < 0 ? NULL : fdopendir(again);
	struct dirent *e;

	if (!d) {
		if (again >= 0)
			close(again);
		return err_sys(p->err, "cannot list %.200s", p->path);
	}
	while (!rc && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (at + strlen(e->d_name) + 2 > sizeof(p->path)) {
			log_warn("evidence: below %.200s... names are too long to be kept",
				 p->path);
			continue;
		}
		snprintf(p->path + at, sizeof(p->path) - at, "/%s", e->d_name);
		rc = put_all(p, fd, e->d_name, -1, depth + 1);
		p->path[at] = '\0';
	}
	closedir(d);
	return rc;
}

/* Opens only what reading cannot disturb: no pipe, no device. */
static int open_itself(int dirfd, const char *name, struct stat *st)
{
	char proc[64];
	int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), again;

	if (fd < 0 || fstat(fd, st) || (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)))
		return fd;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	again = open(proc, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	close(fd);
	return again;
}

static int put_all(struct pack *p, int dirfd, const char *name, int itself, int depth)
{
	struct stat st;
	int fd = itself >= 0 ? itself : open_itself(dirfd, name, &st), rc = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(p->err, "cannot open %.200s", p->path);
	if (fstat(fd, &st))
		rc = err_sys(p->err, "cannot look at %.200s", p->path);
	if (!rc)
		rc = put_itself(p, fd, &st);
	if (!rc && S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
		rc = put_children(p, fd, depth);
	if (itself < 0)
		close(fd);
	return rc;
}

int bundle_take(int fd, const char *meta, int dirfd, const char *name, int itself, const char *path,
		uint64_t max, struct err *err)
{
	static struct pack p; /* its path is large, and we are one thread */
	int rc = 0;

	p.err = err;
	p.left = max;
	snprintf(p.path, sizeof(p.path), PREFIX "%s", path);
	p.a = archive_write_new();
	if (!p.a)
		return err_set(err, "out of memory");
	if (archive_write_add_filter_zstd(p.a) || archive_write_set_format_pax(p.a) ||
	    archive_write_open_fd(p.a, fd))
		rc = failed(&p);
	if (!rc)
		rc = put_meta(&p, meta);
	if (!rc)
		rc = put_all(&p, dirfd, name, itself, 0);
	if (!rc && archive_write_close(p.a))
		rc = failed(&p);
	archive_write_free(p.a);
	return rc;
}

char *bundle_meta(const char *file, struct err *err)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	char *text = NULL;
	la_int64_t n;

	archive_read_support_filter_zstd(a);
	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, file, 65536) || archive_read_next_header(a, &e)) {
		err_set(err, "%s: %s", file, archive_error_string(a));
	} else if (strcmp(archive_entry_pathname(e), "meta.json") ||
		   archive_entry_size(e) > META_MAX) {
		err_set(err, "%s: it does not begin with meta.json: this is no evidence", file);
	} else {
		n = archive_entry_size(e);
		text = calloc(1, n + 1);
		if (!text || archive_read_data(a, text, n) != n) {
			err_set(err, "%s: meta.json is cut short", file);
			free(text);
			text = NULL;
		}
	}
	archive_read_free(a);
	return text;
}
