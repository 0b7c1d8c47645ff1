// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "console/assets.h"
#include "fsx.h"
#include "hash.h"

#define DEPTH_MAX 8

struct assets {
	struct asset v[ASSETS_MAX];
	size_t n, bytes;
};

static const struct {
	const char *suffix, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".mjs", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".ico", "image/x-icon"},
	{".json", "application/json"},
	{".woff2", "font/woff2"},
	{".txt", "text/plain; charset=utf-8"},
	{".yaml", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		size_t m = strlen(types[i].suffix);

		if (n > m && !strcmp(name + n - m, types[i].suffix))
			return types[i].type;
	}
	return NULL;
}

static void compress_asset(struct asset *a)
{
	z_stream z = {0};
	uLong room;

	/* 16: a gzip header instead of zlib's */
	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	room = deflateBound(&z, a->plain_n);
	a->gzip = malloc(room);
	z.next_in = a->plain;
	z.avail_in = a->plain_n;
	z.next_out = a->gzip;
	z.avail_out = room;
	if (a->gzip && deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < a->plain_n) {
		void *less = realloc(a->gzip, z.total_out);

		a->gzip_n = z.total_out;
		a->gzip = less ? less : a->gzip;
	}
	deflateEnd(&z);
}

static int tag(struct asset *a, struct err *err)
{
	struct hasher *h = hasher_new();
	struct hash hash;
	char hex[HASH_HEX];

	if (!h)
		return err_set(err, "out of memory");
	hasher_add(h, a->plain, a->plain_n);
	hash = hasher_end(h);
	snprintf(a->etag, sizeof(a->etag), "\"%.32s\"", hash_hex(&hash, hex));
	return 0;
}

static int add_file(struct assets *all, int fd, const char *path, const char *type, size_t size,
		    struct err *err)
{
	struct asset *a = &all->v[all->n];

	if (all->n == ASSETS_MAX || all->bytes + size > ASSETS_BYTES_MAX)
		return err_set(err, "%s: more than %d files or %u MiB of pages", path, ASSETS_MAX,
			       ASSETS_BYTES_MAX >> 20);
	*a = (struct asset){.type = type, .plain_n = size, .plain = malloc(size + 1)};
	if (!a->plain || fsx_read_full(fd, a->plain, size) != (ssize_t)size) {
		free(a->plain);
		return err_sys(err, "%s", path);
	}
	snprintf(a->path, sizeof(a->path), "%s", path);
	all->n++;
	all->bytes += size;
	compress_asset(a);
	return tag(a, err);
}

static int walk(struct assets *all, int dirfd, const char *below, int depth, struct err *err);

static int add_entry(struct assets *all, int dirfd, const char *below, const char *name, int depth,
		     struct err *err)
{
	char path[256];
	struct stat st;
	int fd, result = 0;

	if (*name == '.' || snprintf(path, sizeof(path), "%s/%s", below, name) >= (int)sizeof(path))
		return 0;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ELOOP ? 0 : err_sys(err, "%s", path);
	if (fstat(fd, &st))
		result = err_sys(err, "%s", path);
	else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
		return walk(all, fd, path, depth + 1, err);
	else if (S_ISREG(st.st_mode) && type_of(name))
		result = add_file(all, fd, path, type_of(name), st.st_size, err);
	close(fd);
	return result;
}

/* Takes dirfd. */
static int walk(struct assets *all, int dirfd, const char *below, int depth, struct err *err)
{
	DIR *dir = fdopendir(dirfd);
	struct dirent *d;
	int result = 0;

	if (!dir) {
		close(dirfd);
		return err_sys(err, "%s", below);
	}
	while (!result && (d = readdir(dir)))
		result = add_entry(all, dirfd, below, d->d_name, depth, err);
	closedir(dir);
	return result;
}

struct assets *assets_load(const char *www, struct err *err)
{
	struct assets *a = calloc(1, sizeof(*a));
	int fd = open(www, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!a) {
		if (fd >= 0)
			close(fd);
		err_set(err, "out of memory");
		return NULL;
	}
	if (fd < 0) {
		log_warn("%s: %s; the console answers, but has no pages (console-www in"
			 " publisher.conf)",
			 www, strerror(errno));
	} else if (walk(a, fd, "", 0, err)) {
		assets_free(a);
		return NULL;
	}
	return a;
}

void assets_free(struct assets *a)
{
	for (size_t i = 0; a && i < a->n; i++) {
		free(a->v[i].plain);
		free(a->v[i].gzip);
	}
	free(a);
}

const struct asset *assets_find(const struct assets *a, const char *path, size_t n)
{
	if (n == 1 && *path == '/') {
		path = "/index.html";
		n = strlen(path);
	}
	for (size_t i = 0; i < a->n; i++)
		if (strlen(a->v[i].path) == n && !memcmp(a->v[i].path, path, n))
			return &a->v[i];
	return NULL;
}
