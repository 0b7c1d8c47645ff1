// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "fsx.h"
#include "gc.h"
#include "journal.h"
#include "sites.h"
#include "tree.h"
#include "worker.h"

#define PAUSE_S 3600 /* between two runs */

struct mark {
	struct depot *depot;
	struct map seen;
	uint8_t salt[16];
	const atomic_bool *stop;
	struct err *err;
	long dropped;
};

/*
 * A map key from a hash. Salted, because two objects with the same key would be taken for
 * one, and whoever supplies the content must not be able to look for such a pair.
 */
static uint64_t key_of(const struct mark *m, const struct hash *h)
{
	uint8_t both[sizeof(m->salt) + HASH_LEN];
	struct hash salted;
	uint64_t key;

	memcpy(both, m->salt, sizeof(m->salt));
	memcpy(both + sizeof(m->salt), h->b, HASH_LEN);
	salted = hash_of(both, sizeof(both));
	memcpy(&key, salted.b, sizeof(key));
	return key;
}

/* 1: new, 0: seen before, -1: no memory. */
static int mark(struct mark *m, const struct hash *h)
{
	uint64_t key = key_of(m, h);

	if (map_get(&m->seen, key))
		return 0;
	return map_put(&m->seen, key, m) ? err_set(m->err, "out of memory") : 1;
}

static int mark_tree(struct mark *m, const struct hash *h, uint64_t size, unsigned depth)
{
	int fresh = mark(m, h);
	struct tree *t = NULL;
	struct buf bytes;

	if (fresh <= 0)
		return fresh;
	if (depth > TREE_DEPTH_MAX || size > TREE_BYTES_MAX || atomic_load(m->stop))
		return err_set(m->err, "stopped");
	buf_init(&bytes, size);
	if (depot_read(m->depot, h, size, &bytes, m->err) == DEPOT_OK)
		t = tree_decode(bytes.data, bytes.len, m->err);
	buf_free(&bytes);
	fresh = t ? 0 : -1;
	for (size_t i = 0; !fresh && i < t->n; i++) {
		const struct entry *e = &t->v[i];

		if (e->type == ENTRY_DIR)
			fresh = mark_tree(m, &e->hash, e->size, depth + 1);
		else if (e->type == ENTRY_FILE)
			fresh = mark(m, &e->hash) < 0 ? -1 : 0;
	}
	tree_free(t);
	return fresh;
}

static int sweep_one(const struct hash *h, void *arg)
{
	struct mark *m = arg;

	if (!map_get(&m->seen, key_of(m, h)) && !depot_drop(m->depot, h))
		m->dropped++;
	return atomic_load(m->stop);
}

long gc_run(struct depot *d, const struct gc_root *roots, size_t n, const atomic_bool *stop,
	    struct err *err)
{
	struct mark m = {.depot = d, .stop = stop, .err = err};
	int result = fsx_random(m.salt, sizeof(m.salt));

	for (size_t i = 0; !result && i < n; i++)
		result = mark_tree(&m, &roots[i].hash, roots[i].size, 0);
	if (!result)
		depot_each(d, sweep_one, &m);
	map_free(&m.seen);
	return result ? -1 : m.dropped;
}

struct gc_job {
	struct job job;
	struct engine *engine;
	struct gc_root *roots;
	size_t n;
	long dropped;
	struct err err;
};

static void run(struct job *job)
{
	struct gc_job *j = (struct gc_job *)job;

	j->dropped = gc_run(j->engine->depot, j->roots, j->n, job->stop, &j->err);
}

static void done(struct job *job)
{
	struct gc_job *j = (struct gc_job *)job;

	j->engine->collecting = false;
	j->engine->gc_after = fsx_mono_ns() + PAUSE_S * 1000000000ll;
	if (j->dropped < 0)
		log_warn("objects of old releases stay for now: %s", j->err.text);
	else if (j->dropped)
		journal(j->engine, LOG_L_INFO, "clean", "", "",
			"%ld objects that no kept release needs were dropped", j->dropped);
	free(j->roots);
	free(j);
}

static int root_row(void *arg, struct store_row *row)
{
	struct gc_job *j = arg;
	struct gc_root *more;
	struct signed_release packed;
	struct release r;
	const void *data;
	struct rd rd;
	int n;

	data = store_blob(row, 0, &n);
	rd = rd_over(data, n);
	signed_release_get(&rd, &packed);
	if (!rd_end(&rd) || release_decode(packed.bytes, packed.len, &r, &j->err))
		return -1;
	more = realloc(j->roots, (j->n + 1) * sizeof(*more));
	if (!more)
		return -1;
	j->roots = more;
	more[j->n++] = (struct gc_root){r.root, r.root_size};
	return 0;
}

/* A root that is being signed is in no table yet, and must not lose its objects. */
static bool all_at_rest(struct engine *e)
{
	struct site *s;

	TAILQ_FOREACH (s, &e->sites, entry)
		if (s->state == SITE_BUILDING || s->state == SITE_SIGNING)
			return false;
	return true;
}

void gc_wanted(struct engine *e)
{
	e->gc_due = true;
}

void gc_tick(struct engine *e)
{
	struct gc_job *j;
	int n;

	if (!e->gc_due || e->collecting || fsx_mono_ns() < e->gc_after || !all_at_rest(e))
		return;
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	j->engine = e;
	j->job.run = run;
	j->job.done = done;
	n = db_read(e->db, &j->err, SQL_RELEASE_ROOTS, root_row, j, "");
	if (n < 0 || (size_t)n != j->n) { /* not all roots: nothing may be dropped */
		log_warn("objects of old releases stay for now: %s", j->err.text);
		free(j->roots);
		free(j);
		return;
	}
	e->gc_due = false;
	e->collecting = true;
	worker_add(e->worker, &j->job);
}
