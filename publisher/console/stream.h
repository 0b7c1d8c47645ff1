/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream - server-sent events (WHATWG HTML, "Server-sent events") to whoever has a page open
 *
 * What happens within STREAM_GATHER_MS is one piece of text, held once however many streams
 * still have to send it. The last STREAM_RING_BYTES stay, for those who come back with a
 * Last-Event-ID; whoever was away for longer, or while the console was restarted, hears
 * "reset" and asks anew. A stream that does not take its text is ended: it comes back by itself.
 */
#ifndef WD_CONSOLE_STREAM_H
#define WD_CONSOLE_STREAM_H

#include "console/console.h"

#define STREAMS_MAX 512
#define STREAM_GATHER_MS 50
#define STREAM_RING_BYTES (4u << 20)
#define STREAM_BEHIND_MAX (3u << 20) /* bytes that one may have waiting */
#define STREAM_QUIET_S 15	     /* then a comment, so that nobody on the way gives up */

struct stream;
struct streams *streams_new(struct event_base *base);
void streams_free(struct streams *s);
void streams_tick(struct streams *s); /* every second */
/* Something happened. text: JSON, n bytes. */
void streams_feed(struct streams *s, const char *name, const char *text, size_t n);

/* Begins the answer. NULL: too many; the caller's request still waits. */
struct stream *stream_begin(struct streams *s, struct evhttp_request *req);
void stream_say_end(struct stream *s);
void stream_end(struct stream *s); /* frees s; the request is the caller's */

#endif
