// SPDX-License-Identifier: Apache-2.0
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "event_columns.h"

#define NAME_OTHER 0xffffu /* one that found no place */
#define SLOTS 131072	   /* of a hash, at most half full */

_Static_assert(OUTCOME_MAX <= 8, "a state is one of 16 bits");

struct names {
	char **v; /* by number */
	unsigned n, cap;
	uint16_t *slots; /* number + 1; 0: free */
};

/* EVENT_SPAN numbers. A column each, so that the compiler compares eight at once. */
struct page {
	uint16_t state[EVENT_SPAN]; /* one bit of it (state_of()); 0: no event */
	uint16_t name[NAME_KINDS][EVENT_SPAN];
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

static int number_of(struct names *t, const char *name, uint16_t *number)
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

static struct page *make_page(struct event_columns *c, int64_t n)
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
	return c->pages[at];
}

/* The bits of event_want.states. */
static uint16_t state_of(unsigned outcome, bool acked)
{
	return 1u << ((outcome & 7) | (acked ? 8 : 0));
}

int event_columns_put(struct event_columns *c, int64_t n, const char *const names[NAME_KINDS],
		      unsigned outcome, bool acked)
{
	struct page *p = make_page(c, n);

	if (!p)
		return -1;
	for (int k = 0; k < NAME_KINDS; k++)
		if (number_of(&c->names[k], names[k], &p->name[k][n % EVENT_SPAN]))
			return -1;
	p->state[n % EVENT_SPAN] = state_of(outcome, acked);
	return 0;
}

void event_columns_state(struct event_columns *c, int64_t n, unsigned outcome, bool acked)
{
	struct page *p = page_of(c, n);

	if (p && p->state[n % EVENT_SPAN])
		p->state[n % EVENT_SPAN] = state_of(outcome, acked);
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
	unsigned number = t->slots ? *slot_of(t, name) : 0;

	if (!*name)
		return;
	if (!number && t->n < NAME_OTHER - 1)
		w->none = true;
	w->named[kind] = true;
	w->name[kind] = number ? number - 1 : NAME_OTHER;
}

void event_columns_want(const struct event_columns *c, const char *const names[NAME_KINDS],
			int64_t outcomes, int64_t acked, struct event_want *w)
{
	uint32_t states = outcomes & 0xff;

	*w = (struct event_want){.states = (acked == 1 ? 0 : states) |
					   (acked == 0 ? 0 : states << 8)};
	for (int k = 0; k < NAME_KINDS; k++)
		want_name(c, k, names[k], w);
	w->any = w->states == 0xffff && !w->named[NAME_HOST] && !w->named[NAME_SITE] &&
		 !w->named[NAME_OP];
}

/* Eight at once, where the processor can: no branches, and always 64. */
static void with_states(const uint16_t *state, uint16_t states, uint16_t hit[64])
{
	for (int i = 0; i < 64; i++)
		hit[i] = (state[i] & states) != 0;
}

static void with_name(const uint16_t *name, uint16_t want, uint16_t hit[64])
{
	for (int i = 0; i < 64; i++)
		hit[i] &= name[i] == want;
}

static uint64_t bits_of(const uint16_t hit[64])
{
	uint64_t bits = 0;
	uint8_t byte[64];

	for (int i = 0; i < 64; i++)
		byte[i] = hit[i];
	/* Eight bytes of 0 or 1 into eight bits: each is moved to the top by its own factor. */
	for (int i = 0; i < 8; i++) {
		uint64_t eight;

		memcpy(&eight, byte + 8 * i, 8);
		bits |= (le64toh(eight) * 0x0102040810204080ull >> 56) << 8 * i;
	}
	return bits;
}

/* Those of the 64 from `at` on, which are in one page. */
static uint64_t match_64(const struct page *p, unsigned at, const struct event_want *w)
{
	uint16_t hit[64];

	with_states(p->state + at, w->states, hit);
	for (int k = 0; k < NAME_KINDS; k++)
		if (w->named[k])
			with_name(p->name[k] + at, w->name[k], hit);
	return bits_of(hit);
}

/* `bits` belong at number `at` of the set; they may reach into the next word of it. */
static void put_bits(struct event_bits *to, int64_t at, uint64_t bits)
{
	unsigned word = at / 64, shift = at % 64;

	to->w[word] |= bits << shift;
	if (shift && bits >> (64 - shift))
		to->w[word + 1] |= bits >> (64 - shift);
}

bool event_columns_match(const struct event_columns *c, const struct event_want *w, int64_t from,
			 int64_t low, int64_t high, struct event_bits *to)
{
	uint64_t any = 0;

	memset(to, 0, sizeof(*to));
	for (int64_t n = low - low % 64; n <= high && !w->none; n += 64) {
		const struct page *p = page_of(c, n);
		uint64_t bits = p ? match_64(p, n % EVENT_SPAN, w) : 0;
		int64_t at = n - from;

		if (n < low)
			bits &= ~0ull << (low - n);
		if (high - n < 63)
			bits &= ~(~0ull << (high - n + 1));
		any |= bits;
		if (at < 0) { /* the first of them are below `from`, and not asked for */
			bits >>= -at;
			at = 0;
		}
		if (bits)
			put_bits(to, at, bits);
	}
	return any;
}
