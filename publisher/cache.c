// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "fsx.h"
#include "sql.h"

/* A kernel tick, generously; and file systems that keep whole (FAT: even) seconds only. */
#define RACY_FINE 50000000ll
#define RACY_COARSE 3000000000ll

struct cached {
	uint64_t dev, ino, size;
	int64_t mtime, ctime;
	struct hash hash;
	uint32_t type; /* S_IFREG or S_IFDIR */
	unsigned round;
	bool unsaved;
};

int64_t stat_mtime(const struct stat *st)
{
	return st->st_mtim.tv_sec * 1000000000ll + st->st_mtim.tv_nsec;
}

int64_t stat_ctime(const struct stat *st)
{
	return st->st_ctim.tv_sec * 1000000000ll + st->st_ctim.tv_nsec;
}

/* Two inodes that share a key only cost each other their place. */
static uint64_t key_of(uint64_t dev, uint64_t ino)
{
	return ino ^ dev << 40 ^ dev >> 24;
}

struct store *cache_open(const char *path, struct err *err)
{
	return store_open(path, cache_migrations, cache_statements, CACHE_SQL_MAX, err);
}

static int load_row(void *arg, struct store_row *r)
{
	struct cache *c = arg;
	struct cached *f = calloc(1, sizeof(*f));
	const void *hash;
	int n;

	if (!f)
		return -1;
	f->dev = store_int(r, 0);
	f->ino = store_int(r, 1);
	f->type = store_int(r, 2);
	f->size = store_int(r, 3);
	f->mtime = store_int(r, 4);
	f->ctime = store_int(r, 5);
	hash = store_blob(r, 6, &n);
	if (n != HASH_LEN || map_get(&c->files, key_of(f->dev, f->ino)) ||
	    map_put(&c->files, key_of(f->dev, f->ino), f)) {
		free(f);
		return 0;
	}
	memcpy(f->hash.b, hash, HASH_LEN);
	return 0;
}

void cache_load(struct cache *c, struct store *store, const char *site)
{
	struct err err;

	*c = (struct cache){.store = store};
	snprintf(c->site, sizeof(c->site), "%s", site);
	if (store && store_run(store, CACHE_LOAD, load_row, c, &err, "t", site) < 0)
		log_warn("%s: known hashes cannot be read, every file is read again: %s", site,
			 err.text);
}

void cache_free(struct cache *c)
{
	struct cached *f;

	for (size_t i = 0; (f = map_next(&c->files, &i));)
		free(f);
	map_free(&c->files);
}

void cache_begin(struct cache *c)
{
	c->round++;
}

static struct cached *find(struct cache *c, const struct stat *st)
{
	struct cached *f = map_get(&c->files, key_of(st->st_dev, st->st_ino));

	if (!f || f->dev != st->st_dev || f->ino != st->st_ino || f->type != (st->st_mode & S_IFMT))
		return NULL;
	return f;
}

bool cache_find(struct cache *c, const struct stat *st, struct hash *h)
{
	struct cached *f = find(c, st);

	if (!f || f->size != (uint64_t)st->st_size || f->mtime != stat_mtime(st) ||
	    f->ctime != stat_ctime(st))
		return false;
	f->round = c->round;
	*h = f->hash;
	return true;
}

/* The entry for this inode, made or taken over; NULL when memory is short: just no shortcut. */
static struct cached *claim(struct cache *c, const struct stat *st)
{
	uint64_t key = key_of(st->st_dev, st->st_ino);
	struct cached *f = map_get(&c->files, key);

	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f || map_put(&c->files, key, f)) {
			free(f);
			return NULL;
		}
	}
	return f;
}

static void fill(struct cache *c, struct cached *f, const struct stat *st, const struct hash *h)
{
	*f = (struct cached){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = st->st_size,
		.mtime = stat_mtime(st),
		.ctime = stat_ctime(st),
		.hash = *h,
		.type = st->st_mode & S_IFMT,
		.round = c->round,
		.unsaved = true,
	};
}

static bool racy(const struct stat *st)
{
	int64_t ctime = stat_ctime(st);

	return fsx_now_ns() - ctime < (ctime % 1000000000ll ? RACY_FINE : RACY_COARSE);
}

void cache_keep(struct cache *c, const struct stat *st, const struct hash *h)
{
	struct cached *f;

	if (!racy(st) && (f = claim(c, st)))
		fill(c, f, st, h);
}

int64_t cache_dir_mtime(struct cache *c, const struct stat *st, const struct hash *h)
{
	struct cached *f = find(c, st);

	if (f && hash_eq(&f->hash, h)) {
		f->round = c->round;
		return f->mtime;
	}
	f = claim(c, st);
	if (f)
		fill(c, f, st, h);
	return stat_mtime(st);
}

static int save(struct cache *c, struct cached *f, struct err *err)
{
	if (f->round != c->round)
		return store_run(c->store, CACHE_DEL, NULL, NULL, err, "tii", c->site,
				 (int64_t)f->dev, (int64_t)f->ino);
	if (!f->unsaved)
		return 0;
	return store_run(c->store, CACHE_PUT, NULL, NULL, err, "tiiiiiib", c->site, (int64_t)f->dev,
			 (int64_t)f->ino, (int64_t)f->type, (int64_t)f->size, f->mtime, f->ctime,
			 f->hash.b, HASH_LEN);
}

static bool save_all(struct cache *c)
{
	struct cached *f;
	struct err err;

	if (!c->store)
		return true;
	if (store_begin(c->store, &err))
		goto fail;
	for (size_t i = 0; (f = map_next(&c->files, &i));)
		if (save(c, f, &err) < 0)
			goto fail_open;
	if (store_commit(c->store, &err))
		goto fail_open;
	return true;
fail_open:
	store_rollback(c->store);
fail:
	/* Entries stay unsaved: the next build tries again. */
	log_warn("%s: known hashes cannot be written down, a restart will read every file: %s",
		 c->site, err.text);
	return false;
}

static bool any_change(const struct cache *c)
{
	struct cached *f;

	for (size_t i = 0; (f = map_next(&c->files, &i));)
		if (f->unsaved || f->round != c->round)
			return true;
	return false;
}

/* Rebuilt rather than deleted from while iterating: a build that drops files is rare. */
static void drop_unmet(struct cache *c, bool saved)
{
	struct map kept = {0};
	struct cached *f;

	for (size_t i = 0; (f = map_next(&c->files, &i));) {
		f->unsaved = f->unsaved && !saved;
		if (f->round != c->round || map_put(&kept, key_of(f->dev, f->ino), f))
			free(f);
	}
	map_free(&c->files);
	c->files = kept;
}

void cache_end(struct cache *c)
{
	if (!any_change(c))
		return;
	drop_unmet(c, save_all(c));
}
