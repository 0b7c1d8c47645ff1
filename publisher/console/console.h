/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console - the role that browsers talk to: HTTPS, the pages, and the API's outer half
 *
 *   conns     who is connected, and who must go when there are too many
 *   assets    the pages, read at start
 *   request   what is asked: a page, or a call of the API (access.h)
 *   answer    what the engine says, as HTTP; reply: what every answer has
 *   refusal   what evhttp says by itself
 *   stream    live news to whoever has a page open
 *
 * It has its TLS key and nothing else: no database, no password, no right to anything. It runs
 * as another user, in the directory of the pages, with few system calls.
 */
#ifndef WD_CONSOLE_H
#define WD_CONSOLE_H

#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <stdint.h>

#include "chan.h"
#include "map.h"

#define CONSOLE_BODY_MAX (64u << 10)
#define CONSOLE_HEADERS_MAX (16u << 10)
#define CONSOLE_CALLS_MAX 2048 /* waited for at a time; streams count */

struct console_options {
	const char *state, *listen, *www, *certificate, *key;
};
int console_main(const struct console_options *opt);

struct conns;
struct assets;
struct streams;

struct console {
	const struct console_options *opt;
	struct event_base *base;
	SSL_CTX *tls;
	struct evhttp *http;
	struct chan *engine;
	struct conns *conns;
	struct assets *assets;
	struct streams *streams;
	struct map calls; /* struct answer by number */
	uint32_t last_call;
	struct event *tick, *listen_again;
};

void console_tell(struct console *c, uint16_t type, struct buf *b); /* frees b's content */

#endif
