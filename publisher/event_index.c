// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "event_index.h"
#include "event_tail.h"

/* Rows read at once: some ten milliseconds, which hold nobody up. */
#define COLUMN_SLICE 8192
#define WORD_SLICE 1024

struct event_index {
	struct engine *engine;
	struct event *more;
	struct event_columns *columns;
	int64_t loaded; /* all up to this number are in columns */
	struct event_tail tail;
	struct segment {
		int64_t first, last;
	} * segments; /* rising */
	size_t n, cap;
	int64_t version; /* of the database, as others have changed it */
	unsigned undone;
	bool begun, told;
};

/* ---- segments ---- */

static int add_segment(struct event_index *x, int64_t first, int64_t last)
{
	size_t cap = x->cap ? 2 * x->cap : 64;
	struct segment *v;

	if (x->n == x->cap) {
		if (!(v = realloc(x->segments, cap * sizeof(*v))))
			return -1;
		x->segments = v;
		x->cap = cap;
	}
	x->segments[x->n++] = (struct segment){first, last};
	return 0;
}

static int segment_row(void *arg, struct store_row *r)
{
	return add_segment(arg, store_int(r, 0), store_int(r, 1));
}

struct sealing {
	struct event_index *x;
	struct err *err;
};

static int put_block(void *arg, const char *term, size_t len, const struct buf *b)
{
	struct sealing *s = arg;

	return db_write(s->x->engine->db, s->err, SQL_TERM_PUT, "ibb", s->x->tail.first, term,
			(int)len, b->data, (int)b->len) < 0
		       ? -1
		       : 0;
}

/* The row of event_segment comes last: without it the blocks are nothing, and made again. */
static int seal(struct event_index *x, struct err *err)
{
	struct sealing s = {x, err};
	const struct event_tail *t = &x->tail;
	struct db *db = x->engine->db;

	err_set(err, "out of memory");
	if (db_write(db, err, SQL_TERM_DEL, "i", t->first) < 0 ||
	    event_tail_seal(t, put_block, &s) ||
	    db_write(db, err, SQL_SEGMENT_PUT, "ii", t->first, t->last) < 0 ||
	    add_segment(x, t->first, t->last))
		return -1;
	event_tail_clear(&x->tail, t->last + 1);
	return 0;
}

/* ---- following the table ---- */

static int one_row(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 0);
	return 0;
}

static int forget_columns(struct event_index *x)
{
	event_columns_free(x->columns);
	x->columns = event_columns_new();
	x->loaded = 0;
	return x->columns ? 0 : -1;
}

/* Were there changes that nobody told us of? Then what is in memory counts for nothing. */
static int keep_pace(struct event_index *x, struct err *err)
{
	struct db *db = x->engine->db;
	int64_t version = 0;

	if (db_read(db, err, SQL_DATA_VERSION, one_row, &version, "") < 0)
		return -1;
	err_set(err, "out of memory");
	if (!x->begun || x->undone != db_undone(db)) {
		x->n = 0;
		if (forget_columns(x) || db_read(db, err, SQL_SEGMENT_LIST, segment_row, x, "") < 0)
			return -1;
		event_tail_clear(&x->tail, x->n ? x->segments[x->n - 1].last + 1 : 1);
		x->undone = db_undone(db);
		x->begun = true;
	} else if (x->version != version && forget_columns(x)) {
		return -1;
	}
	x->version = version;
	return 0;
}

static int column_row(void *arg, struct store_row *r)
{
	struct event_index *x = arg;
	const char *const names[NAME_KINDS] = {
		[NAME_HOST] = store_text(r, 1),
		[NAME_SITE] = store_text(r, 2),
		[NAME_OP] = store_text(r, 3),
	};

	if (event_columns_put(x->columns, store_int(r, 0), names, store_int(r, 4), store_int(r, 5)))
		return 1;
	x->loaded = store_int(r, 0);
	return 0;
}

static int read_columns(struct event_index *x, struct err *err)
{
	int64_t before = x->loaded;
	int n = db_read(x->engine->db, err, SQL_EVENT_COLUMNS, column_row, x, "ii", x->loaded,
			(int64_t)COLUMN_SLICE);

	if (n > 0 && x->loaded == before)
		return err_set(err, "out of memory");
	return n < 0 ? -1 : n < COLUMN_SLICE;
}

struct reading {
	struct event_index *x;
	struct err *err;
	bool failed, full;
};

static int add_key(void *arg, const char *p, size_t n)
{
	return event_tail_add(arg, p, n);
}

static int word_row(void *arg, struct store_row *r)
{
	struct reading *d = arg;
	struct event_tail *t = &d->x->tail;
	const char *words = store_text(r, 1);
	int64_t n = store_int(r, 0);

	if (event_tail_full(t, n)) {
		d->full = true;
		return 1;
	}
	if (t->last < t->first)
		event_tail_clear(t, n);
	t->last = n;
	d->failed = event_words_keys(db_store(d->x->engine->db), words, add_key, t, d->err) < 0;
	return d->failed;
}

static int read_words(struct event_index *x, struct err *err)
{
	struct reading d = {.x = x, .err = err};
	int n = db_read(x->engine->db, err, SQL_EVENT_WORDS, word_row, &d, "ii", x->tail.last,
			(int64_t)WORD_SLICE);

	if (n < 0 || d.failed || (d.full && seal(x, err)))
		return -1;
	return !d.full && n < WORD_SLICE;
}

static void read_on(struct event_index *x)
{
	const struct timeval now = {0, 0};

	if (!evtimer_pending(x->more, NULL))
		evtimer_add(x->more, &now);
}

int event_index_ready(struct engine *e, bool words, struct err *err)
{
	struct event_index *x = e->index;
	int columns, all;

	if (keep_pace(x, err))
		return -1;
	columns = read_columns(x, err);
	all = columns == 1 ? read_words(x, err) : columns;
	if (columns == 0 || all == 0)
		read_on(x);
	return words ? all : columns;
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	struct event_index *x = arg;
	struct err err;
	int result = event_index_ready(x->engine, true, &err);

	(void)fd;
	(void)what;
	if (result < 0 && !x->told)
		log_err("events can be listed, but not searched: %s", err.text);
	x->told = result < 0;
}

void event_index_tick(struct engine *e)
{
	read_on(e->index);
}

int event_index_start(struct engine *e, struct err *err)
{
	struct event_index *x = calloc(1, sizeof(*x));

	if (!x || !(x->more = evtimer_new(e->base, on_more, x))) {
		free(x);
		return err_set(err, "out of memory");
	}
	x->engine = e;
	e->index = x;
	read_on(x);
	return 0;
}

void event_index_stop(struct engine *e)
{
	struct event_index *x = e->index;

	if (!x)
		return;
	event_free(x->more);
	event_columns_free(x->columns);
	event_tail_free(&x->tail);
	free(x->segments);
	free(x);
	e->index = NULL;
}

/* ---- what happens to events ---- */

struct state {
	int64_t outcome, acked;
};

static int state_row(void *arg, struct store_row *r)
{
	*(struct state *)arg = (struct state){store_int(r, 0), store_int(r, 1)};
	return 0;
}

void event_index_changed(struct engine *e, int64_t n)
{
	struct event_index *x = e->index;
	struct state s;

	if (!x || n > x->loaded || !x->columns)
		return; /* it is read later, as it is then */
	if (db_read(e->db, NULL, SQL_EVENT_STATE, state_row, &s, "i", n) == 1)
		event_columns_state(x->columns, n, s.outcome, s.acked);
}

void event_index_prune(struct engine *e)
{
	struct event_index *x = e->index;
	size_t gone = 0;
	int64_t least = 0;

	if (!x || !x->columns || db_read(e->db, NULL, SQL_EVENT_RANGE, one_row, &least, "") < 0)
		return;
	if (!least)
		least = x->loaded + 1;
	while (gone < x->n && x->segments[gone].last < least) {
		int64_t first = x->segments[gone++].first;

		if (db_write(e->db, NULL, SQL_TERM_DEL, "i", first) < 0 ||
		    db_write(e->db, NULL, SQL_SEGMENT_DEL, "i", first) < 0)
			return; /* found to be empty at each search, until the next time */
	}
	memmove(x->segments, x->segments + gone, (x->n - gone) * sizeof(*x->segments));
	x->n -= gone;
	event_columns_prune(x->columns, least);
}

/* ---- looking ---- */

const struct event_columns *event_index_columns(const struct engine *e)
{
	return e->index->columns;
}

bool event_index_range(const struct engine *e, int64_t before, struct event_range *r)
{
	const struct event_index *x = e->index;
	size_t low = 0, high = x->n;

	if (x->tail.first <= x->tail.last && x->tail.first < before) {
		*r = (struct event_range){x->tail.first, x->tail.last, true};
		return true;
	}
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (x->segments[mid].first < before)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return false;
	*r = (struct event_range){x->segments[low - 1].first, x->segments[low - 1].last, false};
	return true;
}

struct matching {
	const struct event_key *key;
	struct event_bits *to;
	bool bad;
};

static int block_row(void *arg, struct store_row *r)
{
	struct matching *m = arg;
	int n;
	const void *block = store_blob(r, 0, &n);

	m->bad = event_block_read(block, n, m->key->bytes, m->key->len, m->to) != 0;
	return m->bad;
}

int event_index_match(struct engine *e, const struct event_range *r, const struct event_key *k,
		      struct event_bits *to, struct err *err)
{
	struct matching m = {k, to, false};
	char above[EVENT_TERM_MAX + 1];

	if (r->tail) {
		event_tail_match(&e->index->tail, k->bytes, k->len, to);
		return 0;
	}
	/* No byte of UTF-8 is 0xff: all that begins so lies below. */
	memcpy(above, k->bytes, k->len);
	above[k->len] = '\xff';
	if (db_read(e->db, err, SQL_TERM_FIND, block_row, &m, "ibb", r->first, k->bytes,
		    (int)k->len, above, (int)k->len + 1) < 0)
		return -1;
	if (m.bad)
		return err_set(err, "the index of words is damaged; `DELETE FROM event_segment` in "
				    "publisher.db makes the next start build it anew");
	return 0;
}
