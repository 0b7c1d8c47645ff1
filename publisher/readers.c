// SPDX-License-Identifier: Apache-2.0
/* readers - the engine's end of the reader role: one archive after another */
#include <stdlib.h>
#include <string.h>

#include "fsx.h"
#include "reader.h"
#include "role.h"
#include "roles.h"

#define WAITING_MAX 16

struct question {
	uint32_t id;
	char *path;
	reader_done *done;
	void *arg;
	bool sent;
	struct question *next;
};

struct readers {
	struct role *role;
	struct event *go;
	struct question *first, **last; /* the first is being read */
	unsigned waiting;
	uint32_t last_id;
};

static void finish(struct readers *r, const char *why, const void *text, size_t n, uint64_t size)
{
	struct question *q = r->first;
	const struct timeval now = {0, 0};

	r->first = q->next;
	if (!r->first)
		r->last = &r->first;
	else
		evtimer_add(r->go, &now);
	r->waiting--;
	q->done(q->arg, why, text, n, size);
	free(q->path);
	free(q);
}

static int send_archive(struct chan *c, uint32_t id, const char *bytes, size_t n)
{
	size_t at = 0;
	int failed = 0;

	do {
		size_t part = n - at < READER_PIECE ? n - at : READER_PIECE;
		struct buf b;

		buf_init(&b, CHAN_PAYLOAD_MAX);
		buf_put_u32(&b, id);
		buf_put_u8(&b, at + part == n);
		buf_put(&b, bytes + at, part);
		failed = chan_send_buf(c, READER_EXTRACT, &b);
		buf_free(&b);
		at += part;
	} while (at < n && !failed);
	return failed;
}

static void on_go(evutil_socket_t fd, short what, void *arg)
{
	struct readers *r = arg;
	struct question *q = r->first;
	struct chan *c = role_chan(r->role);
	struct err err = {""};
	char *bytes;
	size_t n;

	(void)fd;
	(void)what;
	if (!q || q->sent || !c)
		return; /* on_up() comes back to it */
	bytes = fsx_slurp(q->path, READER_ARCHIVE_MAX, &n, &err);
	q->sent = true;
	if (!bytes)
		finish(r, "the evidence is too large to be shown; download it", NULL, 0, 0);
	else if (send_archive(c, q->id, bytes, n))
		finish(r, "out of memory", NULL, 0, 0);
	free(bytes);
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct readers *r = arg;
	struct rd rd = rd_over(p, n);
	uint32_t id = rd_u32(&rd);
	uint8_t result = rd_u8(&rd);
	uint64_t size = rd_u64(&rd);
	const uint8_t *text;
	size_t len;

	text = rd_blob(&rd, READER_TEXT_MAX, &len);
	if (type != READER_TEXT || !rd_end(&rd) || !r->first || r->first->id != id)
		return;
	if (result == READER_FOUND)
		finish(r, NULL, text, len, size);
	else
		finish(r,
		       result == READER_NONE ? "the evidence holds no file's content"
					     : "the evidence is damaged",
		       NULL, 0, 0);
}

static void on_up(void *arg, struct chan *c)
{
	const struct timeval now = {0, 0};
	struct readers *r = arg;

	(void)c;
	evtimer_add(r->go, &now);
}

/* Whatever it was reading is not given to it again. */
static void on_down(void *arg, const char *why)
{
	struct readers *r = arg;

	log_warn("the reader role is down (%s); it is started again", why);
	if (r->first && r->first->sent)
		finish(r, "the evidence cannot be opened; download it, and open it with care", NULL,
		       0, 0);
}

struct readers *readers_start(struct event_base *base, const char *state)
{
	static const struct role_ops ops = {.up = on_up, .message = on_message, .down = on_down};
	char option[] = "--state";
	char *argv[] = {option, (char *)state, NULL};
	struct readers *r = calloc(1, sizeof(*r));

	if (!r || !(r->go = evtimer_new(base, on_go, r))) {
		free(r);
		return NULL;
	}
	r->last = &r->first;
	r->role = role_start(base, "reader", argv, &ops, r);
	return r;
}

void readers_stop(struct readers *r)
{
	if (!r)
		return;
	role_stop(r->role);
	for (struct question *q = r->first, *next; q; q = next) {
		next = q->next;
		free(q->path);
		free(q);
	}
	event_free(r->go);
	free(r);
}

void readers_ask(struct readers *r, const char *path, reader_done *done, void *arg)
{
	const struct timeval now = {0, 0};
	struct question *q = r->waiting < WAITING_MAX ? calloc(1, sizeof(*q)) : NULL;

	if (!q || !(q->path = strdup(path))) {
		free(q);
		done(arg, "too much is being read just now; try again", NULL, 0, 0);
		return;
	}
	q->id = ++r->last_id;
	q->done = done;
	q->arg = arg;
	*r->last = q;
	r->last = &q->next;
	r->waiting++;
	evtimer_add(r->go, &now);
}
