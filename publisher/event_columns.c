// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "event_columns.h"

/* A cell: 4 bits of state, 1 bit "there", and 16 bits for each name from bit 16 on. */
#define STATE_MASK 0xfull
#define THERE 0x10ull
#define NAME_SHIFT(kind) (16 + 16 * (kind))
#define NAME_OTHER 0xffffu /* one that found no place */
#define SLOTS 131072	   /* of a hash, at most half full */

_Static_assert(OUTCOME_MAX <= 8, "an outcome is 3 bits of a cell");

struct names {
	char **v; /* by number */
	unsigned n, cap;
	uint16_t *slots; /* number + 1; 0: free */
};

/* Cells of EVENT_SPAN numbers. */
struct page {
	uint64_t cell[EVENT_SPAN];
};

struct event_columns {
	struct names names[NAME_KINDS];
	struct page **pages; /* of numbers from base * EVENT_SPAN on; NULL: nothing is there */
	int64_t base;
	size_t n_pages, cap;
};

/* ---- names ---- */

static uint32_t spread(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h ^ h >> 16;
}

/* Where it is, or would be. */
static uint16_t *slot_of(const struct names *t, const char *name)
{
	uint32_t at = spread(name) % SLOTS;

	while (t->slots[at] && strcmp(t->v[t->slots[at] - 1], name))
		at = (at + 1) % SLOTS;
	return &t->slots[at];
}

static int grow_names(struct names *t)
{
	unsigned cap = t->cap ? 2 * t->cap : 64;
	char **v;

	if (!t->slots && !(t->slots = calloc(SLOTS, sizeof(*t->slots))))
		return -1;
	if (t->n < t->cap)
		return 0;
	v = realloc(t->v, cap * sizeof(*v));
	if (!v)
		return -1;
	t->v = v;
	t->cap = cap;
	return 0;
}

static int number_of(struct names *t, const char *name, uint64_t *number)
{
	uint16_t *slot;

	if (grow_names(t))
		return -1;
	slot = slot_of(t, name);
	if (!*slot && t->n == NAME_OTHER - 1) {
		*number = NAME_OTHER;
		return 0;
	}
	if (!*slot) {
		if (!(t->v[t->n] = strdup(name)))
			return -1;
		*slot = ++t->n;
	}
	*number = *slot - 1;
	return 0;
}

/* ---- cells ---- */

struct event_columns *event_columns_new(void)
{
	return calloc(1, sizeof(struct event_columns));
}

void event_columns_free(struct event_columns *c)
{
	if (!c)
		return;
	for (int k = 0; k < NAME_KINDS; k++) {
		for (unsigned i = 0; i < c->names[k].n; i++)
			free(c->names[k].v[i]);
		free(c->names[k].v);
		free(c->names[k].slots);
	}
	for (size_t i = 0; i < c->n_pages; i++)
		free(c->pages[i]);
	free(c->pages);
	free(c);
}

static struct page *page_of(const struct event_columns *c, int64_t n)
{
	int64_t at = n / EVENT_SPAN - c->base;

	return at >= 0 && at < (int64_t)c->n_pages ? c->pages[at] : NULL;
}

static uint64_t *cell_of(const struct event_columns *c, int64_t n)
{
	struct page *p = page_of(c, n);

	return p ? &p->cell[n % EVENT_SPAN] : NULL;
}

static uint64_t *make_cell(struct event_columns *c, int64_t n)
{
	size_t at, cap = c->cap;
	struct page **pages;

	if (!c->n_pages)
		c->base = n / EVENT_SPAN;
	if (n / EVENT_SPAN < c->base)
		return NULL; /* numbers only rise */
	at = n / EVENT_SPAN - c->base;
	while (at >= cap)
		cap = cap ? 2 * cap : 64;
	if (cap != c->cap) {
		pages = realloc(c->pages, cap * sizeof(*pages));
		if (!pages)
			return NULL;
		c->pages = pages;
		c->cap = cap;
	}
	for (; c->n_pages <= at; c->n_pages++)
		c->pages[c->n_pages] = NULL;
	if (!c->pages[at] && !(c->pages[at] = calloc(1, sizeof(struct page))))
		return NULL;
	return &c->pages[at]->cell[n % EVENT_SPAN];
}

static uint64_t state_of(unsigned outcome, bool acked)
{
	return (outcome & 7) | (acked ? 8 : 0);
}

int event_columns_put(struct event_columns *c, int64_t n, const char *const names[NAME_KINDS],
		      unsigned outcome, bool acked)
{
	uint64_t v = THERE | state_of(outcome, acked), number, *cell = make_cell(c, n);

	if (!cell)
		return -1;
	for (int k = 0; k < NAME_KINDS; k++) {
		if (number_of(&c->names[k], names[k], &number))
			return -1;
		v |= number << NAME_SHIFT(k);
	}
	*cell = v;
	return 0;
}

void event_columns_state(struct event_columns *c, int64_t n, unsigned outcome, bool acked)
{
	uint64_t *cell = cell_of(c, n);

	if (cell && *cell)
		*cell = (*cell & ~STATE_MASK) | state_of(outcome, acked);
}

void event_columns_prune(struct event_columns *c, int64_t least)
{
	size_t gone = 0;

	while (gone < c->n_pages && (c->base + (int64_t)gone + 1) * EVENT_SPAN <= least)
		free(c->pages[gone++]);
	if (!gone)
		return;
	memmove(c->pages, c->pages + gone, (c->n_pages - gone) * sizeof(*c->pages));
	c->n_pages -= gone;
	c->base += gone;
}

/* ---- looking ---- */

static void want_name(const struct event_columns *c, int kind, const char *name,
		      struct event_want *w)
{
	const struct names *t = &c->names[kind];
	uint64_t number = t->slots ? *slot_of(t, name) : 0;

	if (!*name)
		return;
	if (!number && t->n < NAME_OTHER - 1)
		w->none = true;
	w->mask |= 0xffffull << NAME_SHIFT(kind);
	w->value |= (number ? number - 1 : NAME_OTHER) << NAME_SHIFT(kind);
}

void event_columns_want(const struct event_columns *c, const char *const names[NAME_KINDS],
			int64_t outcomes, int64_t acked, struct event_want *w)
{
	uint32_t states = outcomes & 0xff;

	*w = (struct event_want){.mask = THERE, .value = THERE};
	w->states = (acked == 1 ? 0 : states) | (acked == 0 ? 0 : states << 8);
	for (int k = 0; k < NAME_KINDS; k++)
		want_name(c, k, names[k], w);
}

/* Without branches: what fits is no more likely than what does not. */
static uint64_t match_64(const uint64_t *cell, unsigned n, const struct event_want *w)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t v = cell[i];

		bits |= (uint64_t)(((v ^ w->value) & w->mask) == 0) << i &
			(uint64_t)(w->states >> (v & STATE_MASK) & 1) << i;
	}
	return bits;
}

bool event_columns_match(const struct event_columns *c, const struct event_want *w, int64_t from,
			 int64_t low, int64_t high, struct event_bits *to)
{
	uint64_t any = 0, bits;

	memset(to, 0, sizeof(*to));
	while (low <= high && !w->none) {
		const uint64_t *cell = cell_of(c, low);
		unsigned at = low - from, n = 64 - at % 64, whole = EVENT_SPAN - low % EVENT_SPAN;

		n = n < whole ? n : whole;
		n = (int64_t)n <= high - low + 1 ? n : high - low + 1;
		bits = cell ? match_64(cell, n, w) : 0;
		to->w[at / 64] |= bits << at % 64;
		any |= bits;
		low += n;
	}
	return any;
}
