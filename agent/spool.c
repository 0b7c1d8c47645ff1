// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include "db.h"
#include "fsx.h"
#include "ident.h"
#include "spool.h"

#define COMMIT_MS 20	/* together what came together: a commit costs a disk's flush */
#define RETRY_MS 2000	/* after the disk refused */
#define MEMORY_MAX 8192 /* events waiting for the disk, about 4 MB */
#define COMMIT_AT 512	/* so many at once are enough */
#define WINDOW 256	/* sent and not acknowledged */
#define DROP_PART 16	/* a sixteenth of the cap goes at a time */

struct waiting {
	TAILQ_ENTRY(waiting) link;
	char id[EVENT_ID_MAX];
	uint8_t outcome;
	int len;
	uint8_t bytes[];
};

struct listener {
	LIST_ENTRY(listener) link;
	spool_listener *each;
	void *arg;
};

struct spool {
	struct store *store;
	struct event *timer;
	TAILQ_HEAD(, waiting) queue;
	int queued;
	LIST_HEAD(, listener) listeners;
	uint64_t cap, rows, folded, told; /* folded in all, and as told in events */
	bool refused;
	spool_send *send;
	void *send_arg;
	int under_way;
	char acked[WINDOW][EVENT_ID_MAX]; /* not yet written: what is lost of them is sent again */
	int n_acked;
};

static void on_timer(int fd, short what, void *arg);

static void arm(struct spool *s, int ms)
{
	struct timeval t = {ms / 1000, ms % 1000 * 1000};

	if (!evtimer_pending(s->timer, NULL))
		evtimer_add(s->timer, &t);
}

static int read_count(void *arg, struct store_row *r)
{
	*(uint64_t *)arg = store_int(r, 0);
	return 0;
}

struct spool *spool_new(struct event_base *base, struct store *store, uint64_t cap, struct err *err)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (!s || !(s->timer = evtimer_new(base, on_timer, s))) {
		free(s);
		err_set(err, "out of memory");
		return NULL;
	}
	s->store = store;
	s->cap = cap;
	TAILQ_INIT(&s->queue);
	LIST_INIT(&s->listeners);
	if (store_run(store, DB_EVENT_COUNT, read_count, &s->rows, err, "") < 0 ||
	    store_run(store, DB_EVENT_UNSEND, NULL, NULL, err, "") < 0) {
		spool_free(s);
		return NULL;
	}
	return s;
}

static void dequeue(struct spool *s, struct waiting *w)
{
	TAILQ_REMOVE(&s->queue, w, link);
	s->queued--;
	free(w);
}

/* Many as one, for the same reason as events. Refused, they wait. */
static int write_acks(struct spool *s)
{
	if (!s->n_acked)
		return 0;
	if (store_begin(s->store, NULL))
		return -1;
	for (int i = 0; i < s->n_acked; i++)
		store_run(s->store, DB_EVENT_ACKED, NULL, NULL, NULL, "t", s->acked[i]);
	if (store_commit(s->store, NULL)) {
		store_rollback(s->store);
		return -1;
	}
	s->under_way -= s->n_acked < s->under_way ? s->n_acked : s->under_way;
	s->n_acked = 0;
	return 0;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	spool_flush(s);
	write_acks(s);
	while (!TAILQ_EMPTY(&s->queue))
		dequeue(s, TAILQ_FIRST(&s->queue));
	while (!LIST_EMPTY(&s->listeners))
		spool_unlisten(s, LIST_FIRST(&s->listeners));
	event_free(s->timer);
	free(s);
}

/* The disk refuses and memory is full: what changed nothing is worth least. */
static void make_room(struct spool *s)
{
	struct waiting *w;

	TAILQ_FOREACH (w, &s->queue, link)
		if (w->outcome == OUTCOME_DENIED || w->outcome == OUTCOME_CLEAN)
			break;
	dequeue(s, w ? w : TAILQ_FIRST(&s->queue));
	s->folded++;
}

static int enqueue(struct spool *s, const struct wd_event *e)
{
	struct waiting *w;
	struct buf b;

	buf_init(&b, EVENT_BYTES_MAX);
	event_put(&b, e);
	w = buf_ok(&b) ? malloc(sizeof(*w) + b.len) : NULL;
	if (w) {
		memcpy(w->id, e->id, sizeof(w->id));
		w->outcome = e->outcome;
		w->len = b.len;
		memcpy(w->bytes, b.data, b.len);
		TAILQ_INSERT_TAIL(&s->queue, w, link);
		s->queued++;
	}
	buf_free(&b);
	return w ? 0 : -1;
}

void spool_put(struct spool *s, const struct wd_event *e)
{
	struct listener *l, *next;

	if (s->queued >= MEMORY_MAX)
		make_room(s);
	if (enqueue(s, e))
		s->folded++;
	for (l = LIST_FIRST(&s->listeners); l; l = next) {
		next = LIST_NEXT(l, link); /* it may leave meanwhile */
		l->each(l->arg, e);
	}
	if (s->queued >= COMMIT_AT && !s->refused)
		spool_flush(s);
	arm(s, s->refused ? RETRY_MS : COMMIT_MS);
}

static int write_queue(struct spool *s, struct err *err)
{
	struct waiting *w;

	if (store_begin(s->store, err))
		return -1;
	TAILQ_FOREACH (w, &s->queue, link) {
		if (store_run(s->store, DB_EVENT_PUT, NULL, NULL, err, "tib", w->id,
			      (int64_t)w->outcome, w->bytes, w->len) < 0) {
			store_rollback(s->store);
			return -1;
		}
	}
	if (store_commit(s->store, err)) {
		store_rollback(s->store);
		return -1;
	}
	return 0;
}

static int drop(struct spool *s, int statement, int64_t most, bool count)
{
	int n;

	if (store_run(s->store, statement, NULL, NULL, NULL, "i", most) < 0)
		return 0;
	n = store_changes(s->store);
	s->rows -= n;
	if (count)
		s->folded += n;
	return n;
}

static void keep_bound(struct spool *s)
{
	static const struct {
		int statement;
		bool count;
	} ways[] = {{DB_DROP_ACKED, false}, {DB_DROP_QUIET, true}, {DB_DROP_OLDEST, true}};
	int64_t most = s->cap / DROP_PART + 1;

	store_run(s->store, DB_EVENT_COUNT, read_count, &s->rows, NULL, "");
	if (s->rows <= s->cap)
		return;
	most += s->rows - s->cap;
	for (int i = 0; i < 3 && most > 0; i++)
		most -= drop(s, ways[i].statement, most, ways[i].count);
}

static void tell_folded(struct spool *s)
{
	static struct wd_event e; /* large, and we are one thread */
	uint64_t n = s->folded - s->told;

	if (!n)
		return;
	s->told = s->folded;
	ident_event(&e, "agent", "folded", "", "");
	e.outcome = OUTCOME_NOTED;
	e.repeat = n > UINT32_MAX ? UINT32_MAX : n;
	snprintf(e.note, sizeof(e.note),
		 "too many events to keep them all: this one stands for the oldest");
	spool_put(s, &e);
}

struct sending {
	struct spool *s;
	char ids[WINDOW][EVENT_ID_MAX];
	int n;
};

static int send_one(void *arg, struct store_row *r)
{
	struct sending *out = arg;
	int n;
	const void *bytes = store_blob(r, 1, &n);

	if (out->s->send(out->s->send_arg, bytes, n))
		return 1;
	snprintf(out->ids[out->n++], EVENT_ID_MAX, "%s", store_text(r, 0));
	return 0;
}

/* Statements that change the table wait until the one that reads it has ended. */
static void pump(struct spool *s)
{
	static struct sending out;
	int64_t room = WINDOW - s->under_way;

	if (!s->send || room <= 0)
		return;
	out.s = s;
	out.n = 0;
	store_run(s->store, DB_EVENT_UNSENT, send_one, &out, NULL, "i", room);
	if (!out.n || store_begin(s->store, NULL))
		return;
	for (int i = 0; i < out.n; i++)
		store_run(s->store, DB_EVENT_SENT, NULL, NULL, NULL, "t", out.ids[i]);
	s->under_way += out.n;
	if (store_commit(s->store, NULL))
		store_rollback(s->store);
}

int spool_flush(struct spool *s)
{
	struct err err = {""};

	if (TAILQ_EMPTY(&s->queue))
		return 0;
	if (write_queue(s, &err)) {
		if (!s->refused)
			log_err("events cannot be kept: %s; they wait in memory", err.text);
		s->refused = true;
		arm(s, RETRY_MS);
		return -1;
	}
	if (s->refused)
		log_info("events are kept again");
	s->refused = false;
	s->rows += s->queued; /* an upper bound: some replaced others */
	while (!TAILQ_EMPTY(&s->queue))
		dequeue(s, TAILQ_FIRST(&s->queue));
	if (s->rows > s->cap)
		keep_bound(s);
	return 0;
}

static void on_timer(int fd, short what, void *arg)
{
	struct spool *s = arg;

	(void)fd;
	(void)what;
	if (!spool_flush(s) && !write_acks(s)) {
		tell_folded(s);
		pump(s);
	}
}

void spool_online(struct spool *s, spool_send *send, void *arg)
{
	s->send = send;
	s->send_arg = arg;
	write_acks(s);
	s->n_acked = s->under_way = 0;
	store_run(s->store, DB_EVENT_UNSEND, NULL, NULL, NULL, "");
	if (send)
		arm(s, COMMIT_MS);
}

void spool_acked(struct spool *s, const char *id)
{
	/* Of what is on its way there are no more; whoever says more repeats himself. */
	if (s->n_acked == WINDOW && write_acks(s))
		return;
	snprintf(s->acked[s->n_acked++], EVENT_ID_MAX, "%s", id);
	arm(s, s->refused ? RETRY_MS : COMMIT_MS);
}

struct reading {
	void (*each)(void *arg, const struct wd_event *e);
	void *arg;
	struct wd_event e;
};

static int read_one(void *arg, struct store_row *row)
{
	struct reading *in = arg;
	int n;
	const void *bytes = store_blob(row, 0, &n);
	struct rd r = rd_over(bytes, n);

	event_get(&r, &in->e);
	if (rd_end(&r))
		in->each(in->arg, &in->e);
	return 0;
}

int spool_last(struct spool *s, int n, void (*each)(void *arg, const struct wd_event *e), void *arg)
{
	static struct reading in;

	spool_flush(s);
	in.each = each;
	in.arg = arg;
	return store_run(s->store, DB_EVENT_LAST, read_one, &in, NULL, "i", (int64_t)n);
}

int spool_unfinished(struct spool *s, void (*each)(void *arg, const struct wd_event *e), void *arg)
{
	static struct reading in;

	in.each = each;
	in.arg = arg;
	return store_run(s->store, DB_EVENT_OPEN, read_one, &in, NULL, "");
}

void *spool_listen(struct spool *s, spool_listener *each, void *arg)
{
	struct listener *l = malloc(sizeof(*l));

	if (!l)
		return NULL;
	l->each = each;
	l->arg = arg;
	LIST_INSERT_HEAD(&s->listeners, l, link);
	return l;
}

void spool_unlisten(struct spool *s, void *listener)
{
	struct listener *l = listener;

	(void)s;
	LIST_REMOVE(l, link);
	free(l);
}

static int read_state(void *arg, struct store_row *r)
{
	struct spool_state *out = arg;

	out->kept = store_int(r, 0);
	out->unsent = store_int(r, 1);
	return 0;
}

void spool_state(struct spool *s, struct spool_state *out)
{
	memset(out, 0, sizeof(*out));
	write_acks(s);
	store_run(s->store, DB_EVENT_COUNT, read_state, out, NULL, "");
	out->unsent += s->queued;
	out->folded = s->folded;
	out->refused = s->refused;
}
