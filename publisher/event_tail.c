// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "event_tail.h"

void event_tail_clear(struct event_tail *t, int64_t first)
{
	t->first = first;
	t->last = first - 1;
	t->len = 0;
	t->words = 0;
}

bool event_tail_full(const struct event_tail *t, int64_t n)
{
	return t->last >= t->first && (n - t->first >= EVENT_SPAN || t->len > EVENT_TAIL_BYTES);
}

static int grow(struct event_tail *t, size_t need)
{
	size_t cap = t->cap ? t->cap : 65536;
	uint8_t *data;

	while (cap < need)
		cap *= 2;
	if (cap == t->cap)
		return 0;
	data = realloc(t->data, cap);
	if (!data)
		return -1;
	t->data = data;
	t->cap = cap;
	return 0;
}

int event_tail_add(struct event_tail *t, const char *word, size_t len)
{
	uint16_t n = t->last - t->first;
	uint8_t *p;

	if (len > EVENT_TERM_MAX)
		len = EVENT_TERM_MAX;
	if (!len)
		return 0;
	if (grow(t, t->len + 3 + len))
		return -1;
	p = t->data + t->len;
	memcpy(p, &n, 2);
	p[2] = len;
	memcpy(p + 3, word, len);
	t->len += 3 + len;
	t->words++;
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
	for (size_t at = 0; at < t->len; at += 3 + t->data[at + 2]) {
		const uint8_t *p = t->data + at;

		if (p[2] >= len && !memcmp(p + 3, prefix, len))
			event_bits_set(to, number(p));
	}
}

/* ---- sealing ---- */

static int compare_words(const uint8_t *a, const uint8_t *b)
{
	int d = memcmp(a + 3, b + 3, a[2] < b[2] ? a[2] : b[2]);

	return d ? d : (a[2] > b[2]) - (a[2] < b[2]);
}

static int compare(const void *va, const void *vb)
{
	const uint8_t *a = *(const uint8_t *const *)va, *b = *(const uint8_t *const *)vb;
	int d = compare_words(a, b);

	return d ? d : (number(a) > number(b)) - (number(a) < number(b));
}

static const uint8_t **sorted(const struct event_tail *t)
{
	const uint8_t **v = calloc(t->words + 1, sizeof(*v));
	const uint8_t *p = t->data;

	for (unsigned i = 0; v && i < t->words; i++, p += 3 + p[2])
		v[i] = p;
	if (v)
		qsort(v, t->words, sizeof(*v), compare);
	return v;
}

/* The numbers that have the word of v[0], each once: how many of v these are. */
static unsigned numbers_of(const uint8_t *const *v, unsigned left, uint16_t *to, unsigned *n)
{
	unsigned i = 0;

	*n = 0;
	for (; i < left && !compare_words(v[0], v[i]); i++)
		if (!*n || to[*n - 1] != number(v[i]))
			to[(*n)++] = number(v[i]);
	return i;
}

int event_tail_seal(const struct event_tail *t,
		    int (*block)(void *arg, const char *term, size_t len, const struct buf *b),
		    void *arg)
{
	const uint8_t **v = sorted(t), *first = NULL;
	uint16_t *numbers = malloc(EVENT_SPAN * sizeof(*numbers));
	int result = v && numbers ? 0 : -1;
	struct buf b;

	buf_init(&b, 4 * EVENT_BLOCK_SIZE);
	for (unsigned i = 0, n; !result && i < t->words;) {
		const uint8_t *word = v[i];

		first = b.len ? first : word;
		i += numbers_of(v + i, t->words - i, numbers, &n);
		event_block_put(&b, (const char *)word + 3, word[2], numbers, n);
		if (b.len < EVENT_BLOCK_SIZE && i < t->words)
			continue;
		result = buf_ok(&b) ? block(arg, (const char *)first + 3, first[2], &b) : -1;
		buf_reset(&b);
	}
	buf_free(&b);
	free(numbers);
	free(v);
	return result;
}
