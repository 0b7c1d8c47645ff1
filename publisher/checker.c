// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "checker.h"
#include "role.h"
#include "roles.h"

struct question {
	uint32_t id;
	checker_hashed *hashed;
	checker_checked *checked;
	checker_step *step;
	void *arg;
	struct question *next;
};

struct checker {
	struct role *role;
	struct question *first;
	unsigned waiting;
	uint32_t last_id;
};

static void finish(struct question *q, const char *phc, bool right, int64_t step, bool busy)
{
	if (q->hashed)
		q->hashed(q->arg, phc, busy);
	else if (q->checked)
		q->checked(q->arg, right, busy);
	else
		q->step(q->arg, step, busy);
	free(q);
}

static struct question *take(struct checker *c, uint32_t id)
{
	for (struct question **at = &c->first; *at; at = &(*at)->next) {
		struct question *q = *at;

		if (q->id != id)
			continue;
		*at = q->next;
		c->waiting--;
		return q;
	}
	return NULL;
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct checker *c = arg;
	struct rd r = rd_over(p, n);
	struct question *q = take(c, rd_u32(&r));
	char phc[AUTH_PHC_MAX] = "";
	bool right = false, fits;
	int64_t step = -1;

	if (!q)
		return;
	if (type == AUTH_HASHED)
		rd_str(&r, phc, sizeof(phc));
	else if (type == AUTH_CHECKED)
		right = rd_u8(&r) == 1;
	else
		step = rd_i64(&r);
	fits = rd_end(&r) && type == (q->hashed	   ? AUTH_HASHED
				      : q->checked ? AUTH_CHECKED
						   : AUTH_STEP);
	finish(q, phc, fits && right, fits ? step : -1, !fits || (q->hashed && !*phc));
}

static void on_up(void *arg, struct chan *chan)
{
	(void)arg;
	(void)chan;
}

/* Passwords are not kept to be asked again: whoever waits hears "try again". */
static void on_down(void *arg, const char *why)
{
	struct checker *c = arg;
	struct question *q;

	log_warn("the auth role is down (%s); it is started again", why);
	while ((q = c->first)) {
		c->first = q->next;
		c->waiting--;
		finish(q, "", false, -1, true);
	}
}

struct checker *checker_start(struct event_base *base, const char *state)
{
	static const struct role_ops ops = {.up = on_up, .message = on_message, .down = on_down};
	char option[] = "--state";
	char *argv[] = {option, (char *)state, NULL};
	struct checker *c = calloc(1, sizeof(*c));

	if (c)
		c->role = role_start(base, "auth", argv, &ops, c);
	return c;
}

void checker_stop(struct checker *c)
{
	if (!c)
		return;
	role_stop(c->role);
	for (struct question *q = c->first, *next; q; q = next) {
		next = q->next;
		free(q);
	}
	free(c);
}

pid_t checker_pid(const struct checker *c)
{
	return role_pid(c->role);
}

static void ask(struct checker *c, uint16_t type, struct buf *b, struct question like)
{
	struct question *q = malloc(sizeof(*q));
	struct chan *chan = role_chan(c->role);

	if (!q)
		log_fatal("out of memory");
	*q = like;
	if (!chan || c->waiting >= CHECKER_WAITING_MAX || chan_send_buf(chan, type, b)) {
		finish(q, "", false, -1, true);
	} else {
		q->next = c->first;
		c->first = q;
		c->waiting++;
	}
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

static uint32_t begin(struct checker *c, struct buf *b)
{
	buf_init(b, 4096);
	buf_put_u32(b, ++c->last_id);
	return c->last_id;
}

void checker_hash(struct checker *c, const char *password, checker_hashed *done, void *arg)
{
	struct buf b;
	uint32_t id = begin(c, &b);

	buf_put_str(&b, password);
	ask(c, AUTH_HASH, &b, (struct question){.id = id, .hashed = done, .arg = arg});
}

void checker_check(struct checker *c, const char *password, const char *phc, checker_checked *done,
		   void *arg)
{
	struct buf b;
	uint32_t id = begin(c, &b);

	buf_put_str(&b, password);
	buf_put_str(&b, phc);
	ask(c, AUTH_CHECK, &b, (struct question){.id = id, .checked = done, .arg = arg});
}

void checker_totp(struct checker *c, const char *code, int64_t last, const uint8_t *secret,
		  size_t n, checker_step *done, void *arg)
{
	struct buf b;
	uint32_t id = begin(c, &b);

	buf_put_str(&b, code);
	buf_put_i64(&b, last);
	buf_put_blob(&b, secret, n);
	ask(c, AUTH_TOTP, &b, (struct question){.id = id, .step = done, .arg = arg});
}
