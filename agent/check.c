// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "index.h"

#define CHECKS_MAX 20000
#define INCIDENTS_MAX 256 /* a path; more of them have nothing to add */
#define RETRY_FIRST_MS 1000
#define RETRY_LAST_MS 60000

/* After the event, and each after the one before it: 20 ms, 200 ms and 2 s in all. */
static const int follow_ms[] = {20, 180, 1800};
#define FOLLOWS (int)(sizeof(follow_ms) / sizeof(*follow_ms))

struct check {
	const struct site *key_site; /* first two: the index compares them */
	const char *key_path;
	TAILQ_ENTRY(check) link;
	struct checks *all;
	struct site *site;
	struct task task;
	struct event *timer;
	struct walk *walk;
	unsigned int flags;
	int follow; /* looked again so often */
	bool again; /* another event came while it ran */
	struct incident *incidents[INCIDENTS_MAX];
	int n_incidents;
	/* What is wrong with the path, since it was last walked. */
	bool troubled, still;
	enum incident_trouble kind;
	struct incident *troubled_for;
	struct fetch_claim *claim;
	int retry_ms;
	char path[];
};

struct checks {
	struct event_base *base;
	struct sched *sched;
	struct fetch *fetch;
	const struct walk_place *place;
	checks_overflow *overflow;
	void *arg;
	void *index;
	TAILQ_HEAD(, check) list;
	struct check *running;
	uint32_t n, troubled, busy;
};

static int by_place(const void *a, const void *b)
{
	const struct check *x = a, *y = b;

	if (x->key_site != y->key_site)
		return x->key_site < y->key_site ? -1 : 1;
	return strcmp(x->key_path, y->key_path);
}

struct checks *checks_new(struct event_base *base, struct sched *sched, struct fetch *fetch,
			  const struct walk_place *place, checks_overflow *overflow, void *arg)
{
	struct checks *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->base = base;
	c->sched = sched;
	c->fetch = fetch;
	c->place = place;
	c->overflow = overflow;
	c->arg = arg;
	TAILQ_INIT(&c->list);
	return c;
}

static void release_incidents(struct check *k)
{
	while (k->n_incidents)
		incident_put(k->incidents[--k->n_incidents]);
}

static void drop(struct check *k)
{
	struct checks *c = k->all;

	index_remove(&c->index, k, by_place);
	TAILQ_REMOVE(&c->list, k, link);
	c->n--;
	if (k->troubled)
		c->troubled--;
	sched_remove(c->sched, &k->task);
	fetch_cancel(k->claim);
	walk_free(k->walk);
	release_incidents(k);
	incident_put(k->troubled_for);
	event_free(k->timer);
	free(k);
}

void checks_free(struct checks *c)
{
	if (!c)
		return;
	while (!TAILQ_EMPTY(&c->list))
		drop(TAILQ_FIRST(&c->list));
	free(c);
}

static void queue(struct check *k)
{
	enum sched_class class;

	if (k->all->running == k) {
		k->again = true;
		return;
	}
	event_del(k->timer);
	/* An event not looked at yet comes before a second look at others. */
	class = k->follow && !k->troubled ? SCHED_FOLLOW : SCHED_URGENT;
	if (k->task.class != class) {
		sched_remove(k->all->sched, &k->task);
		k->task.class = class;
	}
	sched_add(k->all->sched, &k->task);
}

static void on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	queue(arg);
}

static void delay(struct check *k, int ms)
{
	struct timeval t = {ms / 1000, ms % 1000 * 1000};

	event_add(k->timer, &t);
}

static bool on_step(void *arg);

static struct check *find(struct checks *c, const struct site *site, const char *path)
{
	struct check key = {.key_site = site, .key_path = path};

	return index_find(&c->index, &key, by_place);
}

static struct check *make(struct checks *c, struct site *site, const char *path)
{
	size_t n = strlen(path) + 1;
	struct check *k = c->n < CHECKS_MAX ? calloc(1, sizeof(*k) + n) : NULL;

	if (!k)
		return NULL;
	memcpy(k->path, path, n);
	k->key_site = k->site = site;
	k->key_path = k->path;
	k->all = c;
	k->task = (struct task){.step = on_step, .arg = k, .class = SCHED_URGENT};
	k->timer = evtimer_new(c->base, on_timer, k);
	if (!k->timer || index_add(&c->index, k, by_place)) {
		if (k->timer)
			event_free(k->timer);
		free(k);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&c->list, k, link);
	c->n++;
	return k;
}

void checks_add(struct checks *c, struct site *site, const char *path, unsigned int flags,
		struct incident *cause)
{
	struct check *k = find(c, site, path);

	if (!k)
		k = make(c, site, path);
	if (!k) {
		c->overflow(c->arg, site);
		return;
	}
	k->flags |= flags;
	k->follow = 0;
	if (cause && k->n_incidents < INCIDENTS_MAX)
		k->incidents[k->n_incidents++] = incident_hold(cause);
	queue(k);
}

/* ---- what cannot be put right now ---- */

static void on_object(void *arg, const struct hash *h, const char *why)
{
	struct check *k = arg;

	(void)h;
	k->claim = NULL;
	if (!why) {
		queue(k);
		return;
	}
	log_err("site %s: %s: %s", k->site->conf->name, k->path, why);
	delay(k, RETRY_LAST_MS);
}

static void set_trouble(struct check *k, enum incident_trouble kind, struct incident *i,
			const char *why)
{
	if (k->troubled && k->kind == kind && (k->troubled_for == i || !i))
		return;
	if (k->troubled) {
		incident_trouble_over(k->troubled_for, k->kind);
		incident_tell(k->troubled_for);
		incident_put(k->troubled_for);
	} else {
		k->all->troubled++;
		log_warn("site %s: %s: %s", k->site->conf->name, k->path, why);
	}
	k->troubled = true;
	k->kind = kind;
	k->troubled_for = incident_hold(i);
	incident_trouble(i, kind, why);
	incident_tell(i);
}

void checks_trouble(struct checks *c, struct site *site, const char *path, const struct hash *need,
		    uint64_t size, struct incident *i, const char *why)
{
	struct check *k = find(c, site, path);

	if (!k)
		k = make(c, site, path);
	if (!k) {
		incident_trouble(i, TROUBLE_FAILED, why);
		c->overflow(c->arg, site);
		return;
	}
	k->flags |= CHECK_BELOW; /* what is missing may be a directory's list */
	k->still = true;
	set_trouble(k, need ? TROUBLE_WAITING : TROUBLE_FAILED, i, why);
	if (need && !k->claim)
		k->claim = fetch_want(c->fetch, need, size, on_object, k);
	if (need && k->claim)
		return;
	k->retry_ms = k->retry_ms ? k->retry_ms * 2 : RETRY_FIRST_MS;
	if (k->retry_ms > RETRY_LAST_MS)
		k->retry_ms = RETRY_LAST_MS;
	delay(k, k->retry_ms);
}

static void end_trouble(struct check *k)
{
	if (!k->troubled)
		return;
	k->troubled = false;
	k->retry_ms = 0;
	k->all->troubled--;
	incident_trouble_over(k->troubled_for, k->kind);
	incident_tell(k->troubled_for);
	incident_put(k->troubled_for);
	k->troubled_for = NULL;
}

/* ---- walking ---- */

/* Who gets the credit for a repair: the first event nothing was done about yet. */
static struct incident *cause_of(const struct check *k)
{
	if (k->troubled_for)
		return k->troubled_for;
	for (int i = 0; i < k->n_incidents; i++)
		if (incident_untouched(k->incidents[i]))
			return k->incidents[i];
	return k->n_incidents ? k->incidents[k->n_incidents - 1] : NULL;
}

static bool start(struct check *k)
{
	unsigned int flags = 0;

	if (!k->site->want.serial)
		return false; /* nothing is expected yet: the first apply will see it */
	if (k->flags & CHECK_BELOW)
		flags |= WALK_BELOW;
	if (k->flags & CHECK_FOLLOW)
		flags |= WALK_SYNC;
	if ((k->flags & CHECK_FOLLOW) && k->follow == FOLLOWS)
		flags |= WALK_DETACH;
	k->still = k->again = false;
	fetch_cancel(k->claim);
	k->claim = NULL;
	k->walk = walk_new(k->all->place, k->site, k->path, flags, "scrub", cause_of(k));
	return k->walk != NULL;
}

/* Walked: look again soon, wait for what is missing, or be done. True: at once again. */
static bool settle(struct check *k)
{
	for (int i = 0; i < k->n_incidents; i++)
		incident_tell(k->incidents[i]);
	if (!k->still)
		end_trouble(k);
	if (k->again)
		return true;
	if ((k->flags & CHECK_FOLLOW) && k->follow < FOLLOWS) {
		delay(k, follow_ms[k->follow++]);
		return false;
	}
	k->flags &= ~CHECK_FOLLOW;
	release_incidents(k);
	if (!k->still)
		drop(k);
	return false;
}

static bool on_step(void *arg)
{
	struct check *k = arg;
	struct checks *c = k->all;
	bool more;

	c->running = k;
	if (!k->walk && !start(k)) {
		c->running = NULL;
		drop(k);
		return false;
	}
	more = walk_step(k->walk);
	if (!more) {
		walk_free(k->walk);
		k->walk = NULL;
	}
	c->running = NULL;
	return more || settle(k);
}

void checks_again(struct checks *c, struct site *site)
{
	struct check *k;

	TAILQ_FOREACH (k, &c->list, link) {
		if (k->site != site || (!k->troubled && !k->walk))
			continue;
		walk_free(k->walk);
		k->walk = NULL;
		queue(k);
	}
}

uint32_t checks_troubled(const struct checks *c)
{
	return c->troubled;
}

uint32_t checks_pending(const struct checks *c)
{
	return c->n;
}

bool checks_idle(const struct checks *c)
{
	const struct check *k;

	TAILQ_FOREACH (k, &c->list, link)
		if (k->task.queued || (!k->troubled && evtimer_pending(k->timer, NULL)))
			return false;
	return true;
}
