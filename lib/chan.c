// SPDX-License-Identifier: Apache-2.0
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "chan.h"
#include "tls.h"

struct chan {
	struct bufferevent *bev;
	const struct chan_ops *ops;
	void *arg;
	int busy;      /* inside a callback: freeing waits until it returns */
	bool dead;     /* to be freed, no more callbacks */
	bool flushing; /* close when all is sent */
	bool paused;
	int timeout;
	bool local; /* between hub and role */
	uint64_t beats;
	struct event *beat; /* in a role */
};

static void chan_free(struct chan *c)
{
	if (c->beat)
		event_free(c->beat);
	bufferevent_free(c->bev);
	free(c);
}

static void enter(struct chan *c)
{
	c->busy++;
}

/* c may be gone now. */
static void leave(struct chan *c)
{
	if (--c->busy == 0 && c->dead)
		chan_free(c);
}

/* Only between enter() and leave(), which frees. */
static void fail(struct chan *c, const char *reason)
{
	if (c->dead)
		return;
	c->dead = true;
	c->ops->closed(c->arg, reason);
}

long chan_parse(const void *p, size_t n, uint16_t *type, const uint8_t **payload, size_t *len,
		struct err *err)
{
	struct rd r = rd_over(p, n);
	uint32_t want = rd_u32(&r);
	uint16_t t = rd_u16(&r), zero = rd_u16(&r);

	if (r.failed)
		return 0;
	if (want > CHAN_PAYLOAD_MAX)
		return err_set(err, "frame of %u bytes, more than the %u allowed", want,
			       CHAN_PAYLOAD_MAX);
	if (zero != 0)
		return err_set(err, "frame with a bad header");
	if (want > r.left)
		return 0;
	*type = t;
	*payload = r.p;
	*len = want;
	return CHAN_HEADER + (long)want;
}

/* One frame handed over: true if there may be another. */
static bool step(struct chan *c, struct evbuffer *in)
{
	size_t have = evbuffer_get_length(in), need = CHAN_HEADER, len;
	const uint8_t *payload;
	struct err err;
	uint8_t head[CHAN_HEADER];
	uint16_t type;
	long used;

	if (have < CHAN_HEADER)
		return false;
	evbuffer_copyout(in, head, CHAN_HEADER);
	used = chan_parse(head, CHAN_HEADER, &type, &payload, &len, &err);
	if (used == 0) {
		need += (size_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
		if (have < need)
			return false;
		used = chan_parse(evbuffer_pullup(in, need), need, &type, &payload, &len, &err);
	}
	if (used <= 0) {
		fail(c, err.text);
		return false;
	}
	if (len == 0)
		payload = (const uint8_t *)"";
	if (c->local && type == CHAN_BEAT)
		c->beats++;
	else
		c->ops->message(c->arg, type, payload, len);
	if (!c->dead)
		evbuffer_drain(in, used);
	return !c->dead && !c->paused;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct chan *c = arg;

	if (c->dead)
		return;
	enter(c);
	while (!c->paused && step(c, bufferevent_get_input(bev)))
		;
	leave(c);
}

static void on_write(struct bufferevent *bev, void *arg)
{
	struct chan *c = arg;

	if (c->dead)
		return;
	if (c->flushing) {
		if (evbuffer_get_length(bufferevent_get_output(bev)) == 0)
			chan_close(c);
		return;
	}
	enter(c);
	if (c->ops->drained)
		c->ops->drained(c->arg);
	leave(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct chan *c = arg;
	char reason[256];

	if (what & BEV_EVENT_CONNECTED || c->dead)
		return;
	enter(c);
	/* What came before the end still counts. */
	if (what & BEV_EVENT_EOF)
		while (!c->paused && step(c, bufferevent_get_input(bev)))
			;
	if (what & BEV_EVENT_TIMEOUT)
		snprintf(reason, sizeof(reason), "no message for %d s", c->timeout);
	else
		tls_reason(bev, what, reason, sizeof(reason));
	if (c->flushing)
		c->dead = true;
	else
		fail(c, reason);
	leave(c);
}

struct chan *chan_new(struct bufferevent *bev, const struct chan_ops *ops, void *arg)
{
	struct chan *c = calloc(1, sizeof(*c));

	if (!c) {
		bufferevent_free(bev);
		return NULL;
	}
	*c = (struct chan){.bev = bev, .ops = ops, .arg = arg};
	bufferevent_setcb(bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(bev, EV_READ, 0, 2 * (CHAN_PAYLOAD_MAX + CHAN_HEADER));
	bufferevent_setwatermark(bev, EV_WRITE, CHAN_LOW, 0);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	if (evbuffer_get_length(bufferevent_get_input(bev)))
		bufferevent_trigger(bev, EV_READ,
				    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
	return c;
}

static void (*beat_also)(void);

void chan_beat_also(void (*also)(void))
{
	beat_also = also;
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	struct chan *c = arg;

	(void)fd;
	(void)what;
	/* A hub that does not read is not to be buried in beats. */
	if (chan_queued(c) < CHAN_HIGH)
		chan_send(c, CHAN_BEAT, "", 0);
	if (beat_also)
		beat_also();
}

static void start_beating(struct chan *c, struct event_base *base)
{
	const struct timeval every = {CHAN_BEAT_S, 0};

	c->beat = event_new(base, -1, EV_PERSIST, on_beat, c);
	if (c->beat)
		event_add(c->beat, &every);
	on_beat(-1, 0, c);
}

uint64_t chan_beats(const struct chan *c)
{
	return c->beats;
}

struct chan *chan_new_fd(struct event_base *base, int fd, const struct chan_ops *ops, void *arg)
{
	struct bufferevent *bev;
	struct chan *c;

	evutil_make_socket_nonblocking(fd);
	bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		close(fd);
		return NULL;
	}
	c = chan_new(bev, ops, arg);
	if (c)
		c->local = true;
	if (c && fd == CHAN_PARENT_FD)
		start_beating(c, base);
	return c;
}

void chan_close(struct chan *c)
{
	if (!c)
		return;
	c->dead = true;
	if (!c->busy)
		chan_free(c);
}

void chan_close_after_flush(struct chan *c)
{
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0) {
		chan_close(c);
		return;
	}
	c->flushing = true;
	chan_pause(c, true);
	bufferevent_setwatermark(c->bev, EV_WRITE, 0, 0);
}

void chan_set_timeout(struct chan *c, int seconds)
{
	struct timeval tv = {.tv_sec = seconds};

	c->timeout = seconds;
	bufferevent_set_timeouts(c->bev, seconds ? &tv : NULL, NULL);
}

int chan_send(struct chan *c, uint16_t type, const void *p, size_t n)
{
	struct evbuffer *out;
	uint8_t head[CHAN_HEADER] = {n >> 24, n >> 16, n >> 8, n, type >> 8, type};

	if (!c || c->dead || c->flushing || n > CHAN_PAYLOAD_MAX)
		return -1;
	out = bufferevent_get_output(c->bev);
	/* Header and payload leave in one piece: one TLS record, one segment. */
	if (evbuffer_expand(out, CHAN_HEADER + n) < 0 || evbuffer_add(out, head, CHAN_HEADER) < 0)
		return -1;
	return evbuffer_add(out, p, n);
}

int chan_send_buf(struct chan *c, uint16_t type, struct buf *b)
{
	int r = buf_ok(b) ? chan_send(c, type, b->data, b->len) : -1;

	buf_reset(b);
	return r;
}

size_t chan_queued(const struct chan *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

void chan_pause(struct chan *c, bool paused)
{
	if (c->paused == paused)
		return;
	c->paused = paused;
	if (paused) {
		bufferevent_disable(c->bev, EV_READ);
		return;
	}
	bufferevent_enable(c->bev, EV_READ);
	bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}
