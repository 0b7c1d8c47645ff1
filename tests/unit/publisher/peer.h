/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer - a web server as the publisher sees it: TLS and frames, nothing cleverer
 *
 * Blocking, with ten seconds of patience for anything; every failure fails the test.
 */
#ifndef WD_TEST_PEER_H
#define WD_TEST_PEER_H

#include <jansson.h>

#include "chan.h"
#include "proto.h"
#include "rig.h"

/* The real daemon on a fresh state; its port in peer_port. */
extern int peer_port;
extern const char *peer_conf; /* more lines for publisher.conf; NULL after each start */
void peer_daemon_start(void); /* makes the state if there is none */
void peer_daemon_stop(int signal);
pid_t peer_role_pid(const char *role); /* of the running daemon */

/* One request; the last line (new reference) or NULL if refused. Rows by peer_rows(). */
json_t *peer_ctl(json_t *request);
json_t *peer_rows(void);      /* of the last peer_ctl(): borrowed array */
const char *peer_error(void); /* of the last refused one */
/* Until the expression in C is true; bounded. */
#define PEER_UNTIL(expr)                                                                           \
	do {                                                                                       \
		int tries_left = 1000;                                                             \
		while (!(expr) && --tries_left)                                                    \
			usleep(10000);                                                             \
		if (!tries_left)                                                                   \
			fail_msg("never came true: %s", #expr);                                    \
	} while (0)

/* A certificate and its key, as files of the scratch directory. */
struct identity {
	char ca[128], crt[128], key[128];
};
struct identity peer_identity(const char *tag, const char *ca, const char *crt, const char *key);

struct peer;
struct peer *peer_connect(const struct identity *id); /* NULL: refused in the handshake */
struct peer *peer_accept(int listening, const struct identity *id);
void peer_close(struct peer *p);
void peer_send(struct peer *p, uint16_t type, struct buf *b); /* frees b's memory */
void peer_send_raw(struct peer *p, const void *bytes, size_t n);
/* The next message: its type; payload valid until the next call. 0: closed. */
uint16_t peer_next(struct peer *p, struct rd *payload);
/* The next message must be of this type. */
struct rd peer_expect(struct peer *p, uint16_t type);
/* The next message must be BYE with these words, and then the end. */
void peer_expect_bye(struct peer *p, const char *words);

/* HELLO for one site and the WELCOME. */
void peer_hello(struct peer *p, const char *site, uint64_t serial, uint64_t highest);
/* host-add, enrolment and all: the identity with a certificate of its own. */
struct identity peer_bundle(const char *host, const char *site, const char *connect);
struct identity peer_certificate(struct peer *p, const char *host, const struct identity *bundle);
struct identity peer_enrol(const char *host, const char *site);

#endif
