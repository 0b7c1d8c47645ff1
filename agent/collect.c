// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include "collect.h"
#include "proto.h"

/* A tree to be gone through, or an object on its way. */
struct item {
	TAILQ_ENTRY(item) link;
	struct collect *all;
	struct fetch_claim *claim;
	bool tree;
	struct hash hash, old; /* old zero: nothing to compare a tree with */
	uint64_t size, old_size;
	int depth; /* of a tree: directories between it and the site's root */
};

TAILQ_HEAD(items, item);

struct collect {
	struct sched *sched;
	struct depot *vault;
	struct expect *expect;
	struct fetch *fetch;
	struct task task;
	struct items trees, coming;
	struct collect_counts counts;
	char failed[PROTO_TEXT_MAX]; /* why it cannot be done; "" while it can */
	collect_done *done;
	void *arg;
};

static bool on_step(void *arg);

static void fail(struct collect *c, const char *why)
{
	if (!c->failed[0])
		snprintf(c->failed, sizeof(c->failed), "%s", why);
}

static struct item *add(struct collect *c, struct items *to, bool tree, const struct hash *h,
			uint64_t size)
{
	struct item *i = calloc(1, sizeof(*i));

	if (!i) {
		fail(c, "out of memory");
		return NULL;
	}
	i->all = c;
	i->tree = tree;
	i->hash = *h;
	i->size = size;
	TAILQ_INSERT_TAIL(to, i, link);
	return i;
}

static void add_tree(struct collect *c, int depth, const struct hash *h, uint64_t size,
		     const struct hash *old, uint64_t old_size)
{
	struct item *i = add(c, &c->trees, true, h, size);

	if (i)
		i->depth = depth;
	if (i && old) {
		i->old = *old;
		i->old_size = old_size;
	}
}

struct collect *collect_new(struct sched *sched, struct depot *vault, struct expect *expect,
			    struct fetch *fetch, const struct release *want,
			    const struct release *old, collect_done *done, void *arg)
{
	struct collect *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->sched = sched;
	c->vault = vault;
	c->expect = expect;
	c->fetch = fetch;
	c->done = done;
	c->arg = arg;
	c->task = (struct task){.step = on_step, .arg = c, .class = SCHED_APPLY};
	TAILQ_INIT(&c->trees);
	TAILQ_INIT(&c->coming);
	add_tree(c, 0, &want->root, want->root_size, old ? &old->root : NULL,
		 old ? old->root_size : 0);
	sched_add(sched, &c->task);
	return c;
}

static void drop(struct items *from, struct item *i)
{
	TAILQ_REMOVE(from, i, link);
	fetch_cancel(i->claim);
	free(i);
}

void collect_free(struct collect *c)
{
	if (!c)
		return;
	sched_remove(c->sched, &c->task);
	while (!TAILQ_EMPTY(&c->trees))
		drop(&c->trees, TAILQ_FIRST(&c->trees));
	while (!TAILQ_EMPTY(&c->coming))
		drop(&c->coming, TAILQ_FIRST(&c->coming));
	free(c);
}

const struct collect_counts *collect_counts(const struct collect *c)
{
	return &c->counts;
}

static void on_object(void *arg, const struct hash *h, const char *why)
{
	struct item *i = arg;
	struct collect *c = i->all;
	char hex[HASH_HEX];

	i->claim = NULL;
	TAILQ_REMOVE(&c->coming, i, link);
	if (why) {
		log_err("object %.12s...: %s", hash_hex(h, hex), why);
		fail(c, "the publisher does not send all objects of the release");
	} else {
		c->counts.objects++;
	}
	if (!why && i->tree)
		TAILQ_INSERT_TAIL(&c->trees, i, link);
	else
		free(i);
	sched_add(c->sched, &c->task);
}

static void want(struct collect *c, bool tree, const struct hash *h, uint64_t size,
		 const struct item *like)
{
	struct item *i = add(c, &c->coming, tree, h, size);

	if (!i)
		return;
	if (like) {
		i->old = like->old;
		i->old_size = like->old_size;
		i->depth = like->depth;
	}
	c->counts.wanted++;
	i->claim = fetch_want(c->fetch, h, size, on_object, i);
	if (!i->claim)
		fail(c, "out of memory");
}

/* The publisher makes no such release: who did has its keys, or it has a fault. */
static void check_place(struct collect *c, int depth, const struct entry *e)
{
	char why[PROTO_TEXT_MAX];

	if (e->type == ENTRY_LINK &&
	    (tree_link_climbs(e->target) < 0 || tree_link_climbs(e->target) > depth)) {
		snprintf(why, sizeof(why), "the link %.100s -> %.120s leads out of the site",
			 e->name, e->target);
		fail(c, why);
	} else if (e->type == ENTRY_DIR && depth + 1 >= TREE_DEPTH_MAX) {
		fail(c, "its directories are nested too deeply");
	}
}

static void look_at(struct collect *c, int depth, const struct entry *e, const struct entry *o)
{
	check_place(c, depth, e);
	if (e->type == ENTRY_LINK || (o && o->type == e->type && hash_eq(&o->hash, &e->hash)))
		return;
	if (e->type == ENTRY_FILE) {
		if (!depot_has(c->vault, &e->hash))
			want(c, false, &e->hash, e->size, NULL);
		return;
	}
	if (o && o->type == ENTRY_DIR)
		add_tree(c, depth + 1, &e->hash, e->size, &o->hash, o->size);
	else
		add_tree(c, depth + 1, &e->hash, e->size, NULL, 0);
}

/* What has the right hash but is no directory would be no better when fetched again. */
static bool is_nonsense(struct collect *c, const struct item *i)
{
	struct err err = {""};
	struct tree *t = NULL;
	struct buf b;
	bool read;

	buf_init(&b, TREE_BYTES_MAX);
	read = depot_read(c->vault, &i->hash, i->size, &b, NULL) == DEPOT_OK;
	if (read)
		t = tree_decode(b.data, b.len, &err);
	if (read && !t)
		fail(c, err.text);
	buf_free(&b);
	read = read && !t;
	tree_free(t);
	return read;
}

static void look_through(struct collect *c, struct item *i)
{
	enum depot_result why = DEPOT_OK, ignored;
	const struct branch *b = expect_get(c->expect, &i->hash, i->size, &why), *old = NULL;

	if (!b && why == DEPOT_IO) {
		fail(c, "the vault cannot be read");
		return;
	}
	if (!b && why == DEPOT_DAMAGED && is_nonsense(c, i))
		return;
	if (!b) {
		if (why == DEPOT_DAMAGED)
			depot_drop(c->vault, &i->hash);
		want(c, true, &i->hash, i->size, i);
		return;
	}
	if (!hash_is_zero(&i->old))
		old = expect_get(c->expect, &i->old, i->old_size, &ignored);
	for (size_t n = 0; n < b->tree->n; n++) {
		const struct entry *e = &b->tree->v[n];

		look_at(c, i->depth, e, old ? tree_find(old->tree, e->name) : NULL);
	}
	expect_put(old);
	expect_put(b);
}

static bool on_step(void *arg)
{
	struct collect *c = arg;
	struct item *i = TAILQ_FIRST(&c->trees);

	if (c->failed[0]) {
		c->done(c->arg, c->failed);
		return false;
	}
	if (i) {
		look_through(c, i);
		drop(&c->trees, i);
		return true;
	}
	if (TAILQ_EMPTY(&c->coming))
		c->done(c->arg, NULL);
	return false;
}
