// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "event_tail.h"
#include "event_words.h"

void event_tail_clear(struct event_tail *t, int64_t first)
{
	t->first = first;
	t->last = first - 1;
	for (int i = 0; i < 2; i++)
		t->list[i].len = t->list[i].n = 0;
}

void event_tail_free(struct event_tail *t)
{
	for (int i = 0; i < 2; i++)
		free(t->list[i].data);
}

bool event_tail_full(const struct event_tail *t, int64_t n)
{
	return t->last >= t->first &&
	       (n - t->first >= EVENT_SPAN || t->list[0].len + t->list[1].len > EVENT_TAIL_BYTES);
}

static int grow(struct event_list *l, size_t need)
{
	size_t cap = l->cap ? l->cap : 65536;
	uint8_t *data;

	while (cap < need)
		cap *= 2;
	if (cap == l->cap)
		return 0;
	data = realloc(l->data, cap);
	if (!data)
		return -1;
	l->data = data;
	l->cap = cap;
	return 0;
}

int event_tail_add(struct event_tail *t, const char *key, size_t len)
{
	uint16_t n = t->last - t->first;
	struct event_list *l;
	uint8_t *p;

	if (len > EVENT_TERM_MAX)
		len = EVENT_TERM_MAX;
	if (!len)
		return 0;
	l = &t->list[*key == EVENT_PAIR];
	if (grow(l, l->len + 3 + len))
		return -1;
	p = l->data + l->len;
	memcpy(p, &n, 2);
	p[2] = len;
	memcpy(p + 3, key, len);
	l->len += 3 + len;
	l->n++;
	return 0;
}

static unsigned number(const uint8_t *p)
{
	uint16_t n;

	memcpy(&n, p, 2);
	return n;
}

void event_tail_match(const struct event_tail *t, const char *prefix, size_t len,
		      struct event_bits *to)
{
	const struct event_list *l = &t->list[len && *prefix == EVENT_PAIR];

	for (size_t at = 0; at < l->len; at += 3 + l->data[at + 2]) {
		const uint8_t *p = l->data + at;

		if (p[2] >= len && !memcmp(p + 3, prefix, len))
			event_bits_set(to, number(p));
	}
}

/* ---- sealing ---- */

static int compare_keys(const uint8_t *a, const uint8_t *b)
{
	int d = memcmp(a + 3, b + 3, a[2] < b[2] ? a[2] : b[2]);

	return d ? d : (a[2] > b[2]) - (a[2] < b[2]);
}

static int compare(const void *va, const void *vb)
{
	const uint8_t *a = *(const uint8_t *const *)va, *b = *(const uint8_t *const *)vb;
	int d = compare_keys(a, b);

	return d ? d : (number(a) > number(b)) - (number(a) < number(b));
}

static const uint8_t **sorted(const struct event_list *l)
{
	const uint8_t **v = calloc(l->n + 1, sizeof(*v));
	const uint8_t *p = l->data;

	for (unsigned i = 0; v && i < l->n; i++, p += 3 + p[2])
		v[i] = p;
	if (v)
		qsort(v, l->n, sizeof(*v), compare);
	return v;
}

/* The numbers that have the key of v[0], each once: how many of v these are. */
static unsigned numbers_of(const uint8_t *const *v, unsigned left, uint16_t *to, unsigned *n)
{
	unsigned i = 0;

	*n = 0;
	for (; i < left && !compare_keys(v[0], v[i]); i++)
		if (!*n || to[*n - 1] != number(v[i]))
			to[(*n)++] = number(v[i]);
	return i;
}

typedef int block_fn(void *arg, const char *term, size_t len, const struct buf *b);

static int seal_list(const struct event_list *l, block_fn *block, void *arg)
{
	const uint8_t **v = sorted(l), *first = NULL;
	uint16_t *numbers = malloc(EVENT_SPAN * sizeof(*numbers));
	int result = v && numbers ? 0 : -1;
	struct buf b;

	buf_init(&b, 4 * EVENT_BLOCK_SIZE);
	for (unsigned i = 0, n; !result && i < l->n;) {
		const uint8_t *key = v[i];

		first = b.len ? first : key;
		i += numbers_of(v + i, l->n - i, numbers, &n);
		event_block_put(&b, (const char *)key + 3, key[2], numbers, n);
		if (b.len < EVENT_BLOCK_SIZE && i < l->n)
			continue;
		result = buf_ok(&b) ? block(arg, (const char *)first + 3, first[2], &b) : -1;
		buf_reset(&b);
	}
	buf_free(&b);
	free(numbers);
	free(v);
	return result;
}

/* A block has no keys of both: pairs sort before all that is not one. */
int event_tail_seal(const struct event_tail *t, block_fn *block, void *arg)
{
	for (int i = 0; i < 2; i++)
		if (seal_list(&t->list[i], block, arg))
			return -1;
	return 0;
}
