// SPDX-License-Identifier: Apache-2.0
/* Mark from the roots down, then sweep; both in steps. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "gc.h"
#include "index.h"
#include "log.h"

#define SWEEP_STEP 64

struct marked {
	struct hash hash;    /* first: the index compares it */
	struct marked *next; /* all of them; trees also stand in the way to go */
	struct marked *todo;
	uint64_t size;
};

struct gc {
	struct sched *sched;
	struct depot *vault;
	struct expect *expect;
	struct task task;
	void *index;
	struct marked *all, *todo;
	struct hash *sweep; /* what is in the vault and not marked */
	size_t n_sweep, cap_sweep, at;
	bool listed;
};

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_LEN);
}

static bool on_step(void *arg);

struct gc *gc_new(struct sched *sched, struct depot *vault, struct expect *expect)
{
	struct gc *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->sched = sched;
	g->vault = vault;
	g->expect = expect;
	g->task = (struct task){.step = on_step, .arg = g, .class = SCHED_BACKGROUND};
	return g;
}

void gc_stop(struct gc *g)
{
	struct marked *m;

	sched_remove(g->sched, &g->task);
	while ((m = g->all)) {
		g->all = m->next;
		index_remove(&g->index, m, by_hash);
		free(m);
	}
	g->todo = NULL;
	free(g->sweep);
	g->sweep = NULL;
	g->n_sweep = g->cap_sweep = g->at = 0;
	g->listed = false;
}

void gc_free(struct gc *g)
{
	if (!g)
		return;
	gc_stop(g);
	free(g);
}

static int mark(struct gc *g, const struct hash *h, bool tree, uint64_t size)
{
	struct marked *m;

	if (index_find(&g->index, h, by_hash))
		return 0;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -1;
	m->hash = *h;
	m->size = size;
	if (index_add(&g->index, m, by_hash)) {
		free(m);
		return -1;
	}
	m->next = g->all;
	g->all = m;
	if (tree) {
		m->todo = g->todo;
		g->todo = m;
	}
	return 0;
}

void gc_start(struct gc *g, const struct release *const *live, int n)
{
	gc_stop(g);
	for (int i = 0; i < n; i++) {
		if (mark(g, &live[i]->root, true, live[i]->root_size)) {
			gc_stop(g);
			return;
		}
	}
	sched_add(g->sched, &g->task);
}

static int mark_tree(struct gc *g)
{
	struct marked *m = g->todo;
	enum depot_result why;
	const struct branch *b = expect_get(g->expect, &m->hash, m->size, &why);
	int rc = 0;

	g->todo = m->todo;
	if (!b)
		return -1;
	for (size_t i = 0; i < b->tree->n && !rc; i++) {
		const struct entry *e = &b->tree->v[i];

		if (e->type != ENTRY_LINK)
			rc = mark(g, &e->hash, e->type == ENTRY_DIR, e->size);
	}
	expect_put(b);
	return rc;
}

static int consider(const struct hash *h, void *arg)
{
	struct gc *g = arg;
	struct hash *more;

	if (index_find(&g->index, h, by_hash))
		return 0;
	if (g->n_sweep == g->cap_sweep) {
		g->cap_sweep = g->cap_sweep ? 2 * g->cap_sweep : 256;
		more = reallocarray(g->sweep, g->cap_sweep, sizeof(*more));
		if (!more)
			return -1;
		g->sweep = more;
	}
	g->sweep[g->n_sweep++] = *h;
	return 0;
}

static bool on_step(void *arg)
{
	struct gc *g = arg;

	if (g->todo) {
		if (!mark_tree(g))
			return true;
		gc_stop(g); /* it is being fetched: the next apply tries again */
		return false;
	}
	if (!g->listed) {
		g->listed = true;
		return !depot_each(g->vault, consider, g);
	}
	for (int i = 0; i < SWEEP_STEP && g->at < g->n_sweep; i++)
		depot_drop(g->vault, &g->sweep[g->at++]);
	if (g->at < g->n_sweep)
		return true;
	if (g->n_sweep)
		log_info("vault: dropped %zu objects that no release needs", g->n_sweep);
	gc_stop(g);
	return false;
}
