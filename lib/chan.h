/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chan - typed messages over a stream: a TLS connection, or a socketpair between roles
 *
 * Frame: u32 length of the payload, u16 type, u16 zero, payload. A longer payload than
 * CHAN_PAYLOAD_MAX, or a non-zero last field, closes the channel with a reason.
 */
#ifndef WD_CHAN_H
#define WD_CHAN_H

#include <event2/bufferevent.h>
#include "buf.h"
#include "log.h"

#define CHAN_HEADER 8
#define CHAN_PAYLOAD_MAX (1u << 20)

struct chan;

struct chan_ops {
	/* One message; p lives until it returns. It may call chan_close() on the channel. */
	void (*message)(void *arg, uint16_t type, const void *p, size_t n);
	/* The peer went, or broke the framing. The channel is gone when this returns. */
	void (*closed)(void *arg, const char *reason);
	/* Output fell below CHAN_LOW: go on sending. May be NULL. */
	void (*drained)(void *arg);
};

/* chan_send() takes more than this too; a polite producer stops above HIGH until drained(). */
#define CHAN_HIGH (4u << 20)
#define CHAN_LOW (1u << 20)

/* Takes bev (already connected, or with its TLS handshake under way). */
struct chan *chan_new(struct bufferevent *bev, const struct chan_ops *ops, void *arg);
/*
 * A non-blocking stream socket; takes fd. CHAN_PARENT_FD is a role's way to its hub: there it
 * sends CHAN_BEAT by itself every CHAN_BEAT_S, whatever else it does or waits for, as long as its
 * event loop turns. The other end only notes the time (chan_beats()); nobody else sees it.
 */
#define CHAN_PARENT_FD 3
#define CHAN_BEAT 0x0001
#define CHAN_BEAT_S 2
struct chan *chan_new_fd(struct event_base *base, int fd, const struct chan_ops *ops, void *arg);
/* Whoever else is to hear each beat of a role, from the first on. */
void chan_beat_also(void (*also)(void));
void chan_close(struct chan *c); /* without calling closed(); NULL is fine; safe inside message() */
void chan_close_after_flush(struct chan *c);
/* Silence from the peer for so many seconds closes it ("no message for N s"); 0 = never. */
void chan_set_timeout(struct chan *c, int seconds);
int chan_send(struct chan *c, uint16_t type, const void *p, size_t n);
/* Sends and empties b; a failed b is an error (-1) and nothing is sent. */
int chan_send_buf(struct chan *c, uint16_t type, struct buf *b);
size_t chan_queued(const struct chan *c);
/* Beats that came so far. */
uint64_t chan_beats(const struct chan *c);
/* Stop/continue reading, for back-pressure. */
void chan_pause(struct chan *c, bool paused);

/* The decoder alone, for fuzzing: bytes taken from p for one frame, 0 = more needed, -1 = bad. */
long chan_parse(const void *p, size_t n, uint16_t *type, const uint8_t **payload, size_t *len,
		struct err *err);

#endif
