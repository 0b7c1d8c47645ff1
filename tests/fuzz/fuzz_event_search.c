// SPDX-License-Identifier: Apache-2.0
/*
 * fuzz_event_search - words of a search, texts they are sought in, and blocks of the index
 *
 * First byte odd: the rest is a block, which is read or refused. Even: a query, to the first NUL,
 * then texts of events, each to a NUL. What has all the words must be found by the index, from
 * memory as well as from blocks, and what the index finds exactly must have them.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event_tail.h"
#include "event_words.h"

#define TEXTS_MAX 64

static struct store *store(void)
{
	static const char *const none[] = {NULL};
	static struct store *s;
	char path[] = "/tmp/wd-fuzz-XXXXXX", beside[sizeof(path) + 4];
	struct err err;

	if (s)
		return s;
	close(mkstemp(path));
	s = store_open(path, none, none, 0, &err);
	assert(s);
	unlink(path);
	snprintf(beside, sizeof(beside), "%s-wal", path);
	unlink(beside);
	snprintf(beside, sizeof(beside), "%s-shm", path);
	unlink(beside);
	return s;
}

static void block(const uint8_t *p, size_t n)
{
	static const char *const prefixes[] = {"", "a", "page"};
	struct event_bits bits = {{0}};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		event_block_read(p, n, prefixes[i], strlen(prefixes[i]), &bits);
}

static int add(void *arg, const char *p, size_t n)
{
	return event_tail_add(arg, p, n);
}

/* All blocks one after another are a block. */
static int gather(void *arg, const char *term, size_t len, const struct buf *b)
{
	assert(b->len > 3 && b->data[0] == len && !memcmp(b->data + 1, term, len));
	buf_put(arg, b->data, b->len);
	return 0;
}

static bool has(const struct event_bits *b, unsigned n)
{
	return b->w[n / 64] >> n % 64 & 1;
}

/* Those that the index has for all of the words. */
static void candidates(const struct event_words *w, const struct event_tail *t,
		       const struct buf *sealed, struct event_bits *to)
{
	memset(to, 0xff, sizeof(*to));
	for (unsigned i = 0; i < w->n_keys; i++) {
		struct event_bits live = {{0}}, kept = {{0}};
		const struct event_key *k = &w->key[i];

		event_tail_match(t, k->bytes, k->len, &live);
		assert(!event_block_read(sealed->data, sealed->len, k->bytes, k->len, &kept));
		assert(!memcmp(&live, &kept, sizeof(live)));
		for (unsigned k = 0; k < EVENT_SPAN / 64; k++)
			to->w[k] &= live.w[k];
	}
}

static void search(const char *query, const char *texts[], unsigned n)
{
	struct event_tail t = {0};
	struct event_words w;
	struct event_bits found;
	struct buf sealed;
	struct err err;

	assert(!event_words_take(store(), query, &w, &err));
	event_tail_clear(&t, 1);
	for (unsigned i = 0; i < n; i++) {
		assert(!event_tail_full(&t, i + 1));
		t.last = i + 1;
		assert(!event_words_keys(store(), texts[i], add, &t, &err));
	}
	buf_init(&sealed, 64 << 20);
	assert(!event_tail_seal(&t, gather, &sealed) && buf_ok(&sealed));
	candidates(&w, &t, &sealed, &found);
	for (unsigned i = 0; i < n; i++) {
		int fits = event_words_fit(store(), &w, texts[i], &err);

		assert(fits == has(&found, i) || (w.loose && !fits));
	}
	buf_free(&sealed);
	event_tail_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *texts[TEXTS_MAX], *query;
	unsigned count = 0;
	char *text;

	if (!n)
		return 0;
	if (*p & 1) {
		block(p + 1, n - 1);
		return 0;
	}
	text = malloc(n);
	memcpy(text, p + 1, n - 1);
	text[n - 1] = 0;
	query = text;
	for (const char *at = query + strlen(query) + 1; at < text + n && count < TEXTS_MAX;
	     at += strlen(at) + 1)
		texts[count++] = at;
	if (strlen(query) <= QUERY_TEXT_MAX)
		search(query, texts, count);
	free(text);
	return 0;
}
