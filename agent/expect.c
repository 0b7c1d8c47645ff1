// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include "expect.h"
#include "index.h"

/* Names in memory: a site of 7,000 files fits forty times over, one of millions works too. */
#define NAMES_MAX (256u << 10)

struct leafage {
	struct branch pub; /* first: callers hold a pointer to it */
	struct tree *own;
	unsigned int refs; /* the cache's own is one */
	TAILQ_ENTRY(leafage) age;
};

struct expect {
	struct depot *vault;
	void *by_hash;		    /* index.h */
	TAILQ_HEAD(, leafage) ages; /* the longest unused first */
	size_t names;
	struct leafage *nothing;
};

static int by_hash(const void *a, const void *b)
{
	return memcmp(((const struct branch *)a)->hash.b, ((const struct branch *)b)->hash.b,
		      HASH_LEN);
}

static struct leafage *leafage_new(struct tree *t, const struct hash *h)
{
	struct leafage *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->own = t;
	l->pub.tree = t;
	l->pub.hash = *h;
	l->refs = 1;
	return l;
}

struct expect *expect_new(struct depot *vault)
{
	struct expect *x = calloc(1, sizeof(*x));
	struct tree *t = tree_new();
	struct hash zero = {{0}};

	if (x && t)
		x->nothing = leafage_new(t, &zero);
	if (!x || !t || !x->nothing) {
		tree_free(t);
		free(x);
		return NULL;
	}
	x->vault = vault;
	TAILQ_INIT(&x->ages);
	return x;
}

static void forget(struct expect *x, struct leafage *l)
{
	index_remove(&x->by_hash, l, by_hash);
	TAILQ_REMOVE(&x->ages, l, age);
	x->names -= l->own->n;
	expect_put(&l->pub);
}

void expect_free(struct expect *x)
{
	if (!x)
		return;
	while (!TAILQ_EMPTY(&x->ages))
		forget(x, TAILQ_FIRST(&x->ages));
	expect_put(&x->nothing->pub);
	free(x);
}

const struct branch *expect_hold(const struct branch *b)
{
	((struct leafage *)b)->refs++;
	return b;
}

void expect_put(const struct branch *b)
{
	struct leafage *l = (struct leafage *)b;

	if (!l || --l->refs)
		return;
	tree_free(l->own);
	free(l);
}

const struct branch *expect_nothing(struct expect *x)
{
	return expect_hold(&x->nothing->pub);
}

static enum depot_result read_tree(struct expect *x, const struct hash *h, uint64_t size,
				   struct tree **out)
{
	enum depot_result rc;
	struct err err;
	struct buf b;

	if (size > TREE_BYTES_MAX)
		return DEPOT_DAMAGED;
	buf_init(&b, size ? size : 1);
	rc = depot_read(x->vault, h, size, &b, &err);
	if (rc == DEPOT_OK) {
		*out = tree_decode(b.data, b.len, &err);
		if (!*out)
			rc = DEPOT_DAMAGED;
	}
	if (rc == DEPOT_IO)
		log_err("vault: %s", err.text);
	buf_free(&b);
	return rc;
}

static struct leafage *remember(struct expect *x, const struct hash *h, struct tree *t)
{
	struct leafage *l = leafage_new(t, h);

	if (!l || index_add(&x->by_hash, l, by_hash)) {
		free(l);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&x->ages, l, age);
	x->names += t->n;
	while (x->names > NAMES_MAX && TAILQ_FIRST(&x->ages) != l)
		forget(x, TAILQ_FIRST(&x->ages));
	return l;
}

static struct leafage *recall(struct expect *x, const struct hash *h)
{
	struct branch key = {.hash = *h};

	return index_find(&x->by_hash, &key, by_hash);
}

const struct branch *expect_get(struct expect *x, const struct hash *h, uint64_t size,
				enum depot_result *why)
{
	struct leafage *l = recall(x, h);
	struct tree *t = NULL;

	if (l) {
		TAILQ_REMOVE(&x->ages, l, age);
		TAILQ_INSERT_TAIL(&x->ages, l, age);
		return expect_hold(&l->pub);
	}
	*why = read_tree(x, h, size, &t);
	if (*why != DEPOT_OK)
		return NULL;
	l = remember(x, h, t);
	if (!l) {
		tree_free(t);
		*why = DEPOT_IO;
		return NULL;
	}
	return expect_hold(&l->pub);
}

/* Puts a tree from memory back into the vault, if it still is what its name says. */
static enum depot_result mend(struct expect *x, struct leafage *l)
{
	struct hash h;
	struct err err = {""};
	struct buf b;
	int rc;

	buf_init(&b, TREE_BYTES_MAX);
	rc = tree_encode(l->own, &b, &err);
	if (!rc) {
		depot_drop(x->vault, &l->pub.hash); /* a damaged one would count as present */
		rc = depot_put(x->vault, b.data, b.len, &h, &err);
	}
	if (!rc && !hash_eq(&h, &l->pub.hash)) {
		depot_drop(x->vault, &h);
		rc = err_set(&err, "the copy in memory is another one");
	}
	buf_free(&b);
	if (rc) {
		log_err("vault: cannot mend a tree: %s", err.text);
		return DEPOT_IO;
	}
	log_warn("vault: mended a tree from memory");
	return DEPOT_OK;
}

enum depot_result expect_intact(struct expect *x, const struct hash *h, uint64_t size)
{
	struct tree *t = NULL;
	enum depot_result rc = read_tree(x, h, size, &t);
	struct leafage *l = recall(x, h);

	tree_free(t);
	if ((rc == DEPOT_MISSING || rc == DEPOT_DAMAGED) && l)
		return mend(x, l);
	return rc;
}
