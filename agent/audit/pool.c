// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "pool.h"

#define BLOCK (64u << 10)

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct closer {
	struct closer *next;
	void (*fn)(void *arg);
	void *arg;
};

struct pool {
	struct block *blocks;
	struct closer *closers;
};

struct pool *pool_new(void)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		log_fatal("no memory");
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	for (struct closer *c = p->closers; c; c = c->next)
		c->fn(c->arg);
	for (struct block *b = p->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(p);
}

static struct block *block_new(size_t n)
{
	size_t size = n > BLOCK / 4 ? n : BLOCK;
	struct block *b;

	if (n > SIZE_MAX / 2 || !(b = calloc(1, sizeof(*b) + size)))
		log_fatal("no memory for %zu bytes", n);
	b->size = size;
	return b;
}

void *pool_alloc(struct pool *p, size_t n)
{
	struct block *b = p->blocks;
	void *at;

	n = (n + 15) & ~(size_t)15;
	if (!b || b->size - b->used < n) {
		b = block_new(n);
		/* A large one goes behind the first, which still has room for the small ones. */
		if (p->blocks && b->size != BLOCK) {
			b->next = p->blocks->next;
			p->blocks->next = b;
		} else {
			b->next = p->blocks;
			p->blocks = b;
		}
	}
	at = b->bytes + b->used;
	b->used += n;
	return at;
}

char *pool_strn(struct pool *p, const char *s, size_t n)
{
	char *copy = pool_alloc(p, n + 1);

	memcpy(copy, s, n);
	return copy;
}

char *pool_str(struct pool *p, const char *s)
{
	return s ? pool_strn(p, s, strlen(s)) : NULL;
}

char *pool_vprintf(struct pool *p, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return pool_str(p, fmt);
	text = pool_alloc(p, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

char *pool_printf(struct pool *p, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = pool_vprintf(p, fmt, ap);
	va_end(ap);
	return text;
}

void pool_on_free(struct pool *p, void (*fn)(void *arg), void *arg)
{
	struct closer *c = pool_alloc(p, sizeof(*c));

	*c = (struct closer){p->closers, fn, arg};
	p->closers = c;
}

void list_add(struct pool *p, struct list *l, void *item)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 8;
		void **v = pool_alloc(p, cap * sizeof(*v));

		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = item;
}
