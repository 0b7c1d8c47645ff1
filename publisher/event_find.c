// SPDX-License-Identifier: Apache-2.0
/*
 * event_find - the newest events that fit, among very many
 *
 * Down through the numbers, a range of some thousands at a time: which may fit is a set of bits
 * (event_index.h), once by the columns, once for each word that is sought. Only what is in all
 * of these sets is read. So common words, rare ones, and filters that few events fit or half a
 * million cost about the same, also together.
 */
#include <string.h>

#include "event_index.h"
#include "event_query.h"

/* Then others get their turn. */
#define RANGES_AT_ONCE 128
#define VAIN_AT_ONCE 500

struct finding {
	struct engine *engine;
	struct event_query *query;
	struct event_want want;
	struct err *err;
	int (*row)(void *arg, struct store_row *r);
	void *arg;
	int left, found;
	unsigned vain;
	bool fits, failed, enough;
};

static int on_row(void *arg, struct store_row *r)
{
	struct finding *f = arg;
	const struct event_words *w = &f->query->words;
	int fits = w->loose ? event_words_fit(db_store(f->engine->db), w, store_text(r, 7), f->err)
			    : 1;

	f->failed = fits < 0;
	f->fits = fits == 1;
	if (f->fits)
		f->enough = f->row(f->arg, r) != 0;
	return 0;
}

static int read_one(struct finding *f, int64_t n)
{
	const struct event_query *q = f->query;

	f->fits = false;
	if (db_read(f->engine->db, f->err, SQL_EVENT_AT, on_row, f, "ittiti", n, q->host, q->site,
		    q->outcomes, q->op, q->acked) < 0 ||
	    f->failed)
		return -1;
	f->found += f->fits;
	f->left -= f->fits;
	f->vain += !f->fits;
	return 0;
}

/* From the newest down: until there are enough, or it takes too long. */
static int read_all(struct finding *f, const struct event_bits *bits, int64_t first)
{
	for (int i = EVENT_SPAN / 64 - 1; i >= 0; i--) {
		for (uint64_t w = bits->w[i]; w && f->left && !f->enough;) {
			int bit = 63 - __builtin_clzll(w);

			w &= ~(1ull << bit);
			if (read_one(f, first + i * 64 + bit))
				return -1;
			f->query->before = first + i * 64 + bit;
			if (f->vain >= VAIN_AT_ONCE)
				return 0;
		}
	}
	return 0;
}

static bool both(struct event_bits *to, const struct event_bits *with)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < EVENT_SPAN / 64; i++)
		any |= to->w[i] &= with->w[i];
	return any;
}

static void all_between(struct event_bits *to, int64_t low, int64_t high)
{
	memset(to, 0, sizeof(*to));
	for (; low <= high && low % 64; low++)
		event_bits_set(to, low);
	for (; low + 63 <= high; low += 64)
		to->w[low / 64] = ~0ull;
	for (; low <= high; low++)
		event_bits_set(to, low);
}

/* By host, outcome and the like; words alone know better which events there are. */
static bool by_columns(struct finding *f, const struct event_range *r, int64_t low, int64_t high,
		       struct event_bits *to)
{
	if (!f->want.any || !f->query->words.n_keys)
		return event_columns_match(event_index_columns(f->engine), &f->want, r->first, low,
					   high, to);
	all_between(to, low - r->first, high - r->first);
	return low <= high;
}

/* 1: some may fit. */
static int candidates(struct finding *f, const struct event_range *r, int64_t low, int64_t high,
		      struct event_bits *to)
{
	const struct event_words *w = &f->query->words;
	struct event_bits with;

	if (!by_columns(f, r, low, high, to))
		return 0;
	for (unsigned i = 0; i < w->n_keys; i++) {
		memset(&with, 0, sizeof(with));
		if (event_index_match(f->engine, r, &w->key[i], &with, f->err))
			return -1;
		if (!both(to, &with))
			return 0;
	}
	return 1;
}

/* Without words the ranges are as long as we like. */
static bool next_range(const struct finding *f, struct event_range *r)
{
	const struct event_query *q = f->query;

	if (q->words.asked)
		return event_index_range(f->engine, q->before, r);
	r->last = q->before - 1;
	r->first = r->last - EVENT_SPAN + 1 > q->least ? r->last - EVENT_SPAN + 1 : q->least;
	return true;
}

static int one_range(struct finding *f)
{
	struct event_query *q = f->query;
	struct event_range r = {0};
	struct event_bits bits;
	int64_t low, high;
	int some;

	if (!next_range(f, &r) || f->want.none || (q->words.asked && !q->words.n)) {
		q->before = q->least;
		return 0;
	}
	low = r.first > q->least ? r.first : q->least;
	high = r.last < q->before - 1 ? r.last : q->before - 1;
	some = candidates(f, &r, low, high, &bits);
	if (some < 0 || (some && read_all(f, &bits, r.first)))
		return -1;
	if (f->left && !f->enough && f->vain < VAIN_AT_ONCE)
		q->before = low;
	return 0;
}

static int ranges(struct finding *f)
{
	for (int i = 0; i < RANGES_AT_ONCE && f->left && !f->enough && f->vain < VAIN_AT_ONCE &&
			!event_query_over(f->query);
	     i++)
		if (one_range(f))
			return -1;
	return f->found;
}

int event_find(struct engine *e, struct event_query *q, int limit,
	       int (*row)(void *arg, struct store_row *r), void *arg, struct err *err)
{
	struct finding f = {
		.engine = e, .query = q, .err = err, .row = row, .arg = arg, .left = limit};
	const char *const names[NAME_KINDS] = {
		[NAME_HOST] = q->host, [NAME_SITE] = q->site, [NAME_OP] = q->op};
	int ready = event_index_ready(e, q->words.asked, err), result;
	bool look;

	if (ready != 1)
		return ready < 0 ? -1 : QUERY_WAIT;
	event_columns_want(event_index_columns(e), names, q->outcomes, q->acked, &f.want);
	look = db_look(e->db);
	result = ranges(&f);
	db_look_end(e->db, look);
	return result;
}
