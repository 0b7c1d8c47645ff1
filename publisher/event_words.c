// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "event_block.h"
#include "event_words.h"

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
	w->loose |= n > EVENT_TERM_MAX;
	return 0;
}

int event_words_take(struct store *s, const char *query, struct event_words *w, struct err *err)
{
	struct taking x = {w, 0};

	w->n = 0;
	w->loose = false;
	w->asked = *query;
	while (*(query += strspn(query, " \t"))) {
		size_t n = strcspn(query, " \t");
		unsigned before = w->n;

		if (store_tokens(s, query, n, take, &x, err))
			return -1;
		if (w->n > before)
			w->term[w->n - 1].last = true;
		w->loose |= w->n > before + 1;
		query += n;
	}
	return 0;
}

/* ---- the text of an event ---- */

struct token {
	uint32_t at, len;
};

struct text {
	char *bytes;
	struct token *v;
	size_t used, cap, n, room;
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
	t->v[t->n++] = (struct token){t->used, n};
	t->used += n;
	return 0;
}

/* Do the parts of a word, term[0] to its last, stand there from token `at` on? */
static bool stands(const struct event_words *w, const struct event_term *term, const struct text *t,
		   size_t at)
{
	for (;; term++, at++) {
		if (at == t->n || t->v[at].len < term->len ||
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
	int result = store_tokens(s, text, strlen(text), keep, &t, err);

	if (!result)
		result = all_stand(w, &t);
	free(t.bytes);
	free(t.v);
	return result;
}
