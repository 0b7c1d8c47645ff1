// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include "fetch.h"
#include "index.h"

#define OBJECTS_MAX 512	      /* asked for at a time: each costs a descriptor */
#define BYTES_MAX (32u << 20) /* likewise, plain; a larger object goes alone */
#define GET_ITEMS 256
#define DISK_RETRY_S 5
#define DAMAGED_MAX 3 /* so often an object may arrive damaged before it counts as missing */

struct fetch_claim {
	LIST_ENTRY(fetch_claim) link;
	fetch_done *done;
	void *arg;
	struct wish *wish;
};

struct wish {		  /* one object */
	struct hash hash; /* first: the index compares it */
	TAILQ_ENTRY(wish) link;
	LIST_HEAD(, fetch_claim) claims;
	struct fetch *fetch;
	uint64_t size;
	bool asked;
	uint32_t request; /* in which it was asked for last */
	struct depot_recv *recv;
	int damaged;
};

TAILQ_HEAD(wishes, wish);

struct fetch {
	struct depot *vault;
	struct event *pump, *retry;
	void *index;
	struct wishes waiting, asked;
	int n_asked;
	uint64_t bytes_asked, bytes;
	uint32_t request;
	bool disk_full;
	fetch_send *send;
	void *arg;
};

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_LEN);
}

static void on_pump(int fd, short what, void *arg);
static void on_retry(int fd, short what, void *arg);

static void soon(struct fetch *f)
{
	struct timeval now = {0, 0};

	if (f->send && !f->disk_full && !evtimer_pending(f->pump, NULL))
		evtimer_add(f->pump, &now);
}

struct fetch *fetch_new(struct event_base *base, struct depot *vault)
{
	struct fetch *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->vault = vault;
	TAILQ_INIT(&f->waiting);
	TAILQ_INIT(&f->asked);
	f->pump = evtimer_new(base, on_pump, f);
	f->retry = evtimer_new(base, on_retry, f);
	if (f->pump && f->retry)
		return f;
	fetch_free(f);
	return NULL;
}

static void forget(struct wish *w)
{
	struct fetch *f = w->fetch;

	index_remove(&f->index, w, by_hash);
	TAILQ_REMOVE(w->asked ? &f->asked : &f->waiting, w, link);
	if (w->asked) {
		f->n_asked--;
		f->bytes_asked -= w->size;
	}
	depot_recv_abort(w->recv, true);
	free(w);
}

void fetch_free(struct fetch *f)
{
	struct wish *w;

	if (!f)
		return;
	while ((w = TAILQ_FIRST(&f->asked)) || (w = TAILQ_FIRST(&f->waiting))) {
		while (!LIST_EMPTY(&w->claims)) {
			struct fetch_claim *c = LIST_FIRST(&w->claims);

			LIST_REMOVE(c, link);
			free(c);
		}
		forget(w);
	}
	if (f->pump)
		event_free(f->pump);
	if (f->retry)
		event_free(f->retry);
	free(f);
}

static struct wish *wish_of(struct fetch *f, const struct hash *h, uint64_t size)
{
	struct wish *w = index_find(&f->index, h, by_hash);

	if (w)
		return w;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->hash = *h;
	w->size = size;
	w->fetch = f;
	LIST_INIT(&w->claims);
	if (index_add(&f->index, w, by_hash)) {
		free(w);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&f->waiting, w, link);
	return w;
}

struct fetch_claim *fetch_want(struct fetch *f, const struct hash *h, uint64_t size,
			       fetch_done *done, void *arg)
{
	struct wish *w = wish_of(f, h, size);
	struct fetch_claim *c = w ? malloc(sizeof(*c)) : NULL;

	if (!c)
		return NULL;
	c->done = done;
	c->arg = arg;
	c->wish = w;
	LIST_INSERT_HEAD(&w->claims, c, link);
	soon(f);
	return c;
}

/* What is under way is let come: it costs little, and who wanted it may want it again. */
void fetch_cancel(struct fetch_claim *c)
{
	if (!c)
		return;
	LIST_REMOVE(c, link);
	if (LIST_EMPTY(&c->wish->claims) && !c->wish->asked)
		forget(c->wish);
	free(c);
}

/* Ends the wish; claims made meanwhile for the same object are new wishes. */
static void settle(struct wish *w, const char *why)
{
	LIST_HEAD(, fetch_claim) claims = LIST_HEAD_INITIALIZER(claims);
	struct fetch *f = w->fetch;
	struct hash h = w->hash;
	struct fetch_claim *c;

	while ((c = LIST_FIRST(&w->claims))) {
		LIST_REMOVE(c, link);
		LIST_INSERT_HEAD(&claims, c, link);
		c->wish = NULL;
	}
	forget(w);
	while ((c = LIST_FIRST(&claims))) {
		LIST_REMOVE(c, link);
		c->done(c->arg, &h, why);
		free(c);
	}
	soon(f);
}

static void back_to_waiting(struct wish *w)
{
	struct fetch *f = w->fetch;

	if (!w->asked)
		return;
	w->asked = false;
	f->n_asked--;
	f->bytes_asked -= w->size;
	TAILQ_REMOVE(&f->asked, w, link);
	TAILQ_INSERT_TAIL(&f->waiting, w, link);
	depot_recv_abort(w->recv, true);
	w->recv = NULL;
}

static void all_back(struct fetch *f)
{
	while (!TAILQ_EMPTY(&f->asked))
		back_to_waiting(TAILQ_FIRST(&f->asked));
}

/* Nothing is asked for until there may be room again. */
static void disk_trouble(struct fetch *f, const char *why)
{
	struct timeval t = {DISK_RETRY_S, 0};

	if (!f->disk_full)
		log_err("vault: %s; trying again every %d s", why, DISK_RETRY_S);
	f->disk_full = true;
	all_back(f);
	evtimer_add(f->retry, &t);
}

static void on_retry(int fd, short what, void *arg)
{
	struct fetch *f = arg;

	(void)fd;
	(void)what;
	f->disk_full = false;
	soon(f);
}

static bool room(const struct fetch *f, const struct wish *w)
{
	return f->n_asked < OBJECTS_MAX && (!f->n_asked || f->bytes_asked + w->size <= BYTES_MAX);
}

static int ask(struct fetch *f, struct wish *w, struct msg_get *get)
{
	struct err err = {""};

	w->recv = depot_recv_begin(f->vault, &w->hash, w->size, &err);
	if (!w->recv) {
		disk_trouble(f, err.text);
		return -1;
	}
	TAILQ_REMOVE(&f->waiting, w, link);
	TAILQ_INSERT_TAIL(&f->asked, w, link);
	w->asked = true;
	w->request = get->request;
	f->n_asked++;
	f->bytes_asked += w->size;
	get->items[get->n].hash = w->hash;
	get->items[get->n++].offset = depot_recv_offset(w->recv);
	return 0;
}

static void on_pump(int fd, short what, void *arg)
{
	static struct msg_get get; /* large */
	struct fetch *f = arg;
	struct wish *w;

	(void)fd;
	(void)what;
	get.n = 0;
	get.request = ++f->request;
	while (f->send && (w = TAILQ_FIRST(&f->waiting)) && get.n < GET_ITEMS && room(f, w))
		if (ask(f, w, &get))
			return;
	if (get.n && f->send && f->send(f->arg, &get))
		all_back(f);
	else if (get.n == GET_ITEMS)
		soon(f);
}

void fetch_online(struct fetch *f, fetch_send *send, void *arg)
{
	all_back(f);
	f->send = send;
	f->arg = arg;
	soon(f);
}

static void received(struct wish *w, uint64_t size)
{
	struct fetch *f = w->fetch;
	struct err err = {""};
	enum depot_result rc = depot_recv_end(w->recv, &err);

	w->recv = NULL;
	f->bytes += size;
	if (rc == DEPOT_OK) {
		settle(w, NULL);
	} else if (rc == DEPOT_IO) {
		disk_trouble(f, err.text);
	} else if (++w->damaged < DAMAGED_MAX) {
		log_warn("an object arrived damaged, asking again: %s", err.text);
		back_to_waiting(w);
		soon(f);
	} else {
		settle(w, "the publisher's copy is damaged");
	}
}

int fetch_object(struct fetch *f, const struct msg_object *m, struct err *err)
{
	struct wish *w = index_find(&f->index, &m->hash, by_hash);
	char hex[HASH_HEX];

	if (!w || !w->asked || w->request != m->request)
		return 0; /* asked for before a disk trouble: it will come again */
	if (m->encoded_size > w->size + DEPOT_OVERHEAD || m->offset > m->encoded_size ||
	    m->n > m->encoded_size - m->offset)
		return err_set(err, "object %s is larger than the release says",
			       hash_hex(&m->hash, hex));
	if (m->offset != depot_recv_offset(w->recv))
		return err_set(err, "object %s does not come in order", hash_hex(&m->hash, hex));
	if (depot_recv_add(w->recv, m->piece, m->n, err)) {
		disk_trouble(f, err->text);
		return 0;
	}
	if (m->offset + m->n == m->encoded_size)
		received(w, m->encoded_size);
	return 0;
}

void fetch_missing(struct fetch *f, const struct msg_object_missing *m)
{
	struct wish *w = index_find(&f->index, &m->hash, by_hash);
	char why[PROTO_TEXT_MAX + 64];

	if (!w || !w->asked || w->request != m->request)
		return;
	snprintf(why, sizeof(why), "the publisher does not have it: %s", m->why);
	settle(w, why);
}

uint64_t fetch_bytes(const struct fetch *f)
{
	return f->bytes;
}

bool fetch_idle(const struct fetch *f)
{
	return TAILQ_EMPTY(&f->asked) && TAILQ_EMPTY(&f->waiting);
}

bool fetch_failing(const struct fetch *f)
{
	return f->disk_full;
}
