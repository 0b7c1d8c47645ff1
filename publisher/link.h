/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link - the role that faces the network (roles.h has its dialogue with the engine)
 *
 * Unprivileged and inside the depot's directory, it can read objects and nothing else. It
 * proves who a peer is, and asks the engine whether that peer may talk; it answers GET
 * itself and hands every other message that is legal at that point to the engine, unread.
 */
#ifndef WD_PUBLISHER_LINK_H
#define WD_PUBLISHER_LINK_H

#include <event2/dns.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <sys/queue.h>

#include "chan.h"
#include "depot.h"
#include "map.h"
#include "roles.h"

struct link_options {
	const char *state;
	const char *listen; /* "" = do not */
	int max_connections;
};

struct link {
	const struct link_options *opt;
	struct event_base *base;
	struct evdns_base *dns;
	SSL_CTX *tls;
	struct depot *depot;
	struct chan *engine;
	struct event *listen_again;
	struct evconnlistener *listener;
	struct map conns;
	uint32_t last_id;
	bool paused; /* the engine is behind: nothing is read from the network */
	TAILQ_HEAD(dial_list, dial) dials;
	time_t missing_told; /* when the engine last heard of a lost object */
	int complaints;	     /* about strangers, this minute */
	time_t minute;
};

int link_main(const struct link_options *opt);

/* To the engine; takes the contents of b. The process ends if the engine cannot be told. */
void link_tell(struct link *l, uint16_t type, struct buf *b);
/* Logs what a stranger on the network did, a few times a minute at most. */
void link_complain(struct link *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * link_conn.c: one connection. It frees itself when it ends, and tells its dial.
 */
struct conn;
struct dial;
/* Takes fd, a connected socket. from: its address in words. dial: who opened it, or NULL. */
void conn_start(struct link *l, int fd, const char *from, struct dial *dial);
void conn_admit(struct conn *c, enum link_stage stage, int silence);
void conn_drop(struct conn *c, const char *reason);
void conn_send(struct conn *c, uint16_t type, const void *p, size_t n);
void conn_pause(struct conn *c, bool paused); /* because of the engine */
void conn_free(struct conn *c);		      /* without a word to anybody */

/*
 * link_serve.c: objects for one connection, as fast as it takes them.
 */
struct server;
struct server *server_new(struct link *l);
void server_free(struct server *s); /* NULL is fine */
/* Queues what a GET asks for. -1: malformed or too much at once; err says which. */
int server_get(struct server *s, const void *p, size_t n, struct err *err);
/* Sends until the connection holds enough; to be called again when it drained. */
void server_run(struct server *s, struct chan *c);

/*
 * link_dial.c: hosts that wait to be called.
 */
void dial_set(struct link *l, const void *p, size_t n); /* DIALS */
void dial_ended(struct dial *d, bool worked);		/* its connection is over */
const char *dial_host(const struct dial *d);
void dial_free_all(struct link *l);

#endif
