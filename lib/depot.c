// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "depot_parts.h"
#include "fsx.h"

static struct depot_name final_name(const struct hash *h)
{
	char hex[HASH_HEX];
	struct depot_name n;

	hash_hex(h, hex);
	snprintf(n.text, sizeof(n.text), "%.2s/%s", hex, hex + 2);
	return n;
}

struct depot_name depot_tmp_name(const struct hash *h, const char *suffix)
{
	char hex[HASH_HEX];
	struct depot_name n;

	snprintf(n.text, sizeof(n.text), "%s%s", hash_hex(h, hex), suffix);
	return n;
}

/* Everything in tmp/ but parts: what a crash left, never relied on by anybody. */
static void sweep(int tmp)
{
	DIR *d = fdopendir(dup(tmp));
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);

		if (e->d_name[0] != '.' && (n < 5 || strcmp(e->d_name + n - 5, ".part") != 0))
			unlinkat(tmp, e->d_name, 0);
	}
	if (d)
		closedir(d);
}

struct depot *depot_open(const char *path, bool readonly, struct err *err)
{
	struct depot *d;
	int dir;

	if (!readonly && fsx_mkdirs(path, 0755, err) < 0)
		return NULL;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		err_sys(err, "%s", path);
		return NULL;
	}
	d = depot_open_at(dir, err);
	if (!d || readonly)
		return d;
	d->readonly = false;
	umask(d->umask = umask(0));
	fchmod(dir, 0755);
	if ((mkdirat(dir, "tmp", 0700) < 0 && errno != EEXIST) ||
	    (d->tmp = openat(dir, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0) {
		err_sys(err, "%s/tmp", path);
		depot_close(d);
		return NULL;
	}
	sweep(d->tmp);
	return d;
}

struct depot *depot_open_at(int dirfd, struct err *err)
{
	struct depot *d = malloc(sizeof(*d));

	if (!d) {
		err_set(err, "no memory");
		close(dirfd);
		return NULL;
	}
	*d = (struct depot){.dir = dirfd, .tmp = -1, .readonly = true};
	return d;
}

void depot_close(struct depot *d)
{
	if (!d)
		return;
	if (d->n_pending)
		depot_sync(d, NULL);
	if (d->tmp >= 0)
		close(d->tmp);
	close(d->dir);
	free(d->pending);
	free(d);
}

int depot_open_any(const struct depot *d, const struct hash *h)
{
	int fd = openat(d->dir, final_name(h).text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && d->tmp >= 0)
		fd = openat(d->tmp, depot_tmp_name(h, "").text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

bool depot_has(const struct depot *d, const struct hash *h)
{
	struct stat st;

	if (fstatat(d->dir, final_name(h).text, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISREG(st.st_mode) && st.st_size >= DEPOT_HEADER;
	return d->tmp >= 0 &&
	       fstatat(d->tmp, depot_tmp_name(h, "").text, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_size >= DEPOT_HEADER;
}

int depot_sync(struct depot *d, struct err *err)
{
	if (!d->n_pending)
		return 0;
	if (syncfs(d->tmp) < 0)
		return err_sys(err, "cannot sync the object store");
	for (size_t i = 0; i < d->n_pending; i++) {
		struct depot_name from = depot_tmp_name(&d->pending[i], ""),
				  to = final_name(&d->pending[i]);
		char fan[3] = {to.text[0], to.text[1], 0};

		if (renameat(d->tmp, from.text, d->dir, to.text) == 0)
			continue;
		if (errno == ENOENT && mkdirat(d->dir, fan, 0755) == 0 &&
		    fchmodat(d->dir, fan, 0755, 0) == 0 &&
		    renameat(d->tmp, from.text, d->dir, to.text) == 0)
			continue;
		/* Dropped meanwhile: not there to be kept. */
		if (errno == ENOENT && faccessat(d->tmp, from.text, F_OK, 0) < 0)
			continue;
		return err_sys(err, "cannot keep object %s", from.text);
	}
	d->n_pending = 0;
	if (syncfs(d->dir) < 0)
		return err_sys(err, "cannot sync the object store");
	return 0;
}

int depot_remember(struct depot *d, const struct hash *h, struct err *err)
{
	if (d->n_pending == d->cap_pending) {
		size_t cap = d->cap_pending ? 2 * d->cap_pending : 256;
		struct hash *more = reallocarray(d->pending, cap, sizeof(*more));

		if (!more)
			return err_set(err, "no memory");
		d->pending = more;
		d->cap_pending = cap;
	}
	d->pending[d->n_pending++] = *h;
	return 0;
}

int depot_tmp_create(struct depot *d, const struct hash *h, struct err *err)
{
	struct depot_name n = depot_tmp_name(h, "");
	int fd;

	if (d->readonly)
		return err_set(err, "the object store was opened for reading only");
	fd = openat(d->tmp, n.text, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	/* Readable for the role that serves it, whatever the umask. */
	if (fd < 0 || (d->umask & 0044 && fchmod(fd, 0644) < 0))
		err_sys(err, "cannot write object %.16s...", n.text);
	return fd;
}

int depot_tmp_finish(struct depot *d, const struct hash *h, int fd, int r, struct err *err)
{
	close(fd);
	if (r == 0)
		r = depot_remember(d, h, err);
	if (r < 0)
		unlinkat(d->tmp, depot_tmp_name(h, "").text, 0);
	return r;
}

int depot_drop(struct depot *d, const struct hash *h)
{
	int gone = unlinkat(d->dir, final_name(h).text, 0);

	if (d->tmp >= 0 && unlinkat(d->tmp, depot_tmp_name(h, "").text, 0) == 0)
		gone = 0;
	return gone;
}

/* ---- listing ---- */

static int each_in(int dir, const char *prefix, int (*each)(const struct hash *h, void *arg),
		   void *arg)
{
	DIR *d = fdopendir(dir);
	struct dirent *e;
	struct hash h;
	char hex[HASH_HEX + 256];
	int r = 0;

	if (!d) {
		close(dir);
		return 0;
	}
	while (r == 0 && (e = readdir(d)) != NULL) {
		snprintf(hex, sizeof(hex), "%s%s", prefix, e->d_name);
		if (hash_parse(hex, &h) == 0)
			r = each(&h, arg);
	}
	closedir(d);
	return r;
}

int depot_each(const struct depot *d, int (*each)(const struct hash *h, void *arg), void *arg)
{
	char fan[3];
	int fd, r = 0;

	for (int i = 0; i < 256 && r == 0; i++) {
		snprintf(fan, sizeof(fan), "%02x", i);
		fd = openat(d->dir, fan, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			r = each_in(fd, fan, each, arg);
	}
	if (r == 0 && d->tmp >= 0) {
		fd = openat(d->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			r = each_in(fd, "", each, arg);
	}
	return r;
}
