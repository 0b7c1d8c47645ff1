// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "map.h"

#define MAP_FIRST 64

static size_t home(const struct map *m, uint64_t key)
{
	/* Multiplication by an odd constant spreads the low bits that inode numbers differ in. */
	return (key * 0x9e3779b97f4a7c15ull >> 20) & (m->cap - 1);
}

/* The slot of key, or the free slot where it belongs. The table is never full. */
static size_t find(const struct map *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->v[i].value && m->v[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

void *map_get(const struct map *m, uint64_t key)
{
	return m->cap ? m->v[find(m, key)].value : NULL;
}

static int grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : MAP_FIRST;
	m->v = calloc(m->cap, sizeof(*m->v));
	if (!m->v) {
		*m = old;
		return -1;
	}
	for (size_t i = 0; i < old.cap; i++)
		if (old.v[i].value)
			m->v[find(m, old.v[i].key)] = old.v[i];
	free(old.v);
	return 0;
}

int map_put(struct map *m, uint64_t key, void *value)
{
	size_t i;

	if (m->n * 4 >= m->cap * 3 && grow(m))
		return -1;
	i = find(m, key);
	if (!m->v[i].value)
		m->n++;
	m->v[i] = (struct map_slot){key, value};
	return 0;
}

/* Moves later members of the probe run up, so that no tombstones are needed. */
static void close_gap(struct map *m, size_t gap)
{
	size_t mask = m->cap - 1;

	for (size_t i = (gap + 1) & mask; m->v[i].value; i = (i + 1) & mask) {
		size_t from_home = (i - home(m, m->v[i].key)) & mask;

		if (from_home >= ((i - gap) & mask)) {
			m->v[gap] = m->v[i];
			m->v[i].value = NULL;
			gap = i;
		}
	}
}

void *map_del(struct map *m, uint64_t key)
{
	void *value;
	size_t i;

	if (!m->cap)
		return NULL;
	i = find(m, key);
	value = m->v[i].value;
	if (value) {
		m->v[i].value = NULL;
		m->n--;
		close_gap(m, i);
	}
	return value;
}

void map_free(struct map *m)
{
	free(m->v);
	*m = (struct map){0};
}

void *map_next(const struct map *m, size_t *i)
{
	while (*i < m->cap) {
		void *value = m->v[(*i)++].value;

		if (value)
			return value;
	}
	return NULL;
}
