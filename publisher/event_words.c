// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "event_words.h"

#define BLANKS " \t"

/* Of a pair, so much of the first part; longer ones are cut, and compared in the event. */
#define PAIR_FIRST 18
#define PAIR_SECOND (EVENT_TERM_MAX - 2 - PAIR_FIRST)

static size_t cut(size_t n, size_t most)
{
	return n < most ? n : most;
}

/* The separator ends the first part: only the second need but begin so. */
static size_t pair(char to[EVENT_TERM_MAX], const char *a, size_t na, const char *b, size_t nb)
{
	na = cut(na, PAIR_FIRST);
	nb = cut(nb, PAIR_SECOND);
	to[0] = EVENT_PAIR;
	memcpy(to + 1, a, na);
	to[1 + na] = EVENT_PAIR;
	memcpy(to + 2 + na, b, nb);
	return 2 + na + nb;
}

/* ---- what is sought ---- */

struct taking {
	struct event_words *w;
	size_t used;
};

static int take(void *arg, const char *p, size_t n)
{
	struct taking *x = arg;
	struct event_words *w = x->w;

	if (w->n == QUERY_TERMS_MAX || n > sizeof(w->text) - x->used) {
		w->loose = true;
		return 1;
	}
	memcpy(w->text + x->used, p, n);
	w->term[w->n++] = (struct event_term){.at = x->used, .len = n};
	x->used += n;
	return 0;
}

static void one_key(struct event_words *w, const struct event_term *t)
{
	struct event_key *k = &w->key[w->n_keys++];

	k->len = cut(t->len, EVENT_TERM_MAX);
	memcpy(k->bytes, w->text + t->at, k->len);
	w->loose |= t->len > EVENT_TERM_MAX;
}

static void pair_key(struct event_words *w, const struct event_term *a, const struct event_term *b)
{
	struct event_key *k = &w->key[w->n_keys++];

	k->len = pair(k->bytes, w->text + a->at, a->len, w->text + b->at, b->len);
	/*
	 * A first part as long as that may begin a longer one. "a/b/c": "a/b" and "b/c" may be in
	 * different places.
	 */
	w->loose |= a->len >= PAIR_FIRST || b->len > PAIR_SECOND || !b->last;
}

/* Of the word whose parts are from term `first` on. */
static void make_keys(struct event_words *w, unsigned first)
{
	if (first == w->n)
		return;
	w->term[w->n - 1].last = true;
	if (first + 1 == w->n)
		one_key(w, &w->term[first]);
	for (; first + 1 < w->n; first++)
		pair_key(w, &w->term[first], &w->term[first + 1]);
}

int event_words_take(struct store *s, const char *query, struct event_words *w, struct err *err)
{
	struct taking x = {w, 0};

	w->n = w->n_keys = 0;
	w->loose = false;
	w->asked = *query;
	while (*(query += strspn(query, BLANKS))) {
		size_t n = strcspn(query, BLANKS);
		unsigned before = w->n;

		if (store_tokens(s, query, n, take, &x, err))
			return -1;
		make_keys(w, before);
		query += n;
	}
	return 0;
}

/* ---- what is indexed ---- */

struct keying {
	int (*key)(void *arg, const char *p, size_t n);
	void *arg;
	char before[PAIR_FIRST];
	size_t n_before; /* 0: no part of this word yet */
};

static int on_part(void *arg, const char *p, size_t n)
{
	struct keying *x = arg;
	char both[EVENT_TERM_MAX];

	if (x->key(x->arg, p, cut(n, EVENT_TERM_MAX)) ||
	    (x->n_before && x->key(x->arg, both, pair(both, x->before, x->n_before, p, n))))
		return 1;
	x->n_before = cut(n, PAIR_FIRST);
	memcpy(x->before, p, x->n_before);
	return 0;
}

int event_words_keys(struct store *s, const char *text,
		     int (*key)(void *arg, const char *p, size_t n), void *arg, struct err *err)
{
	struct keying x = {.key = key, .arg = arg};

	while (*(text += strspn(text, BLANKS))) {
		size_t n = strcspn(text, BLANKS);

		x.n_before = 0;
		if (store_tokens(s, text, n, on_part, &x, err))
			return -1;
		text += n;
	}
	return 0;
}

/* ---- the text of an event ---- */

struct token {
	uint32_t at, len, word;
};

struct text {
	char *bytes;
	struct token *v;
	size_t used, cap, n, room;
	uint32_t word; /* the one that is being read */
};

static int keep(void *arg, const char *p, size_t n)
{
	struct text *t = arg;
	void *more;

	if (t->used + n > t->cap) {
		if (!(more = realloc(t->bytes, 2 * (t->used + n))))
			return 1;
		t->bytes = more;
		t->cap = 2 * (t->used + n);
	}
	if (t->n == t->room) {
		if (!(more = realloc(t->v, (2 * t->room + 64) * sizeof(*t->v))))
			return 1;
		t->v = more;
		t->room = 2 * t->room + 64;
	}
	memcpy(t->bytes + t->used, p, n);
	t->v[t->n++] = (struct token){t->used, n, t->word};
	t->used += n;
	return 0;
}

/* Do the parts of a word, term[0] to its last, stand there from token `at` on? */
static bool stands(const struct event_words *w, const struct event_term *term, const struct text *t,
		   size_t at)
{
	uint32_t word = t->v[at].word;

	for (;; term++, at++) {
		if (at == t->n || t->v[at].word != word || t->v[at].len < term->len ||
		    (!term->last && t->v[at].len > term->len) ||
		    memcmp(t->bytes + t->v[at].at, w->text + term->at, term->len))
			return false;
		if (term->last)
			return true;
	}
}

static bool all_stand(const struct event_words *w, const struct text *t)
{
	for (unsigned i = 0; i < w->n; i++) {
		size_t at = 0;

		if (i && !w->term[i - 1].last)
			continue;
		while (at < t->n && !stands(w, &w->term[i], t, at))
			at++;
		if (at == t->n)
			return false;
	}
	return true;
}

int event_words_fit(struct store *s, const struct event_words *w, const char *text, struct err *err)
{
	struct text t = {0};
	int result = 0;

	for (; !result && *(text += strspn(text, BLANKS)); t.word++) {
		size_t n = strcspn(text, BLANKS);

		result = store_tokens(s, text, n, keep, &t, err);
		text += n;
	}
	if (!result)
		result = all_stand(w, &t);
	free(t.bytes);
	free(t.v);
	return result;
}
